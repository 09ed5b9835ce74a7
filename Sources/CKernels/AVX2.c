/*
 * The kernels for x86-64 processors with AVX2, FMA and F16C: Intel since 2013, AMD since 2015.
 */
#include "NeighbourCode.h"
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

/* The 16 bytes from a place on of 32 neighbours' codes: neighbours i and 16 + i are the halves of rows[i]. */
INLINE void
load_codes(__m256i *rows, const uint8_t *codes, int stride)
{
	for (int i = 0; i < 16; i++)
		rows[i] = _mm256_loadu2_m128i((const __m128i *) (codes + (16 + i) * stride), (const __m128i *) (codes + i * stride));
}

/* Makes byte i of neighbour j the byte j of row i, in both halves: four perfect shuffles of the rows. */
INLINE void
transpose(__m256i *rows)
{
	for (int turn = 0; turn < 4; turn++)
	{
		__m256i		shuffled[16];

		for (int i = 0; i < 8; i++)
		{
			shuffled[2 * i] = _mm256_unpacklo_epi8(rows[i], rows[i + 8]);
			shuffled[2 * i + 1] = _mm256_unpackhi_epi8(rows[i], rows[i + 8]);
		}
		memcpy(rows, shuffled, sizeof(shuffled));
	}
}

/* Adds what a group's table says of the low nibbles to the sums of even and of odd neighbours. */
INLINE void
add_nibbles(__m256i *even, __m256i *odd, const uint8_t *table, __m256i nibbles)
{
	__m256i		entries = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *) table));
	__m256i		values = _mm256_shuffle_epi8(entries, _mm256_and_si256(nibbles, _mm256_set1_epi8(15)));

	*even = _mm256_add_epi16(*even, _mm256_and_si256(values, _mm256_set1_epi16(255)));
	*odd = _mm256_add_epi16(*odd, _mm256_srli_epi16(values, 8));
}

/*
 * Adds the sums of 16 bytes of 32 neighbours' codes: sums[i] has those of neighbours 4 i ... 4 i + 3 in the lower half, and of
 * neighbours 16 + 4 i ... in the upper.
 */
INLINE void
add_sums(__m256i *sums, const uint8_t *codes, int stride, const uint8_t *tables)
{
	const __m256i zero = _mm256_setzero_si256();
	__m256i		rows[16];
	__m256i		even = zero;
	__m256i		odd = zero;

	load_codes(rows, codes, stride);
	transpose(rows);
	for (int i = 0; i < 16; i++)
	{
		add_nibbles(&even, &odd, tables + 32 * i, rows[i]);
		add_nibbles(&even, &odd, tables + 32 * i + 16, _mm256_srli_epi16(rows[i], 4));
	}
	for (int half = 0; half < 2; half++)
	{
		__m256i		eight = half == 0 ? _mm256_unpacklo_epi16(even, odd) : _mm256_unpackhi_epi16(even, odd);

		sums[2 * half] = _mm256_add_epi32(sums[2 * half], _mm256_unpacklo_epi16(eight, zero));
		sums[2 * half + 1] = _mm256_add_epi32(sums[2 * half + 1], _mm256_unpackhi_epi16(eight, zero));
	}
}

/* The factors of eight neighbours. */
INLINE __m256i
load_factors(const LanternNeighbour *neighbours)
{
	__m256		first = _mm256_loadu_ps((const float *) neighbours);
	__m256		second = _mm256_loadu_ps((const float *) (neighbours + 4));

	/* of the second word of each, the pairs come in the order 0, 2, 1, 3 */
	return _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(first, second, 0xDD)), 0xD8);
}

TARGET static uint32_t
estimate(const LanternTables *tables, const uint8_t *codes, const LanternNeighbour *neighbours, float distance, float limit,
		 float *estimates)
{
	__m256i		sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
	int			stride = tables->groups / 2;
	uint32_t	within = 0;

	for (int start = 0; start < stride; start += 16)
		add_sums(sums, codes + start, stride, tables->tables + 32 * start);
	for (int i = 0; i < 4; i++)
	{
		__m256i		eight = i < 2 ? _mm256_permute2x128_si256(sums[2 * i], sums[2 * i + 1], 0x20)
			: _mm256_permute2x128_si256(sums[2 * i - 4], sums[2 * i - 3], 0x31);
		__m256		product = _mm256_fmadd_ps(_mm256_cvtepi32_ps(eight), _mm256_set1_ps(tables->step),
											  _mm256_set1_ps(tables->offset));
		__m256i		factors = load_factors(neighbours + 8 * i);
		__m256		a = _mm256_castsi256_ps(_mm256_and_si256(factors, _mm256_set1_epi32((int) 0xFFFF0000)));
		__m256		b = _mm256_castsi256_ps(_mm256_slli_epi32(factors, 16));
		__m256		estimate = _mm256_fnmadd_ps(b, product, _mm256_add_ps(_mm256_set1_ps(distance), a));

		/* the order of operands takes NaN to 0, as comparing does in the portable variant */
		estimate = _mm256_max_ps(estimate, _mm256_setzero_ps());
		_mm256_storeu_ps(estimates + 8 * i, estimate);
		within |= (uint32_t) _mm256_movemask_ps(_mm256_cmp_ps(estimate, _mm256_set1_ps(limit), _CMP_LE_OQ)) << 8 * i;
	}
	return within;
}

/* The sums of the sets 0 ... 7 or 8 ... 15: a summand is in those sets that have its bit. */
INLINE __m256
set_sums(const float *summands, bool upper, float least)
{
	const __m256i bits = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
	__m256		sums = _mm256_set1_ps(upper ? summands[3] - least : -least);

	for (int i = 0; i < 3; i++)
	{
		__m256i		bit = _mm256_set1_epi32(1 << i);
		__m256i		is_in = _mm256_cmpeq_epi32(_mm256_and_si256(bits, bit), bit);

		sums = _mm256_add_ps(sums, _mm256_and_ps(_mm256_set1_ps(summands[i]), _mm256_castsi256_ps(is_in)));
	}
	return sums;
}

TARGET void
lantern_fill_tables_avx2(const float *summands, int groups, float step, uint8_t *tables)
{
	const __m256 inverse_step = _mm256_set1_ps(1 / step);

	for (int group = 0; group < groups; group++, summands += 4, tables += 16)
	{
		__m128		negative = _mm_min_ps(_mm_loadu_ps(summands), _mm_setzero_ps());
		__m128		pairs = _mm_add_ps(negative, _mm_movehl_ps(negative, negative));
		float		least = _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps(pairs, pairs, 1)));
		__m256i		lower = _mm256_cvtps_epi32(_mm256_mul_ps(set_sums(summands, false, least), inverse_step));
		__m256i		upper = _mm256_cvtps_epi32(_mm256_mul_ps(set_sums(summands, true, least), inverse_step));
		/* packing takes the halves in turn */
		__m256i		words = _mm256_permute4x64_epi64(_mm256_packs_epi32(lower, upper), 0xD8);
		__m128i		entries = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));

		_mm_storeu_si128((__m128i *) tables, entries);
	}
}

TARGET LanternCodeFactors
lantern_encode_code_avx2(const float *neighbour, const float *host, LanternCodeShape shape, uint8_t *code)
{
	return encode_neighbour_code(neighbour, host, shape, code);
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

/* As in the AVX-512 variant. */
TARGET static int
insert_word(uint64_t *words, int count, uint64_t word)
{
	__m256i		new = _mm256_set1_epi64x((int64_t) word);
	int			place = count;

	for (; place >= 4; place -= 4)
	{
		__m256i		four = _mm256_loadu_si256((const __m256i *) (words + place - 4));
		__m256i		later = _mm256_cmpgt_epi64(four, new);
		unsigned	which = (unsigned) _mm256_movemask_pd(_mm256_castsi256_pd(later));
		__m256i    *target = (__m256i *) (words + place - 3);

		if (which != 0xF)
		{
			_mm256_storeu_si256(target, _mm256_blendv_epi8(_mm256_loadu_si256(target), four, later));
			place -= __builtin_popcount(which);
			words[place] = word;
			return place;
		}
		_mm256_storeu_si256(target, four);
	}
	for (; place > 0 && words[place - 1] > word; place--)
		words[place] = words[place - 1];
	words[place] = word;
	return place;
}

const LanternKernels lantern_kernels_avx2 = {
	"avx2", l2sq_f32, l2sq_f16, l2sq_u8, products, lantern_hamming_popcnt, rotate, estimate, lantern_fill_tables_avx2,
	insert_word, lantern_encode_code_avx2, encode_f16, decode_f16, encode_u8, decode_u8
};

#endif							/* LANTERN_X86_64 */
