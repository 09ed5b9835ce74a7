/*
 * The random rotation, compiled for each variant: random signs and Walsh-Hadamard transforms in turn, over the first and the
 * last power of two of components, which overlap unless they are all.
 */
#ifndef LANTERN_ROTATION_H
#define LANTERN_ROTATION_H

#include <stdint.h>
#include <string.h>

#define ROTATION_INLINE static inline __attribute__((always_inline))

/* SplitMix64's output for a state */
ROTATION_INLINE uint64_t
random_bits(uint64_t state)
{
	state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9;
	state = (state ^ state >> 27) * 0x94D049BB133111EB;
	return state ^ state >> 31;
}

ROTATION_INLINE void
flip_signs(float *x, int d, uint64_t *state)
{
	for (int start = 0; start < d; start += 32)
	{
		uint32_t	signs = (uint32_t) random_bits(*state += 0x9E3779B97F4A7C15);
		int			end = d - start < 32 ? d - start : 32;

		for (int i = 0; i < end; i++)
		{
			uint32_t	bits;

			memcpy(&bits, x + start + i, sizeof(bits));
			bits ^= signs << i & 0x80000000;
			memcpy(x + start + i, &bits, sizeof(bits));
		}
	}
}

typedef float EightFloats __attribute__((vector_size(32), aligned(4)));

/* Makes 8 components the sums and differences of those that are 1, 2 and 4 places off, times a factor. */
ROTATION_INLINE void
transform_eight(EightFloats *eight, float factor)
{
	EightFloats x = *eight;

	x = __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6) + x * (EightFloats) {1, -1, 1, -1, 1, -1, 1, -1};
	x = __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5) + x * (EightFloats) {1, 1, -1, -1, 1, 1, -1, -1};
	x = __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3) + x * (EightFloats) {1, 1, 1, 1, -1, -1, -1, -1};
	*eight = x * factor;
}

/* Divided by the square root of n, at least 8, the transform is a rotation. */
ROTATION_INLINE void
transform(float *x, int n, float factor)
{
	for (int start = 0; start < n; start += 8)
		transform_eight((EightFloats *) (x + start), factor);
	for (int half = 8; half < n; half *= 2)
		for (int start = 0; start < n; start += 2 * half)
			for (int i = start; i < start + half; i += 8)
			{
				EightFloats *near = (EightFloats *) (x + i);
				EightFloats *far = (EightFloats *) (x + i + half);
				EightFloats sum = *near + *far;

				*far = *near - *far;
				*near = sum;
			}
}

ROTATION_INLINE void
rotate_components(float *x, int d, uint64_t seed)
{
	int			n = 8;
	float		factor = 0.35355339f;	/* 8^-0.5 */

	while (n * 2 <= d)
	{
		n *= 2;
		factor *= 0.70710678f;
	}
	for (int round = 0; round < 2; round++)
	{
		flip_signs(x, d, &seed);
		transform(x, n, factor);
		if (n < d)
		{
			flip_signs(x, d, &seed);
			transform(x + d - n, n, factor);
		}
	}
}

#endif							/* LANTERN_ROTATION_H */
