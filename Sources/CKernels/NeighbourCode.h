/*
 * The code of a neighbour, compiled for each variant.
 */
#ifndef LANTERN_NEIGHBOUR_CODE_H
#define LANTERN_NEIGHBOUR_CODE_H

#include <stdint.h>
#include <string.h>

#include "CKernels.h"

/* Vectors are passed between functions that are all inlined, so that how they would be passed does not matter. */
#pragma GCC diagnostic ignored "-Wpsabi"

#define CODE_INLINE static inline __attribute__((always_inline))

/* Sums are kept in so many lanes; all numbers of components are multiples of it. */
#define CODE_LANES 8
#define MOST_CODED 512

/* Eight lanes, of which compilers make what vectors there are. */
typedef float CodeFloats __attribute__((vector_size(4 * CODE_LANES)));
typedef int32_t CodeIntegers __attribute__((vector_size(4 * CODE_LANES)));
typedef uint8_t CodeBytes __attribute__((vector_size(CODE_LANES)));

/* To nearest even; NaN becomes infinity. */
CODE_INLINE uint16_t
rounded_to_bfloat16(float x)
{
	uint32_t	bits;

	memcpy(&bits, &x, sizeof(bits));
	return x <= 0x1.fep127f ? (uint16_t) ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16) : 0x7F80;
}

CODE_INLINE float
float_of_bfloat16(uint16_t half)
{
	uint32_t	bits = (uint32_t) half << 16;
	float		x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

CODE_INLINE CodeFloats
load_code_lanes(const float *x)
{
	CodeFloats	lanes;

	memcpy(&lanes, x, sizeof(lanes));
	return lanes;
}

CODE_INLINE float
total_of_code_lanes(CodeFloats lanes)
{
	return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/* Where the mask is all ones a, where it is 0 b. */
CODE_INLINE CodeIntegers
select_code_lanes(CodeIntegers mask, CodeIntegers a, CodeIntegers b)
{
	return (mask & a) | (~mask & b);
}

/* |neighbour - host|^2 over the components from start to end. */
CODE_INLINE float
squares_of_residual(const float *neighbour, const float *host, int start, int end)
{
	CodeFloats	squares = {0};

	for (int i = start; i < end; i += CODE_LANES)
	{
		CodeFloats	r = load_code_lanes(neighbour + i) - load_code_lanes(host + i);

		squares += r * r;
	}
	return total_of_code_lanes(squares);
}

/* The codes of components: the step of each, from the lowest on. NaN becomes 0. */
CODE_INLINE CodeIntegers
nearest_steps(CodeFloats residual, float steps, float centre, int most)
{
	CodeFloats	nearest = residual * steps + (centre + 0.5f);
	CodeFloats	zero = {0};
	CodeFloats	last = zero + (float) most;

	nearest = (CodeFloats) select_code_lanes(nearest > zero, (CodeIntegers) nearest, (CodeIntegers) zero);
	nearest = (CodeFloats) select_code_lanes(nearest < last, (CodeIntegers) nearest, (CodeIntegers) last);
	return __builtin_convertvector(nearest, CodeIntegers);
}

/* The sums over a residual's coded components that the factors are made of. */
typedef struct
{
	float		squares;
	float		along_residual; /* of what the codes stand for */
	float		along_host;
} CodeSums;

/* The code of each component of the residual; `step` is of no use where there is one bit. */
CODE_INLINE CodeSums
code_components(const float *neighbour, const float *host, int coded, int bits, float step, uint8_t *codes)
{
	CodeFloats	zero = {0};
	CodeFloats	squares = zero;
	CodeFloats	with_residual = zero;
	CodeFloats	with_host = zero;
	int			most = (1 << bits) - 1;
	float		centre = (float) most / 2;
	float		steps = bits > 1 && step > 0 ? 1 / step : 0;

	for (int i = 0; i < coded; i += CODE_LANES)
	{
		CodeFloats	h = load_code_lanes(host + i);
		CodeFloats	r = load_code_lanes(neighbour + i) - h;
		CodeIntegers code = bits > 1 && steps > 0 ? nearest_steps(r, steps, centre, most) : (r > zero) & most;
		CodeFloats	value = __builtin_convertvector(code, CodeFloats) - centre;
		CodeBytes	bytes = __builtin_convertvector(code, CodeBytes);

		memcpy(codes + i, &bytes, sizeof(bytes));
		squares += r * r;
		with_residual += value * r;
		with_host += value * h;
	}
	return (CodeSums) {
		.squares = total_of_code_lanes(squares),
		.along_residual = total_of_code_lanes(with_residual),
		.along_host = total_of_code_lanes(with_host)
	};
}

/* Packs the bits of eight components' codes; each product moves them beside each other, below the highest bit. */
CODE_INLINE void
pack_eight(const uint8_t *codes, int bits, uint8_t *packed)
{
	uint64_t	eight;

	memcpy(&eight, codes, sizeof(eight));
	switch (bits)
	{
		case 1:
			packed[0] = (uint8_t) (eight * 0x0102040810204080 >> 56);
			break;
		case 2:
			packed[0] = (uint8_t) ((uint32_t) eight * 0x01041040u >> 24);
			packed[1] = (uint8_t) ((uint32_t) (eight >> 32) * 0x01041040u >> 24);
			break;
		default:
			for (int i = 0; i < 4; i++)
				packed[i] = (uint8_t) (codes[2 * i] | codes[2 * i + 1] << 4);
	}
}

/* Of component i's code the lowest bit is bit i * bits of the whole, which begins with the lowest of the first byte. */
CODE_INLINE void
pack_codes(const uint8_t *codes, int coded, int bits, uint8_t *packed)
{
	for (int i = 0; i < coded; i += 8)
		pack_eight(codes + i, bits, packed + i * bits / 8);
}

/* What lies between two codes of a component: in proportion to the standard deviation of the residual's. */
CODE_INLINE float
step_of_code(const float *neighbour, const float *host, LanternCodeShape shape)
{
	float		squares = squares_of_residual(neighbour, host, 0, shape.coded);

	return (float) lantern_square_root((double) squares / shape.coded) * shape.step_of_deviation;
}

CODE_INLINE LanternCodeFactors
encode_neighbour_code(const float *neighbour, const float *host, LanternCodeShape shape, uint8_t *code)
{
	uint8_t		codes[MOST_CODED];
	CodeSums	sums;
	float		squares;
	float		a;
	float		b;
	LanternCodeFactors factors;

	/* the width of one bit is a constant here, so that it has a loop of its own, which reads each vector once */
	if (shape.bits == 1)
		sums = code_components(neighbour, host, shape.coded, 1, 0, codes);
	else
		sums = code_components(neighbour, host, shape.coded, shape.bits, step_of_code(neighbour, host, shape), codes);
	squares = sums.squares + squares_of_residual(neighbour, host, shape.coded, shape.rotated);
	pack_codes(codes, shape.coded, shape.bits, code);
	/* with the rounded b, so that for a query at the host only a is not exact */
	factors.b = rounded_to_bfloat16(sums.along_residual > 0 ? 2 * squares / sums.along_residual : 0);
	b = float_of_bfloat16(factors.b);
	factors.a = rounded_to_bfloat16(squares + b * sums.along_host);
	a = float_of_bfloat16(factors.a);
	/* what is not finite has no difference of 0 from itself */
	if (a - a == 0 && b - b == 0)
		return factors;
	return (LanternCodeFactors) {.a = rounded_to_bfloat16(squares), .b = 0};
}

#endif							/* LANTERN_NEIGHBOUR_CODE_H */
