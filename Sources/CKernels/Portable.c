/*
 * The kernels in plain C, for processors without a variant of their own.
 *
 * The loops are written so that a compiler can vectorise them for the baseline of any processor.
 */
#include <string.h>

#include "NeighbourCode.h"
#include "Rotation.h"
#include "Variants.h"

/* A fused operation rounds once where we promise two roundings, and only some processors have it. */
#pragma STDC FP_CONTRACT OFF

/* Sums kept apart; they also bound the rounding error, see squaredDistanceBounds() in the Vectors module. */
#define LANES 16

#define INLINE static inline __attribute__((always_inline))

INLINE float
float_from_bits(uint32_t bits)
{
	float		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

INLINE uint32_t
bits_of_float(float value)
{
	uint32_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

#ifdef __aarch64__

/* These processors convert halves by themselves, and several at a time. */
INLINE float
float_from_half(uint16_t half)
{
	__fp16		value;

	memcpy(&value, &half, sizeof(value));
	return value;
}

#else

INLINE float
float_from_half(uint16_t half)
{
	uint32_t	magnitude = (uint32_t) (half & 0x7fff) << 13;
	uint32_t	special = (half & 0x7c00) == 0x7c00 ? 0x7f800000 : 0;

	/* the product corrects the exponent's bias and normalises subnormals; it is exact */
	return float_from_bits(bits_of_float(float_from_bits(magnitude) * 0x1p112f) | special |
						   (uint32_t) (half & 0x8000) << 16);
}

#endif

static uint16_t
half_from_float(float value)
{
	uint32_t	bits = bits_of_float(value);
	uint32_t	sign = bits >> 16 & 0x8000;
	uint32_t	magnitude = bits & 0x7fffffff;

	if (magnitude > 0x7f800000)
		return sign | 0x7e00;
	if (magnitude >= 0x477ff000)	/* 65520, half way from the largest half to the next power of two */
		return sign | 0x7c00;
	if (magnitude < 0x38800000) /* 2^-14, the smallest normal half: adding 0.5 rounds at 2^-24 */
		return sign | (bits_of_float(float_from_bits(magnitude) + 0.5f) - bits_of_float(0.5f));
	/* rebias the exponent from 127 to 15, and round at bit 13 to nearest even */
	return sign | (magnitude - (112u << 23) + 0xfff + (magnitude >> 13 & 1)) >> 13;
}

INLINE float
component(Stored stored, int i)
{
	switch (stored.width)
	{
		case STORED_F32:
			return ((const float *) stored.codes)[i];
		case STORED_F16:
			return stored.scale * float_from_half(((const uint16_t *) stored.codes)[i]);
		case STORED_U8:
			return stored.offset + stored.scale * ((const uint8_t *) stored.codes)[i];
	}
	__builtin_unreachable();
}

INLINE float
squared_difference(const float *query, Stored stored, int i)
{
	float		difference = query[i] - component(stored, i);

	return difference * difference;
}

INLINE float
l2sq(const float *query, Stored stored, int d)
{
	float		sums[LANES] = {0};
	int			i = 0;

	for (; i + LANES <= d; i += LANES)
		for (int lane = 0; lane < LANES; lane++)
			sums[lane] += squared_difference(query, stored, i + lane);
	for (int lane = 0; i + lane < d; lane++)
		sums[lane] += squared_difference(query, stored, i + lane);
	for (int half = LANES / 2; half > 0; half /= 2)
		for (int lane = 0; lane < half; lane++)
			sums[lane] += sums[lane + half];
	return sums[0];
}

static float
l2sq_f32(const float *query, const float *vector, int d)
{
	return l2sq(query, stored_f32(vector), d);
}

static float
l2sq_f16(const float *query, const uint16_t *codes, float scale, int d)
{
	return l2sq(query, stored_f16(codes, scale), d);
}

static float
l2sq_u8(const float *query, const uint8_t *codes, float scale, float offset, int d)
{
	return l2sq(query, stored_u8(codes, scale, offset), d);
}

static LanternProducts
products(const float *a, const float *b, int d)
{
	double		ab[LANES / 2] = {0};
	double		aa[LANES / 2] = {0};
	double		bb[LANES / 2] = {0};
	LanternProducts sums = {0};
	int			i = 0;

	for (; i + LANES / 2 <= d; i += LANES / 2)
		for (int lane = 0; lane < LANES / 2; lane++)
		{
			double		x = a[i + lane];
			double		y = b[i + lane];

			ab[lane] += x * y;
			aa[lane] += x * x;
			bb[lane] += y * y;
		}
	for (int lane = 0; lane < LANES / 2; lane++)
	{
		sums.ab += ab[lane];
		sums.aa += aa[lane];
		sums.bb += bb[lane];
	}
	for (; i < d; i++)
	{
		sums.ab += (double) a[i] * b[i];
		sums.aa += (double) a[i] * a[i];
		sums.bb += (double) b[i] * b[i];
	}
	return sums;
}

static int
hamming(const uint32_t *a, const uint32_t *b, int d)
{
	int			count = 0;

	for (int i = 0; i < d; i++)
		count += __builtin_popcount(a[i] ^ b[i]);
	return count;
}

static void
rotate(float *x, int d, uint64_t seed)
{
	rotate_components(x, d, seed);
}

static uint32_t
estimate(const LanternTables *tables, const uint8_t *codes, const LanternNeighbour *neighbours, float distance, float limit,
		 float *estimates)
{
	uint32_t	within = 0;

	for (int i = 0; i < LANTERN_BLOCK; i++)
	{
		const uint8_t *table = tables->tables;
		int			sum = 0;
		float		estimate;

		for (int byte = 0; byte < tables->groups / 2; byte++, codes++, table += 32)
			sum += table[*codes & 15] + table[16 + (*codes >> 4)];
		estimate = distance + float_from_bits((uint32_t) neighbours[i].factors.a << 16) -
			float_from_bits((uint32_t) neighbours[i].factors.b << 16) * (tables->step * (float) sum + tables->offset);
		estimates[i] = estimate > 0 ? estimate : 0;
		within |= (uint32_t) (estimates[i] <= limit) << i;
	}
	return within;
}

static void
fill_tables(const float *summands, int groups, float step, uint8_t *tables)
{
	for (int group = 0; group < groups; group++, summands += 4, tables += 16)
	{
		float		least = 0;

		for (int i = 0; i < 4; i++)
			least += summands[i] < 0 ? summands[i] : 0;
		for (int set = 0; set < 16; set++)
		{
			float		sum = -least;

			for (int i = 0; i < 4; i++)
				if (set >> i & 1)
					sum += summands[i];
			sum = sum / step;
			/* as in encode_u8 */
			sum = sum > 0 ? sum : 0;
			sum = sum < 255 ? sum : 255;
			tables[set] = (uint8_t) bits_of_float(sum + 0x1p23f);
		}
	}
}

static LanternCodeFactors
encode_code(const float *neighbour, const float *host, LanternCodeShape shape, uint8_t *code)
{
	return encode_neighbour_code(neighbour, host, shape, code);
}

static int
insert_word(uint64_t *words, int count, uint64_t word)
{
	return insert_word_singly(words, count, word);
}

static void
encode_f16(const float *x, float inverse_scale, uint16_t *codes, int d)
{
	for (int i = 0; i < d; i++)
		codes[i] = half_from_float(x[i] * inverse_scale);
}

static void
decode_f16(const uint16_t *codes, float scale, float *x, int d)
{
	for (int i = 0; i < d; i++)
		x[i] = component(stored_f16(codes, scale), i);
}

static void
encode_u8(const float *x, float scale, float offset, uint8_t *codes, int d)
{
	for (int i = 0; i < d; i++)
	{
		float		code = (x[i] - offset) / scale;

		/* comparisons in this order take NaN to 0; adding 2^23 leaves the integer, rounded, in the low bits */
		code = code > 0 ? code : 0;
		code = code < 255 ? code : 255;
		codes[i] = (uint8_t) bits_of_float(code + 0x1p23f);
	}
}

static void
decode_u8(const uint8_t *codes, float scale, float offset, float *x, int d)
{
	for (int i = 0; i < d; i++)
		x[i] = component(stored_u8(codes, scale, offset), i);
}

const LanternKernels lantern_kernels_portable = {
	"portable", l2sq_f32, l2sq_f16, l2sq_u8, products, hamming, rotate, estimate, fill_tables, insert_word, encode_code,
	encode_f16, decode_f16, encode_u8, decode_u8
};
