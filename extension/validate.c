/*
 * _lantern_internal.validate_index().
 */
#include "lantern.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "utils/acl.h"

PG_FUNCTION_INFO_V1(lantern_validate_index);

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
