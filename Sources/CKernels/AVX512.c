/*
 * The kernels for x86-64 processors with AVX-512 F, BW, VL, VBMI and VNNI: Intel's servers since 2021, AMD's since 2022.
 */
#include "Rotation.h"
#include "Variants.h"

#ifdef LANTERN_X86_64

#include <immintrin.h>

/* A fused operation would round once where we promise two roundings; where one is meant, it is written. */
#pragma STDC FP_CONTRACT OFF

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni,popcnt")))
#define INLINE static inline __attribute__((always_inline)) TARGET

#define LANES 16
#define ALL ((__mmask16) 0xffff)

/* The first n lanes, for n of 0 ... 16. */
INLINE __mmask16
first_lanes(int n)
{
	return (__mmask16) ((1u << n) - 1);
}

/* Components i ... i + 15 in the lanes of the mask; nothing is read for the others, which hold anything. */
INLINE __m512
components(Stored stored, int i, __mmask16 mask)
{
	switch (stored.width)
	{
		case STORED_F32:
			return _mm512_maskz_loadu_ps(mask, (const float *) stored.codes + i);
		case STORED_F16:
			{
				__m256i		halves = _mm256_maskz_loadu_epi16(mask, (const uint16_t *) stored.codes + i);

				return _mm512_mul_ps(_mm512_set1_ps(stored.scale), _mm512_cvtph_ps(halves));
			}
		case STORED_U8:
			{
				__m128i		bytes = _mm_maskz_loadu_epi8(mask, (const uint8_t *) stored.codes + i);
				__m512		codes = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));

				return _mm512_add_ps(_mm512_set1_ps(stored.offset),
									 _mm512_mul_ps(_mm512_set1_ps(stored.scale), codes));
			}
	}
	__builtin_unreachable();
}

INLINE __m512
add_squares(__m512 sum, const float *query, Stored stored, int i, __mmask16 mask)
{
	__m512		difference = _mm512_maskz_sub_ps(mask, _mm512_maskz_loadu_ps(mask, query + i),
												 components(stored, i, mask));

	return _mm512_fmadd_ps(difference, difference, sum);
}

INLINE float
l2sq(const float *query, Stored stored, int d)
{
	__m512		a = _mm512_setzero_ps();
	__m512		b = _mm512_setzero_ps();
	__m512		c = _mm512_setzero_ps();
	__m512		e = _mm512_setzero_ps();
	int			i = 0;

	for (; i + 4 * LANES <= d; i += 4 * LANES)
	{
		a = add_squares(a, query, stored, i, ALL);
		b = add_squares(b, query, stored, i + LANES, ALL);
		c = add_squares(c, query, stored, i + 2 * LANES, ALL);
		e = add_squares(e, query, stored, i + 3 * LANES, ALL);
	}
	if (i + LANES <= d)
	{
		a = add_squares(a, query, stored, i, ALL);
		i += LANES;
	}
	if (i + LANES <= d)
	{
		b = add_squares(b, query, stored, i, ALL);
		i += LANES;
	}
	if (i + LANES <= d)
	{
		c = add_squares(c, query, stored, i, ALL);
		i += LANES;
	}
	if (i < d)
		e = add_squares(e, query, stored, i, first_lanes(d - i));
	return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(a, b), _mm512_add_ps(c, e)));
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

TARGET static LanternProducts
products(const float *a, const float *b, int d)
{
	__m512d		ab = _mm512_setzero_pd();
	__m512d		aa = ab;
	__m512d		bb = ab;

	for (int i = 0; i < d; i += LANES / 2)
	{
		__mmask8	mask = (__mmask8) (d - i < LANES / 2 ? first_lanes(d - i) : 0xff);
		__m512d		x = _mm512_cvtps_pd(_mm256_maskz_loadu_ps(mask, a + i));
		__m512d		y = _mm512_cvtps_pd(_mm256_maskz_loadu_ps(mask, b + i));

		ab = _mm512_fmadd_pd(x, y, ab);
		aa = _mm512_fmadd_pd(x, x, aa);
		bb = _mm512_fmadd_pd(y, y, bb);
	}
	return (LanternProducts) {_mm512_reduce_add_pd(ab), _mm512_reduce_add_pd(aa), _mm512_reduce_add_pd(bb)};
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
		_mm512_storeu_ps(x + i, components(stored, i, ALL));
	if (i < d)
		_mm512_mask_storeu_ps(x + i, first_lanes(d - i), components(stored, i, first_lanes(d - i)));
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

INLINE void
encode_halves(const float *x, float inverse_scale, uint16_t *codes, __mmask16 mask)
{
	__m512		scaled = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x), _mm512_set1_ps(inverse_scale));

	_mm256_mask_storeu_epi16(codes, mask,
							 _mm512_cvtps_ph(scaled, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

TARGET static void
encode_f16(const float *x, float inverse_scale, uint16_t *codes, int d)
{
	int			i = 0;

	for (; i + LANES <= d; i += LANES)
		encode_halves(x + i, inverse_scale, codes + i, ALL);
	if (i < d)
		encode_halves(x + i, inverse_scale, codes + i, first_lanes(d - i));
}

/* The order of operands of max takes NaN to 0. */
INLINE void
encode_bytes(const float *x, float scale, float offset, uint8_t *codes, __mmask16 mask)
{
	__m512		difference = _mm512_sub_ps(_mm512_maskz_loadu_ps(mask, x), _mm512_set1_ps(offset));
	__m512		wide = _mm512_div_ps(difference, _mm512_set1_ps(scale));
	__m512		clamped = _mm512_min_ps(_mm512_max_ps(wide, _mm512_setzero_ps()), _mm512_set1_ps(255));

	_mm512_mask_cvtepi32_storeu_epi8(codes, mask, _mm512_cvtps_epi32(clamped));
}

TARGET static void
encode_u8(const float *x, float scale, float offset, uint8_t *codes, int d)
{
	int			i = 0;

	for (; i + LANES <= d; i += LANES)
		encode_bytes(x + i, scale, offset, codes + i, ALL);
	if (i < d)
		encode_bytes(x + i, scale, offset, codes + i, first_lanes(d - i));
}

/*
 * The 16 bytes from a place on of 16 neighbours' codes, as words of four bytes: the lanes of words[i] are the neighbours'
 * word i.
 */
INLINE void
load_words(__m512i *words, const uint8_t *codes, int stride)
{
	__m512i		rows[4];
	__m512i		pairs[4];

	/* neighbours i, 4 + i, 8 + i and 12 + i, so that they are in order when their words have changed places */
	for (int i = 0; i < 4; i++)
	{
		const uint8_t *code = codes + i * stride;
		__m512i		row = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *) code));

		row = _mm512_inserti32x4(row, _mm_loadu_si128((const __m128i *) (code + 4 * stride)), 1);
		row = _mm512_inserti32x4(row, _mm_loadu_si128((const __m128i *) (code + 8 * stride)), 2);
		rows[i] = _mm512_inserti32x4(row, _mm_loadu_si128((const __m128i *) (code + 12 * stride)), 3);
	}
	for (int i = 0; i < 2; i++)
	{
		pairs[i] = _mm512_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
		pairs[2 + i] = _mm512_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
	}
	for (int i = 0; i < 2; i++)
	{
		words[2 * i] = _mm512_unpacklo_epi64(pairs[2 * i], pairs[2 * i + 1]);
		words[2 * i + 1] = _mm512_unpackhi_epi64(pairs[2 * i], pairs[2 * i + 1]);
	}
}

/*
 * Adds what the tables of eight groups say of a word of 16 neighbours' codes.  A byte is looked up in the 16 entries of its
 * place in the word, so that the four values of a word are summands of the same sum.
 */
INLINE __m512i
add_word(__m512i sums, __m512i words, __m512i low_tables, __m512i high_tables)
{
	const __m512i nibble = _mm512_set1_epi8(15);
	const __m512i place = _mm512_set1_epi32(0x30201000);
	__m512i		low = _mm512_or_si512(_mm512_and_si512(words, nibble), place);
	__m512i		high = _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi16(words, 4), nibble), place);

	sums = _mm512_dpbusd_epi32(sums, _mm512_permutexvar_epi8(low, low_tables), _mm512_set1_epi8(1));
	return _mm512_dpbusd_epi32(sums, _mm512_permutexvar_epi8(high, high_tables), _mm512_set1_epi8(1));
}

/* Adds the sums of up to 16 bytes of 32 neighbours' codes, `words` words. */
INLINE void
add_sums(__m512i *sums, const uint8_t *codes, int stride, const uint8_t *tables, int words)
{
	__m512i		first[4];
	__m512i		second[4];

	load_words(first, codes, stride);
	load_words(second, codes + 16 * stride, stride);
	for (int i = 0; i < words; i++, tables += 128)
	{
		__m512i		front = _mm512_loadu_si512(tables);
		__m512i		back = _mm512_loadu_si512(tables + 64);
		__m512i		low_tables = _mm512_shuffle_i32x4(front, back, 0x88);
		__m512i		high_tables = _mm512_shuffle_i32x4(front, back, 0xDD);

		sums[0] = add_word(sums[0], first[i], low_tables, high_tables);
		sums[1] = add_word(sums[1], second[i], low_tables, high_tables);
	}
}

/* The factors of 16 neighbours. */
INLINE __m512i
load_factors(const LanternNeighbour *neighbours)
{
	const __m512i second_words = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);

	return _mm512_permutex2var_epi32(_mm512_loadu_si512(neighbours), second_words, _mm512_loadu_si512(neighbours + 8));
}

TARGET static uint32_t
estimate(const LanternTables *tables, const uint8_t *codes, const LanternNeighbour *neighbours, float distance, float limit,
		 float *estimates)
{
	__m512i		sums[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
	int			stride = tables->groups / 2;
	uint32_t	within = 0;

	for (int start = 0; start < stride; start += 16)
	{
		int			words = (stride - start + 3) / 4;

		if (words < 4)
			add_sums(sums, codes + start, stride, tables->tables + 32 * start, words);
		else
			add_sums(sums, codes + start, stride, tables->tables + 32 * start, 4);
	}
	for (int i = 0; i < 2; i++)
	{
		__m512		product = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[i]), _mm512_set1_ps(tables->step),
											  _mm512_set1_ps(tables->offset));
		__m512i		factors = load_factors(neighbours + 16 * i);
		__m512		a = _mm512_castsi512_ps(_mm512_and_si512(factors, _mm512_set1_epi32((int) 0xFFFF0000)));
		__m512		b = _mm512_castsi512_ps(_mm512_slli_epi32(factors, 16));
		__m512		estimate = _mm512_fnmadd_ps(b, product, _mm512_add_ps(_mm512_set1_ps(distance), a));

		/* the order of operands takes NaN to 0, as comparing does in the portable variant */
		estimate = _mm512_max_ps(estimate, _mm512_setzero_ps());
		_mm512_storeu_ps(estimates + 16 * i, estimate);
		within |= (uint32_t) _mm512_cmp_ps_mask(estimate, _mm512_set1_ps(limit), _CMP_LE_OQ) << 16 * i;
	}
	return within;
}

/*
 * From the last on, as most words that are put in belong near the end.  Stores have no mask: what is stored with one can not be
 * read before it is in the cache, and the next word to be put in reads it soon.
 */
TARGET static int
insert_word(uint64_t *words, int count, uint64_t word)
{
	__m512i		new = _mm512_set1_epi64((int64_t) word);
	int			place = count;

	for (; place >= 8; place -= 8)
	{
		__m512i		eight = _mm512_loadu_si512(words + place - 8);
		__mmask8	later = _mm512_cmpgt_epu64_mask(eight, new);

		if (later != 0xFF)
		{
			__m512i		next = _mm512_loadu_si512(words + place - 7);

			_mm512_storeu_si512(words + place - 7, _mm512_mask_blend_epi64(later, next, eight));
			place -= __builtin_popcount(later);
			words[place] = word;
			return place;
		}
		_mm512_storeu_si512(words + place - 7, eight);
	}
	return insert_word_singly(words, place, word);
}

const LanternKernels lantern_kernels_avx512 = {
	"avx512", l2sq_f32, l2sq_f16, l2sq_u8, products, lantern_hamming_popcnt, rotate, estimate, lantern_fill_tables_avx2,
	insert_word, lantern_encode_code_avx2, encode_f16, decode_f16, encode_u8, decode_u8
};

#endif							/* LANTERN_X86_64 */
