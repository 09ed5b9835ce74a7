/*
 * The kernels for x86-64 processors with AVX2, FMA and F16C: Intel since 2013, AMD since 2015.  Those
 * of a search by codes are in AVX2Search.c.
 */
#include "Rotation.h"
#include "Variants.h"

#ifdef LANTERN_X86_64

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

/* A fused operation would round once where we promise two roundings; where one is meant, it is written. */
#pragma STDC FP_CONTRACT OFF

#define TARGET __attribute__((target("avx2,fma,f16c,popcnt")))
#define INLINE static inline __attribute__((always_inline)) TARGET

#define LANES 8

/* Bytes p[0] ... p[n - 1] for n of 0 ... 15, and zeros: reads nothing beyond them, and calls nothing. */
INLINE __m128i
load_bytes(const uint8_t *p, int n)
{
	uint64_t	low = 0;
	uint64_t	high = 0;

	if (n >= 8)
	{
		memcpy(&low, p, 8);
		if (n > 8)
		{
			memcpy(&high, p + n - 8, 8);
			high >>= 8 * (16 - n);
		}
	}
	else if (n >= 4)
	{
		uint32_t	first;
		uint32_t	last;

		memcpy(&first, p, 4);
		memcpy(&last, p + n - 4, 4);
		low = first | (uint64_t) last << 8 * (n - 4);
	}
	else if (n > 0)
		low = p[0] | (uint64_t) p[n / 2] << 8 * (n / 2) | (uint64_t) p[n - 1] << 8 * (n - 1);
	return _mm_set_epi64x((int64_t) high, (int64_t) low);
}

/* All bits set in the first n lanes, for n of 0 ... 8. */
INLINE __m256i
first_lanes(int n)
{
	return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

INLINE __m256
floats_from_halves(__m128i halves, float scale)
{
	return _mm256_mul_ps(_mm256_set1_ps(scale), _mm256_cvtph_ps(halves));
}

INLINE __m256
floats_from_bytes(__m128i bytes, float scale, float offset)
{
	__m256		codes = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));

	return _mm256_add_ps(_mm256_set1_ps(offset), _mm256_mul_ps(_mm256_set1_ps(scale), codes));
}

/* Components i ... i + 7. */
INLINE __m256
components(Stored stored, int i)
{
	switch (stored.width)
	{
		case STORED_F32:
			return _mm256_loadu_ps((const float *) stored.codes + i);
		case STORED_F16:
			return floats_from_halves(
									  _mm_loadu_si128((const __m128i *) ((const uint16_t *) stored.codes + i)),
									  stored.scale);
		case STORED_U8:
			return floats_from_bytes(
									 _mm_loadl_epi64((const __m128i *) ((const uint8_t *) stored.codes + i)),
									 stored.scale, stored.offset);
	}
	__builtin_unreachable();
}

/* Components i ... i + n - 1 in the first n lanes, n < 8; the other lanes hold anything. */
INLINE __m256
last_components(Stored stored, int i, int n)
{
	switch (stored.width)
	{
		case STORED_F32:
			return _mm256_maskload_ps((const float *) stored.codes + i, first_lanes(n));
		case STORED_F16:
			return floats_from_halves(
									  load_bytes((const uint8_t *) ((const uint16_t *) stored.codes + i), 2 * n),
									  stored.scale);
		case STORED_U8:
			return floats_from_bytes(load_bytes((const uint8_t *) stored.codes + i, n), stored.scale, stored.offset);
	}
	__builtin_unreachable();
}

INLINE __m256
add_square(__m256 sum, __m256 difference)
{
	return _mm256_fmadd_ps(difference, difference, sum);
}

INLINE __m256
add_squares(__m256 sum, const float *query, Stored stored, int i)
{
	return add_square(sum, _mm256_sub_ps(_mm256_loadu_ps(query + i), components(stored, i)));
}

INLINE float
total(__m256 sums)
{
	__m128		four = _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1));
	__m128		two = _mm_add_ps(four, _mm_movehl_ps(four, four));

	return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

INLINE float
l2sq(const float *query, Stored stored, int d)
{
	__m256		a = _mm256_setzero_ps();
	__m256		b = _mm256_setzero_ps();
	__m256		c = _mm256_setzero_ps();
	__m256		e = _mm256_setzero_ps();
	int			i = 0;

	for (; i + 4 * LANES <= d; i += 4 * LANES)
	{
		a = add_squares(a, query, stored, i);
		b = add_squares(b, query, stored, i + LANES);
		c = add_squares(c, query, stored, i + 2 * LANES);
		e = add_squares(e, query, stored, i + 3 * LANES);
	}
	if (i + LANES <= d)
	{
		a = add_squares(a, query, stored, i);
		i += LANES;
	}
	if (i + LANES <= d)
	{
		b = add_squares(b, query, stored, i);
		i += LANES;
	}
	if (i + LANES <= d)
	{
		c = add_squares(c, query, stored, i);
		i += LANES;
	}
	if (i < d)
	{
		__m256i		mask = first_lanes(d - i);
		__m256		difference = _mm256_sub_ps(_mm256_maskload_ps(query + i, mask),
											   last_components(stored, i, d - i));

		e = add_square(e, _mm256_and_ps(difference, _mm256_castsi256_ps(mask)));
	}
	return total(_mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, e)));
}

TARGET static float
l2sq_f32(const float *query, const float *vector, int d)
{
	return l2sq(query, stored_f32(vector), d);
}

TARGET static float
l2sq_f16(const float *query, const uint16_t *codes, float scale, int d)
{
	/* Almost all vectors have this scale, and need no multiplication. */
	return scale == 1 ? l2sq(query, stored_f16(codes, 1), d) : l2sq(query, stored_f16(codes, scale), d);
}

TARGET static float
l2sq_u8(const float *query, const uint8_t *codes, float scale, float offset, int d)
{
	return l2sq(query, stored_u8(codes, scale, offset), d);
}

/* The sums of one dot product over pairs of four components, two of them apart. */
typedef struct Doubles
{
	__m256d		even;
	__m256d		odd;
} Doubles;

INLINE Doubles
doubles(__m256 x)
{
	return (Doubles) {_mm256_cvtps_pd(_mm256_castps256_ps128(x)), _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1))};
}

INLINE Doubles
add_product(Doubles sum, Doubles x, Doubles y)
{
	return (Doubles) {_mm256_fmadd_pd(x.even, y.even, sum.even), _mm256_fmadd_pd(x.odd, y.odd, sum.odd)};
}

INLINE double
total_of_doubles(Doubles sums)
{
	__m256d		four = _mm256_add_pd(sums.even, sums.odd);
	__m128d		two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));

	return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

TARGET static LanternProducts
products(const float *a, const float *b, int d)
{
	Doubles		ab = {_mm256_setzero_pd(), _mm256_setzero_pd()};
	Doubles		aa = ab;
	Doubles		bb = ab;

	for (int i = 0; i < d; i += LANES)
	{
		bool		whole = i + LANES <= d;
		__m256i		mask = first_lanes(d - i);
		Doubles		x = doubles(whole ? _mm256_loadu_ps(a + i) : _mm256_maskload_ps(a + i, mask));
		Doubles		y = doubles(whole ? _mm256_loadu_ps(b + i) : _mm256_maskload_ps(b + i, mask));

		ab = add_product(ab, x, y);
		aa = add_product(aa, x, x);
		bb = add_product(bb, y, y);
	}
	return (LanternProducts) {total_of_doubles(ab), total_of_doubles(aa), total_of_doubles(bb)};
}

TARGET int
lantern_hamming_popcnt(const uint32_t *a, const uint32_t *b, int d)
{
	int			count = 0;
	int			i = 0;

	for (; i + 2 <= d; i += 2)
	{
		uint64_t	left;
		uint64_t	right;

		memcpy(&left, a + i, sizeof(left));
		memcpy(&right, b + i, sizeof(right));
		count += __builtin_popcountll(left ^ right);
	}
	if (i < d)
		count += __builtin_popcount(a[i] ^ b[i]);
	return count;
}

TARGET static void
rotate(float *x, int d, uint64_t seed)
{
	rotate_components(x, d, seed);
}

INLINE void
decode(Stored stored, float *x, int d)
{
	int			i = 0;

	for (; i + LANES <= d; i += LANES)
		_mm256_storeu_ps(x + i, components(stored, i));
	if (i < d)
		_mm256_maskstore_ps(x + i, first_lanes(d - i), last_components(stored, i, d - i));
}

TARGET static void
decode_f16(const uint16_t *codes, float scale, float *x, int d)
{
	decode(stored_f16(codes, scale), x, d);
}

TARGET static void
decode_u8(const uint8_t *codes, float scale, float offset, float *x, int d)
{
	decode(stored_u8(codes, scale, offset), x, d);
}

INLINE __m128i
halves(__m256 x, float inverse_scale)
{
	return _mm256_cvtps_ph(_mm256_mul_ps(x, _mm256_set1_ps(inverse_scale)),
						   _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

TARGET static void
encode_f16(const float *x, float inverse_scale, uint16_t *codes, int d)
{
	int			i = 0;

	for (; i + LANES <= d; i += LANES)
		_mm_storeu_si128((__m128i *) (codes + i), halves(_mm256_loadu_ps(x + i), inverse_scale));
	if (i < d)
	{
		uint16_t	last[LANES];

		_mm_storeu_si128((__m128i *) last, halves(_mm256_maskload_ps(x + i, first_lanes(d - i)), inverse_scale));
		memcpy(codes + i, last, (size_t) (d - i) * sizeof(uint16_t));
	}
}

/* Eight codes in the low half; the order of operands of max takes NaN to 0. */
INLINE __m128i
bytes(__m256 x, float scale, float offset)
{
	__m256		codes = _mm256_div_ps(_mm256_sub_ps(x, _mm256_set1_ps(offset)), _mm256_set1_ps(scale));
	__m256		clamped = _mm256_min_ps(_mm256_max_ps(codes, _mm256_setzero_ps()), _mm256_set1_ps(255));
	__m256i		wide = _mm256_cvtps_epi32(clamped);
	__m128i		words = _mm_packus_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));

	return _mm_packus_epi16(words, words);
}

TARGET static void
encode_u8(const float *x, float scale, float offset, uint8_t *codes, int d)
{
	int			i = 0;

	for (; i + LANES <= d; i += LANES)
		_mm_storel_epi64((__m128i *) (codes + i), bytes(_mm256_loadu_ps(x + i), scale, offset));
	if (i < d)
	{
		uint8_t		last[2 * LANES];

		_mm_storeu_si128((__m128i *) last, bytes(_mm256_maskload_ps(x + i, first_lanes(d - i)), scale, offset));
		memcpy(codes + i, last, (size_t) (d - i));
	}
}

const LanternKernels lantern_kernels_avx2 = {
	"avx2", l2sq_f32, l2sq_f16, l2sq_u8, products, lantern_hamming_popcnt, rotate, lantern_estimate_avx2,
	lantern_fill_tables_avx2, lantern_insert_word_avx2, lantern_encode_code_avx2, encode_f16, decode_f16, encode_u8, decode_u8
};

#endif							/* LANTERN_X86_64 */
