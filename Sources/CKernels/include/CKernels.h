/*
 * Distance and conversion kernels for vectors of float, IEEE half precision and bytes, and for strings of bits.
 *
 * Each kernel exists for several instruction sets; the best one this processor has is chosen once, when the program or
 * library is loaded.  `d` counts components; any value is allowed, and pointers need only the alignment of one component.
 *
 * A stored component is scale * code for half precision and offset + scale * code for bytes, each operation rounded to
 * float.  Every variant decodes to the same bits.  Within one variant, all distances add up in the same order, so
 * lantern_l2sq_f16() and lantern_l2sq_u8() return, bit for bit, what lantern_l2sq_f32() returns for the decoded vector,
 * and lantern_l2sq_f32(a, b) equals lantern_l2sq_f32(b, a).  A distance too large for float is +infinity; finite input
 * never gives NaN.
 */
#ifndef LANTERN_KERNELS_H
#define LANTERN_KERNELS_H

#include <stdint.h>

#include "Atomics.h"
#include "Prefetch.h"

/* What the cosine of the angle between two vectors is made of. */
typedef struct LanternProducts
{
	double		ab;				/* the dot product of both */
	double		aa;				/* the squared length of the first */
	double		bb;				/* the squared length of the second */
} LanternProducts;

/*
 * What FastScan (arXiv 1812.09162) looks up for a query: for each group of four bits of a code and each set of them, the sum of
 * what these bits stand for, as a byte.
 */
typedef struct LanternTables
{
	const uint8_t *tables;		/* 16 bytes a group, and zeros for what is missing to a multiple of 32 groups */
	int			groups;			/* even, and at most 512 */
	float		step;			/* the sum that one step of a byte stands for */
	float		offset;			/* what all sums have in common */
} LanternTables;

/* The neighbours whose distances are estimated at once. */
#define LANTERN_BLOCK 32

/* How neighbours are coded. */
typedef struct LanternCodeShape
{
	int			rotated;		/* components, a multiple of 8 */
	int			coded;			/* of them, the first, a multiple of 8 and at most 512 */
	int			bits;			/* of a component's code: 1, 2 or 4 */
	float		step_of_deviation;	/* between codes, for components of deviation 1 */
} LanternCodeShape;

/* What makes an estimate of a code; see lantern_estimate.  Each is a bfloat16, the upper half of a float. */
typedef struct LanternCodeFactors
{
	uint16_t	b;
	uint16_t	a;
} LanternCodeFactors;

/* A neighbour, as it lies on a page that has its code too. */
typedef struct LanternNeighbour
{
	uint32_t	vertex;
	LanternCodeFactors factors;
} LanternNeighbour;

/* The kernels of one instruction set; the functions below say what each member does. */
typedef struct LanternKernels
{
	const char *name;
	float		(*l2sq_f32) (const float *query, const float *vector, int d);
	float		(*l2sq_f16) (const float *query, const uint16_t *codes, float scale, int d);
	float		(*l2sq_u8) (const float *query, const uint8_t *codes, float scale, float offset, int d);
	LanternProducts (*products) (const float *a, const float *b, int d);
	int			(*hamming) (const uint32_t *a, const uint32_t *b, int d);
	void		(*rotate) (float *x, int d, uint64_t seed);
	uint32_t	(*estimate) (const LanternTables *tables, const uint8_t *codes, const LanternNeighbour *neighbours,
							 float distance, float limit, float *estimates);
	void		(*fill_tables) (const float *summands, int groups, float step, uint8_t *tables);
	int			(*insert_word) (uint64_t *words, int count, uint64_t word);
	LanternCodeFactors (*encode_code) (const float *neighbour, const float *host, LanternCodeShape shape, uint8_t *code);
	void		(*encode_f16) (const float *x, float inverse_scale, uint16_t *codes, int d);
	void		(*decode_f16) (const uint16_t *codes, float scale, float *x, int d);
	void		(*encode_u8) (const float *x, float scale, float offset, uint8_t *codes, int d);
	void		(*decode_u8) (const uint8_t *codes, float scale, float offset, float *x, int d);
} LanternKernels;

/* The kernels in use; written only while the program or library is being loaded. */
extern LanternKernels lantern_kernels;

/* The number of variants this build knows, from the plainest to the fastest. */
#define LANTERN_KERNEL_VARIANTS 3

/* Variant i of 0 ... LANTERN_KERNEL_VARIANTS - 1, or NULL where this processor lacks its instructions. */
extern const LanternKernels *lantern_kernels_variant(int i);

/* The name of the kernels in use: "avx512", "avx2" or "portable". */
static inline const char *
lantern_kernels_name(void)
{
	return lantern_kernels.name;
}

/* The squared Euclidean distance |query - vector|^2. */
static inline float
lantern_l2sq_f32(const float *query, const float *vector, int d)
{
	return lantern_kernels.l2sq_f32(query, vector, d);
}

/* The squared Euclidean distance |query - scale * codes|^2. */
static inline float
lantern_l2sq_f16(const float *query, const uint16_t *codes, float scale, int d)
{
	return lantern_kernels.l2sq_f16(query, codes, scale, d);
}

/* The squared Euclidean distance |query - (offset + scale * codes)|^2. */
static inline float
lantern_l2sq_u8(const float *query, const uint8_t *codes, float scale, float offset, int d)
{
	return lantern_kernels.l2sq_u8(query, codes, scale, offset, d);
}

/*
 * The three dot products of a and b, summed in double precision: neither the largest floats nor the smallest leave its
 * range, and the relative error of a squared length, like the error of ab against |a| |b|, is below (d + 2) * 2^-53.
 */
static inline LanternProducts
lantern_products(const float *a, const float *b, int d)
{
	return lantern_kernels.products(a, b, d);
}

/* The number of bits in which two strings of d words differ. */
static inline int
lantern_hamming(const uint32_t *a, const uint32_t *b, int d)
{
	return lantern_kernels.hamming(a, b, d);
}

/*
 * Rotates x, whose d components are a multiple of 8, by a random rotation that the seed gives: the same bits on every
 * processor.  Lengths and angles stay, and every component becomes a mixture of all.
 */
static inline void
lantern_rotate(float *x, int d, uint64_t seed)
{
	lantern_kernels.rotate(x, d, seed);
}

/*
 * The estimates distance + a - b * product for 32 neighbours, at least 0, a and b being their factors and product the sum of
 * what the tables say of a code's nibbles, the low one of a byte first.  The codes, of groups / 2 bytes each, lie one after the other; up to 15 bytes
 * behind the last are read.  Bit i of the result tells whether estimate i is within the limit, infinity included.
 */
static inline uint32_t
lantern_estimate(const LanternTables *tables, const uint8_t *codes, const LanternNeighbour *neighbours, float distance,
				 float limit, float *estimates)
{
	return lantern_kernels.estimate(tables, codes, neighbours, distance, limit, estimates);
}

/*
 * The tables of a query: 16 bytes for each group of 4 bits, of which each stands for a summand; byte s is the sum of the
 * summands in the set s less that of the negative ones, in steps, rounded to nearest.
 */
static inline void
lantern_fill_tables(const float *summands, int groups, float step, uint8_t *tables)
{
	lantern_kernels.fill_tables(summands, groups, step, tables);
}

/*
 * Puts a word into its place among `count` ascending ones, behind which there is room for one more: those after it move up by
 * one.  Returns the place.  All words are below 2^63.
 */
static inline int
lantern_insert_word(uint64_t *words, int count, uint64_t word)
{
	return lantern_kernels.insert_word(words, count, word);
}

/*
 * Writes the code of a neighbour, coded * bits / 8 bytes.  With r = neighbour - host and v what its code stands for, b is
 * 2 |r|^2 / <v, r>, rounded, and a is |r|^2 + b <host, v>; where they would not be finite, b is 0.
 */
static inline LanternCodeFactors
lantern_encode_code(const float *neighbour, const float *host, LanternCodeShape shape, uint8_t *code)
{
	return lantern_kernels.encode_code(neighbour, host, shape, code);
}

/* Half-precision codes of inverse_scale * x, rounded to nearest even; 65520 and more becomes infinity. */
static inline void
lantern_encode_f16(const float *x, float inverse_scale, uint16_t *codes, int d)
{
	lantern_kernels.encode_f16(x, inverse_scale, codes, d);
}

/* The components scale * codes. */
static inline void
lantern_decode_f16(const uint16_t *codes, float scale, float *x, int d)
{
	lantern_kernels.decode_f16(codes, scale, x, d);
}

/* Byte codes (x - offset) / scale, rounded to nearest even and clamped to 0 ... 255; NaN becomes 0. */
static inline void
lantern_encode_u8(const float *x, float scale, float offset, uint8_t *codes, int d)
{
	lantern_kernels.encode_u8(x, scale, offset, codes, d);
}

/* The components offset + scale * codes. */
static inline void
lantern_decode_u8(const uint8_t *codes, float scale, float offset, float *x, int d)
{
	lantern_kernels.decode_u8(codes, scale, offset, x, d);
}

/*
 * The square root, by the processor's instruction alone: the language's own may call the C library's, for its errno,
 * and then the whole needs libm.
 */
extern double lantern_square_root(double x);

#endif							/* LANTERN_KERNELS_H */
