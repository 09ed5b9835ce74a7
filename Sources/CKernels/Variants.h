/*
 * What the variants of the kernels share.
 */
#ifndef LANTERN_VARIANTS_H
#define LANTERN_VARIANTS_H

#include "CKernels.h"

#if defined(__x86_64__)
#define LANTERN_X86_64 1
extern const LanternKernels lantern_kernels_avx2;
extern const LanternKernels lantern_kernels_avx512;

extern uint32_t lantern_estimate_avx2(const LanternTables *tables, const uint8_t *codes, const LanternNeighbour *neighbours,
									  float distance, float limit, float *estimates);
extern int	lantern_insert_word_avx2(uint64_t *words, int count, uint64_t word);
extern LanternCodeFactors lantern_encode_code_avx2(const float *neighbour, const float *host, LanternCodeShape shape,
												  uint8_t *code);
extern void lantern_fill_tables_avx2(const float *summands, int groups, float step, uint8_t *tables);

/* Counts bits with the processor's instruction, which both have. */
extern int	lantern_hamming_popcnt(const uint32_t *a, const uint32_t *b, int d);
#endif
extern const LanternKernels lantern_kernels_portable;

/* lantern_insert_word, word by word: all of it, or what is left where the words are fewer than the lanes. */
static inline int
insert_word_singly(uint64_t *words, int count, uint64_t word)
{
	int			place = count;

	for (; place > 0 && words[place - 1] > word; place--)
		words[place] = words[place - 1];
	words[place] = word;
	return place;
}

/* How the components of a stored vector are written. */
typedef enum StoredWidth
{
	STORED_F32,
	STORED_F16,
	STORED_U8
} StoredWidth;

/*
 * A stored vector.  Each variant has one distance loop over it, inlined for each width: that the widths add up in the
 * same order then holds by construction.
 */
typedef struct Stored
{
	StoredWidth width;
	const void *codes;
	float		scale;
	float		offset;
} Stored;

static inline Stored
stored_f32(const float *vector)
{
	return (Stored) {STORED_F32, vector, 1, 0};
}

static inline Stored
stored_f16(const uint16_t *codes, float scale)
{
	return (Stored) {STORED_F16, codes, scale, 0};
}

static inline Stored
stored_u8(const uint8_t *codes, float scale, float offset)
{
	return (Stored) {STORED_U8, codes, scale, offset};
}

#endif							/* LANTERN_VARIANTS_H */
