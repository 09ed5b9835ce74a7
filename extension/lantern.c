/*
 * The module and the access method's handler.
 */
#include "lantern.h"

#include "fmgr.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);
PG_FUNCTION_INFO_V1(lantern_hnsw_handler);

void
_PG_init(void)
{
	lantern_define_settings();
	lantern_define_options();
}

/*
 * Operator classes are made by the extension's script only; a distance function that is not ours is refused when an index
 * is built.
 */
static bool
lantern_validate_opclass(Oid opclass)
{
	return true;
}

/* amproperty: what the server leaves to the access method to tell */
static bool
lantern_property(Oid index, int attno, IndexAMProperty property, const char *name, bool *result, bool *isnull)
{
	if (property != AMPROP_DISTANCE_ORDERABLE || attno == 0)
		return false;
	*result = true;
	return true;
}

PGDLLEXPORT Datum
lantern_hnsw_handler(PG_FUNCTION_ARGS)
{
	IndexAmRoutine *am = makeNode(IndexAmRoutine);

	am->amstrategies = 0;
	am->amsupport = 1;
	am->amcanorderbyop = true;
	am->amoptionalkey = true;
	am->amparallelvacuumoptions = VACUUM_OPTION_PARALLEL_BULKDEL;
	am->amkeytype = InvalidOid;
#if PG_VERSION_NUM >= 170000
	am->amcanbuildparallel = true;
#endif

	am->ambuild = lantern_build;
	am->ambuildempty = lantern_build_empty;
	am->aminsert = lantern_insert;
	am->ambulkdelete = lantern_bulk_delete;
	am->amvacuumcleanup = lantern_vacuum_cleanup;
	am->amcostestimate = lantern_cost_estimate;
	am->amoptions = lantern_parse_options;
	am->ambuildphasename = lantern_build_phase_name;
	am->amproperty = lantern_property;
	am->amvalidate = lantern_validate_opclass;
	am->ambeginscan = lantern_begin_scan;
	am->amrescan = lantern_rescan;
	am->amgettuple = lantern_get_tuple;
	am->amendscan = lantern_end_scan;

	PG_RETURN_POINTER(am);
}
