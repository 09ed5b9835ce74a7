/*
 * What can be indexed: the types, the metrics of their operator classes, and arguments of them.
 */
#ifndef LANTERN_VECTOR_H
#define LANTERN_VECTOR_H

#include "LanternPages.h"

/* The types that can be indexed; pgvector's has no fixed OID, but operator classes are for none but these. */
typedef enum LanternVectorType
{
	LANTERN_REAL_ARRAY,
	LANTERN_INTEGER_ARRAY,
	LANTERN_PGVECTOR
} LanternVectorType;

static inline LanternVectorType
lantern_index_type(Relation index)
{
	switch (index->rd_opcintype[0])
	{
		case FLOAT4ARRAYOID:
			return LANTERN_REAL_ARRAY;
		case INT4ARRAYOID:
			return LANTERN_INTEGER_ARRAY;
		default:
			return LANTERN_PGVECTOR;
	}
}

/* The V1 functions whose addresses tell the metric of an operator class. */
extern Datum lantern_l2sq_dist(PG_FUNCTION_ARGS);
extern Datum lantern_cos_dist(PG_FUNCTION_ARGS);
extern Datum lantern_hamming_dist(PG_FUNCTION_ARGS);

/* The number of an index's metric, as in the meta page; 0 when its operator class is not one of ours. */
static inline uint8_t
lantern_index_metric(Relation index)
{
	PGFunction	distance = index_getprocinfo(index, 1, 1)->fn_addr;

	return distance == lantern_l2sq_dist ? LANTERN_METRIC_L2SQ
		: distance == lantern_cos_dist ? LANTERN_METRIC_COSINE
		: distance == lantern_hamming_dist ? LANTERN_METRIC_HAMMING
		: 0;
}

/* A vector argument: its elements, of four bytes, and their number. It is detoasted if need be, in the current context. */
typedef struct LanternVectorArgument
{
	const void *elements;
	int			count;
	void	   *copy;			/* to be freed, or NULL */
} LanternVectorArgument;

extern LanternVectorArgument lantern_vector_argument(Datum value, LanternVectorType type);

/* Whether an element is null, of which a vector argument must have none. */
extern bool lantern_vector_contains_null(Datum value, LanternVectorType type);

static inline void
lantern_free_vector_argument(LanternVectorArgument argument)
{
	if (argument.copy)
		pfree(argument.copy);
}

#endif							/* LANTERN_VECTOR_H */
