/*
 * _lantern_internal.validate_index().
 */
#include "lantern.h"

#include "access/genam.h"
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "fmgr.h"
#include "utils/acl.h"

PG_FUNCTION_INFO_V1(lantern_validate_index);

/* Whether an index, of a table or of a partitioned one, is of our access method, under whichever name. */
static bool
lantern_is_our_index(Relation relation)
{
	char		kind = relation->rd_rel->relkind;

	return (kind == RELKIND_INDEX || kind == RELKIND_PARTITIONED_INDEX) &&
		relation->rd_indam != NULL && relation->rd_indam->ambuild == lantern_build;
}

static void
lantern_validate_storage(Relation index, bool print_info)
{
	if (print_info)
		ereport(INFO, (errmsg("validate_index() start for %s", RelationGetRelationName(index))));
	lantern_validate(index);
	if (print_info)
		ereport(INFO, (errmsg("validate_index() done, no issues found.")));
}

/* As for REINDEX, the owner of a partitioned table's index need not own the partitions. */
PGDLLEXPORT Datum
lantern_validate_index(PG_FUNCTION_ARGS)
{
	Oid			oid = PG_GETARG_OID(0);
	bool		print_info = PG_GETARG_BOOL(1);
	Relation	index = relation_open(oid, AccessShareLock);
	ListCell   *cell;

	if (!lantern_is_our_index(index))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a lantern index", RelationGetRelationName(index))));
	if (!lantern_owns(RelationRelationId, oid))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_INDEX, RelationGetRelationName(index));
	/* the index itself is the first of them */
	foreach(cell, find_all_inheritors(oid, AccessShareLock, NULL))
	{
		Relation	leaf = index_open(lfirst_oid(cell), NoLock);

		if (leaf->rd_rel->relkind == RELKIND_INDEX)
			lantern_validate_storage(leaf, print_info);
		index_close(leaf, NoLock);
	}
	relation_close(index, AccessShareLock);
	PG_RETURN_VOID();
}
