/*
 * The distance functions, and the vectors that they and the index take.
 */
#include "lantern.h"

#include <math.h>

#include "fmgr.h"
#include "utils/array.h"
#include "utils/float.h"

#include "CKernels.h"

PG_FUNCTION_INFO_V1(lantern_l2sq_dist);
PG_FUNCTION_INFO_V1(lantern_cos_dist);
PG_FUNCTION_INFO_V1(lantern_hamming_dist);
PG_FUNCTION_INFO_V1(lantern_deprecated_operator);

/* pgvector's type `vector`, as its vector.h has it. */
typedef struct PgVector
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	int16		dim;
	int16		unused;
	float		x[FLEXIBLE_ARRAY_MEMBER];
} PgVector;

/* Whatever its dimensions and bounds, an array is taken as flat, as Lantern does. */
static inline LanternVectorArgument
lantern_array_argument(ArrayType *array)
{
	int			count = ARR_NDIM(array) == 1 ? ARR_DIMS(array)[0] : ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_HASNULL(array) && array_contains_nulls(array))
		lantern_error_contains_null();
	return (LanternVectorArgument) {ARR_DATA_PTR(array), count, NULL};
}

/* No element is copied unless the value is compressed, out of line, or has a short header. */
LanternVectorArgument
lantern_vector_argument(Datum value, LanternVectorType type)
{
	struct varlena *plain = PG_DETOAST_DATUM(value);
	LanternVectorArgument argument;

	if (type == LANTERN_PGVECTOR)
		argument = (LanternVectorArgument) {((PgVector *) plain)->x, ((PgVector *) plain)->dim, NULL};
	else
		argument = lantern_array_argument((ArrayType *) plain);
	argument.copy = plain == (struct varlena *) DatumGetPointer(value) ? NULL : plain;
	return argument;
}

bool
lantern_vector_contains_null(Datum value, LanternVectorType type)
{
	struct varlena *plain = PG_DETOAST_DATUM(value);
	bool		result = type != LANTERN_PGVECTOR && ARR_HASNULL((ArrayType *) plain) && array_contains_nulls((ArrayType *) plain);

	if (plain != (struct varlena *) DatumGetPointer(value))
		pfree(plain);
	return result;
}

/* Room for an array that had a short header, on the stack: a scan calls these functions for row after row. */
typedef union ShortArray
{
	ArrayType	array;
	char		bytes[VARATT_SHORT_MAX - VARHDRSZ_SHORT + VARHDRSZ];
} ShortArray;

#define CACHE_LINE 64

/*
 * A page's rows lie from its end towards its start, so a sequential scan reads memory backwards, which processors do not
 * foresee. What lies before a vector is where the next row's is.
 */
static inline void
lantern_prefetch_next_row(LanternVectorArgument argument)
{
	const char *start = argument.elements;
	Size		size = Min(argument.count * sizeof(float), 4096);

	for (Size offset = CACHE_LINE; offset <= size + CACHE_LINE; offset += CACHE_LINE)
		__builtin_prefetch(start - offset);
}

static inline LanternVectorArgument
lantern_function_argument(Datum value, ShortArray *room)
{
	struct varlena *original = (struct varlena *) DatumGetPointer(value);

	if (!VARATT_IS_EXTENDED(original))
	{
		LanternVectorArgument argument = lantern_array_argument((ArrayType *) original);

		lantern_prefetch_next_row(argument);
		return argument;
	}
	if (VARATT_IS_SHORT(original) && !VARATT_IS_EXTERNAL(original))
	{
		Size		size = VARSIZE_SHORT(original) - VARHDRSZ_SHORT;

		SET_VARSIZE(room, size + VARHDRSZ);
		memcpy(VARDATA(room), VARDATA_SHORT(original), size);
		return lantern_array_argument(&room->array);
	}
	return lantern_vector_argument(value, LANTERN_REAL_ARRAY);
}

/* Both arguments of a distance function; elements of either array type have four bytes. */
typedef struct Arguments
{
	LanternVectorArgument a;
	LanternVectorArgument b;
	ShortArray	room[2];
} Arguments;

static inline void
lantern_take_arguments(FunctionCallInfo fcinfo, Arguments *arguments)
{
	arguments->a = lantern_function_argument(PG_GETARG_DATUM(0), &arguments->room[0]);
	arguments->b = lantern_function_argument(PG_GETARG_DATUM(1), &arguments->room[1]);
	if (arguments->a.count != arguments->b.count)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("expected equally sized arrays but got arrays with dimensions %d and %d",
						arguments->a.count, arguments->b.count)));
}

static inline void
lantern_free_arguments(Arguments *arguments)
{
	lantern_free_vector_argument(arguments->a);
	lantern_free_vector_argument(arguments->b);
}

PGDLLEXPORT Datum
lantern_l2sq_dist(PG_FUNCTION_ARGS)
{
	Arguments	arguments;
	float		distance;

	lantern_take_arguments(fcinfo, &arguments);
	distance = lantern_l2sq_f32(arguments.a.elements, arguments.b.elements, arguments.a.count);
	lantern_free_arguments(&arguments);
	PG_RETURN_FLOAT4(distance);
}

/* Two vectors of length 0 are equal; one has no angle with any other, and counts as perpendicular. */
static float
lantern_cosine_distance(LanternProducts products)
{
	double		cosine;

	if (products.aa == 0 || products.bb == 0)
		return products.aa == products.bb ? 0 : isnan(products.aa + products.bb) ? get_float4_nan() : 1;
	cosine = products.ab / lantern_square_root(products.aa * products.bb);
	/* rounding can leave it beyond its range; NaN stays */
	return 1 - (cosine > 1 ? 1 : cosine < -1 ? -1 : cosine);
}

PGDLLEXPORT Datum
lantern_cos_dist(PG_FUNCTION_ARGS)
{
	Arguments	arguments;
	float		distance;

	lantern_take_arguments(fcinfo, &arguments);
	distance = lantern_cosine_distance(lantern_products(arguments.a.elements, arguments.b.elements, arguments.a.count));
	lantern_free_arguments(&arguments);
	PG_RETURN_FLOAT4(distance);
}

PGDLLEXPORT Datum
lantern_hamming_dist(PG_FUNCTION_ARGS)
{
	Arguments	arguments;
	int			distance;

	lantern_take_arguments(fcinfo, &arguments);
	distance = lantern_hamming(arguments.a.elements, arguments.b.elements, arguments.a.count);
	lantern_free_arguments(&arguments);
	PG_RETURN_INT32(distance);
}

/* The operator <?>, which Lantern had before each distance had its own. */
PGDLLEXPORT Datum
lantern_deprecated_operator(PG_FUNCTION_ARGS)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("Operator <?> is deprecated. Please explicitly use the operator that matches your distance function."),
			 errhint("Use <-> for the squared Euclidean distance, <=> for the cosine distance, <+> for the Hamming distance.")));
}
