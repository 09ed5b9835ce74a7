/*
 * The kernels of a search by codes for x86-64 processors with AVX2, beside those in AVX2.c: estimates and what they are made of,
 * and the order of candidates.
 */
#include "NeighbourCode.h"
#include "Variants.h"

#ifdef LANTERN_X86_64

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

/* A fused operation would round once where we promise two roundings; where one is meant, it is written. */
#pragma STDC FP_CONTRACT OFF

#define TARGET __attribute__((target("avx2,fma,f16c,popcnt")))
#define INLINE static inline __attribute__((always_inline)) TARGET

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

TARGET uint32_t
lantern_estimate_avx2(const LanternTables *tables, const uint8_t *codes, const LanternNeighbour *neighbours, float distance,
					  float limit, float *estimates)
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

/* As in the AVX-512 variant. */
TARGET int
lantern_insert_word_avx2(uint64_t *words, int count, uint64_t word)
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
	return insert_word_singly(words, place, word);
}

#endif							/* LANTERN_X86_64 */
