/*
 * The true distance of a row: see LanternRecheck.h.
 */
#include "LanternRecheck.h"
#include "LanternVector.h"

#include "executor/executor.h"

struct LanternRecheck
{
	IndexScanDesc scan;
	IndexInfo  *info;
	EState	   *estate;
	TupleTableSlot *slot;
	IndexFetchTableData *fetch;
	LanternVectorType type;
};

LanternRecheck *
lantern_begin_recheck(IndexScanDesc scan)
{
	LanternRecheck *recheck = palloc(sizeof(LanternRecheck));

	recheck->scan = scan;
	recheck->type = lantern_index_type(scan->indexRelation);
	recheck->info = BuildIndexInfo(scan->indexRelation);
	recheck->estate = CreateExecutorState();
	recheck->slot = table_slot_create(scan->heapRelation, NULL);
	recheck->fetch = table_index_fetch_begin(scan->heapRelation);
	GetPerTupleExprContext(recheck->estate)->ecxt_scantuple = recheck->slot;
	return recheck;
}

static double
lantern_distance(LanternRecheck *recheck, Datum vector)
{
	ScanKey		key = recheck->scan->orderByData;
	Datum		distance = FunctionCall2Coll(&key->sk_func, key->sk_collation, vector, key->sk_argument);

	switch (recheck->type)
	{
		case LANTERN_REAL_ARRAY:
			return DatumGetFloat4(distance);
		case LANTERN_INTEGER_ARRAY:
			return DatumGetInt32(distance);
		case LANTERN_PGVECTOR:
			return DatumGetFloat8(distance);
	}
	pg_unreachable();
}

bool
lantern_recheck(LanternRecheck *recheck, ItemPointerData tid, double *distance)
{
	bool		call_again = false;
	bool		found = table_index_fetch_tuple(recheck->fetch, &tid, recheck->scan->xs_snapshot, recheck->slot, &call_again, NULL);

	if (found)
	{
		MemoryContext outer = MemoryContextSwitchTo(GetPerTupleMemoryContext(recheck->estate));
		Datum		values[INDEX_MAX_KEYS];
		bool		nulls[INDEX_MAX_KEYS];

		FormIndexDatum(recheck->info, recheck->slot, recheck->estate, values, nulls);
		*distance = nulls[0] ? get_float8_nan() : lantern_distance(recheck, values[0]);
		MemoryContextSwitchTo(outer);
		ResetPerTupleExprContext(recheck->estate);
		ExecClearTuple(recheck->slot);
	}
	table_index_fetch_reset(recheck->fetch);
	return found;
}

void
lantern_end_recheck(LanternRecheck *recheck)
{
	table_index_fetch_end(recheck->fetch);
	ExecDropSingleTupleTableSlot(recheck->slot);
	FreeExecutorState(recheck->estate);
}
