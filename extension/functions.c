/*
 * The functions that SQL calls.
 */
#include "lantern.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "utils/acl.h"
#include "utils/array.h"

#include "CKernels.h"

PG_FUNCTION_INFO_V1(lantern_l2sq_dist);
PG_FUNCTION_INFO_V1(lantern_validate_index);

/*
 * The elements of a real[], whatever its dimensions and bounds: it is taken as flat, as Lantern does. No element is copied
 * unless the array is compressed, out of line, or has a short header.
 */
LanternVectorArgument
lantern_vector_argument(Datum value)
{
	struct varlena *original = (struct varlena *) DatumGetPointer(value);
	ArrayType  *array = DatumGetArrayTypeP(value);
	LanternVectorArgument argument;

	if (ARR_HASNULL(array) && array_contains_nulls(array))
		lantern_error_contains_null();
	argument.elements = (const float *) ARR_DATA_PTR(array);
	argument.count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	argument.copy = (struct varlena *) array == original ? NULL : array;
	return argument;
}

PGDLLEXPORT Datum
lantern_l2sq_dist(PG_FUNCTION_ARGS)
{
	LanternVectorArgument a = lantern_vector_argument(PG_GETARG_DATUM(0));
	LanternVectorArgument b = lantern_vector_argument(PG_GETARG_DATUM(1));
	float		distance;

	if (a.count != b.count)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("expected equally sized arrays but got arrays with dimensions %d and %d", a.count, b.count)));
	distance = lantern_l2sq_f32(a.elements, b.elements, a.count);
	lantern_free_vector_argument(a);
	lantern_free_vector_argument(b);
	PG_RETURN_FLOAT4(distance);
}

static bool
lantern_owns(Oid relation)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(RelationRelationId, relation, GetUserId());
#else
	return pg_class_ownercheck(relation, GetUserId());
#endif
}

/* Whether an index is of our access method, under whichever name. */
static bool
lantern_is_our_index(Relation relation)
{
	return relation->rd_rel->relkind == RELKIND_INDEX && relation->rd_indam != NULL && relation->rd_indam->ambuild == lantern_build;
}

PGDLLEXPORT Datum
lantern_validate_index(PG_FUNCTION_ARGS)
{
	Oid			oid = PG_GETARG_OID(0);
	bool		print_info = PG_GETARG_BOOL(1);
	Relation	index = relation_open(oid, AccessShareLock);

	if (!lantern_is_our_index(index))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a lantern index", RelationGetRelationName(index))));
	if (!lantern_owns(oid))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_INDEX, RelationGetRelationName(index));
	if (print_info)
		ereport(INFO, (errmsg("validate_index() start for %s", RelationGetRelationName(index))));
	lantern_validate(index);
	if (print_info)
		ereport(INFO, (errmsg("validate_index() done, no issues found.")));
	relation_close(index, AccessShareLock);
	PG_RETURN_VOID();
}
