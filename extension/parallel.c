/*
 * Parallel builds: see LanternBuild.h. What is set up, waited for and added up here is what nbtsort.c does for a btree.
 */
#include "lantern.h"

#include <sys/statvfs.h>

#include "access/parallel.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_am_d.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "storage/dsm_impl.h"
#include "tcop/tcopprot.h"

#define KEY_BUILD UINT64CONST(0x4C616E7400000001)
#define KEY_SCAN UINT64CONST(0x4C616E7400000002)
#define KEY_GRAPH UINT64CONST(0x4C616E7400000003)
#define KEY_WAL_USAGE UINT64CONST(0x4C616E7400000004)
#define KEY_BUFFER_USAGE UINT64CONST(0x4C616E7400000005)
#define KEY_QUERY_TEXT UINT64CONST(0x4C616E7400000006)

/* The graph begins at a line of the processor's cache; shared memory is mapped at whole pages, so at the same place for all. */
#define GRAPH_ALIGNMENT 64

struct LanternWorkers
{
	ParallelContext *context;
	Snapshot	snapshot;
	LanternBuild *build;
	ParallelTableScanDesc scan;
	void	   *graph;
	WalUsage   *wal_usage;
	BufferUsage *buffer_usage;
};

PGDLLEXPORT void lantern_build_worker(dsm_segment *segment, shm_toc *toc);

static void
lantern_init_build(LanternBuild *build, Relation heap, Relation index, IndexInfo *info)
{
	memset(build, 0, sizeof(*build));
	build->heap = RelationGetRelid(heap);
	build->index = RelationGetRelid(index);
	build->concurrent = info->ii_Concurrent;
	pg_atomic_init_u32(&build->stage, LANTERN_STAGE_MEMORY);
	pg_atomic_init_u64(&build->rows, 0);
	pg_atomic_init_u32(&build->pages, 0);
	ConditionVariableInit(&build->changed);
	SpinLockInit(&build->mutex);
}

LanternBuild *
lantern_serial_build(Relation heap, Relation index, IndexInfo *info)
{
	LanternBuild *build = palloc(sizeof(LanternBuild));

	lantern_init_build(build, heap, index, info);
	return build;
}

int
lantern_planned_workers(Relation heap, Relation index, IndexInfo *info)
{
	/* TRUNCATE builds an index anew where no worker may be asked for. */
	if (RelationGetNumberOfBlocks(heap) == 0)
		return 0;
#if PG_VERSION_NUM >= 170000
	return info->ii_ParallelWorkers;
#else
	/* Before amcanbuildparallel the server asked for btree only. */
	return plan_create_index_workers(RelationGetRelid(heap), RelationGetRelid(index));
#endif
}

#define SAMPLED_PAGES 64

double
lantern_estimated_rows(Relation heap)
{
	BlockNumber blocks = RelationGetNumberOfBlocks(heap);
	BlockNumber sampled = Min(blocks, SAMPLED_PAGES);
	double		rows = 0;

	/* Only heap pages are known to have line pointers. */
	if (heap->rd_rel->relam != HEAP_TABLE_AM_OID)
	{
		double		visible;

		table_relation_estimate_size(heap, NULL, &blocks, &rows, &visible);
		return rows;
	}
	for (BlockNumber i = 0; i < sampled; i++)
	{
		Buffer		buffer = ReadBuffer(heap, (BlockNumber) ((uint64) i * blocks / sampled));

		LockBuffer(buffer, BUFFER_LOCK_SHARE);
		rows += PageGetMaxOffsetNumber(BufferGetPage(buffer));
		UnlockReleaseBuffer(buffer);
	}
	return sampled > 0 ? rows * blocks / sampled : 0;
}

int
lantern_first_dimensions(Relation heap, Relation index, IndexInfo *info, LanternDimensions dimensions)
{
	EState	   *estate = CreateExecutorState();
	ExprContext *context = GetPerTupleExprContext(estate);
	ExprState  *predicate = ExecPrepareQual(info->ii_Predicate, estate);
	TupleTableSlot *slot = table_slot_create(heap, NULL);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan_strat(heap, snapshot, 0, NULL, true, false);
	int			found = 0;

	context->ecxt_scantuple = slot;
	while (found == 0 && table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		Datum		values[INDEX_MAX_KEYS];
		bool		isnull[INDEX_MAX_KEYS];
		MemoryContext outer;

		CHECK_FOR_INTERRUPTS();
		ResetExprContext(context);
		if (predicate && !ExecQual(predicate, context))
			continue;
		FormIndexDatum(info, slot, estate, values, isnull);
		if (isnull[0])
			continue;
		outer = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
		found = dimensions(index, values[0]);
		MemoryContextSwitchTo(outer);
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	FreeExecutorState(estate);
	/* They belonged to the executor's state. */
	info->ii_ExpressionsState = NIL;
	info->ii_PredicateState = NULL;
	return found;
}

/* POSIX shared memory is a file system of its own, often small in a container; running out of it there is an error. */
static bool
lantern_shared_memory_suffices(Size size)
{
	struct statvfs shm;

	if (dynamic_shared_memory_type != DSM_IMPL_POSIX || statvfs("/dev/shm", &shm) != 0)
		return true;
	if ((double) shm.f_bavail * shm.f_frsize >= (double) size)
		return true;
	ereport(NOTICE,
			(errmsg("building the hnsw graph without parallel workers for want of shared memory"),
			 errdetail("It would take %zu MB of /dev/shm, of which %zu MB are free.", (size_t) (size >> 20),
					   (size_t) ((double) shm.f_bavail * shm.f_frsize / (1 << 20))),
			 errhint("Make /dev/shm larger, or set dynamic_shared_memory_type to mmap.")));
	return false;
}

static void
lantern_reserve_shared(ParallelContext *context, Size size)
{
	shm_toc_estimate_chunk(&context->estimator, size);
	shm_toc_estimate_keys(&context->estimator, 1);
}

static void *
lantern_allocate_shared(ParallelContext *context, uint64 key, Size size)
{
	void	   *memory = shm_toc_allocate(context->toc, size);

	shm_toc_insert(context->toc, key, memory);
	return memory;
}

LanternWorkers *
lantern_prepare_workers(Relation heap, Relation index, IndexInfo *info, int workers, Size graph_bytes)
{
	LanternWorkers *result;
	ParallelContext *context;
	Snapshot	snapshot;
	Size		scan_bytes;

	if (!lantern_shared_memory_suffices(graph_bytes))
		return NULL;
	EnterParallelMode();
	context = CreateParallelContext("lantern", "lantern_build_worker", workers);
	snapshot = info->ii_Concurrent ? RegisterSnapshot(GetTransactionSnapshot()) : SnapshotAny;
	scan_bytes = table_parallelscan_estimate(heap, snapshot);
	lantern_reserve_shared(context, sizeof(LanternBuild));
	lantern_reserve_shared(context, scan_bytes);
	lantern_reserve_shared(context, add_size(graph_bytes, GRAPH_ALIGNMENT));
	lantern_reserve_shared(context, mul_size(sizeof(WalUsage), workers));
	lantern_reserve_shared(context, mul_size(sizeof(BufferUsage), workers));
	if (debug_query_string)
		lantern_reserve_shared(context, strlen(debug_query_string) + 1);
	InitializeParallelDSM(context);
	if (context->seg == NULL)
	{
		if (IsMVCCSnapshot(snapshot))
			UnregisterSnapshot(snapshot);
		DestroyParallelContext(context);
		ExitParallelMode();
		return NULL;
	}

	result = palloc(sizeof(LanternWorkers));
	result->context = context;
	result->snapshot = snapshot;
	result->build = lantern_allocate_shared(context, KEY_BUILD, sizeof(LanternBuild));
	lantern_init_build(result->build, heap, index, info);
	result->scan = lantern_allocate_shared(context, KEY_SCAN, scan_bytes);
	table_parallelscan_initialize(heap, result->scan, snapshot);
	result->graph = (void *) TYPEALIGN(GRAPH_ALIGNMENT, lantern_allocate_shared(context, KEY_GRAPH, graph_bytes + GRAPH_ALIGNMENT));
	result->wal_usage = lantern_allocate_shared(context, KEY_WAL_USAGE, sizeof(WalUsage) * workers);
	result->buffer_usage = lantern_allocate_shared(context, KEY_BUFFER_USAGE, sizeof(BufferUsage) * workers);
	if (debug_query_string)
		strcpy(lantern_allocate_shared(context, KEY_QUERY_TEXT, strlen(debug_query_string) + 1), debug_query_string);
	return result;
}

LanternBuild *
lantern_workers_build(LanternWorkers *workers)
{
	return workers->build;
}

void *
lantern_workers_graph(LanternWorkers *workers)
{
	return workers->graph;
}

void
lantern_launch_workers(LanternWorkers *workers)
{
	LaunchParallelWorkers(workers->context);
	workers->build->workers = workers->context->nworkers_launched;
	/* One that fails to start raises an error here, and is not waited for in vain. */
	WaitForParallelWorkersToAttach(workers->context);
}

void
lantern_end_workers(LanternWorkers *workers)
{
	WaitForParallelWorkersToFinish(workers->context);
	ereport(DEBUG1,
			(errmsg_internal("%d parallel workers indexed %lld of %lld tuples", workers->build->workers,
							 (long long) workers->build->worker_rows, (long long) lantern_build_rows(workers->build))));
	for (int i = 0; i < workers->context->nworkers_launched; i++)
		InstrAccumParallelQuery(&workers->buffer_usage[i], &workers->wal_usage[i]);
	if (IsMVCCSnapshot(workers->snapshot))
		UnregisterSnapshot(workers->snapshot);
	DestroyParallelContext(workers->context);
	ExitParallelMode();
}

/* Scans a part of the table, or all of it without a scan, and adds to what is known of it. */
static void
lantern_scan(LanternBuild *build, Relation heap, Relation index, IndexInfo *info, TableScanDesc scan, bool is_leader,
			 IndexBuildCallback callback, void *state)
{
	double		tuples = table_index_build_scan(heap, index, info, true, is_leader, callback, state, scan);

	SpinLockAcquire(&build->mutex);
	build->heap_tuples += tuples;
	build->broken_hot_chain |= info->ii_BrokenHotChain;
	SpinLockRelease(&build->mutex);
}

void
lantern_scan_as_leader(LanternBuild *build, LanternWorkers *workers, Relation heap, Relation index, IndexInfo *info,
					   IndexBuildCallback callback, void *state)
{
	lantern_scan(build, heap, index, info, workers ? table_beginscan_parallel(heap, workers->scan) : NULL, true, callback, state);
}

void
lantern_scan_as_worker(LanternBuild *build, Relation heap, Relation index, IndexInfo *info, ParallelTableScanDesc scan,
					   IndexBuildCallback callback, void *state)
{
	lantern_scan(build, heap, index, info, table_beginscan_parallel(heap, scan), false, callback, state);
}

bool
lantern_finish_rows(LanternBuild *build, int64_t rows)
{
	LanternBuildStage stage;

	SpinLockAcquire(&build->mutex);
	build->worker_rows += rows;
	build->finished++;
	SpinLockRelease(&build->mutex);
	ConditionVariableBroadcast(&build->changed);
	ConditionVariablePrepareToSleep(&build->changed);
	while ((stage = lantern_build_stage(build)) == LANTERN_STAGE_MEMORY || stage == LANTERN_STAGE_FULL)
		ConditionVariableSleep(&build->changed, WAIT_EVENT_PARALLEL_CREATE_INDEX_SCAN);
	ConditionVariableCancelSleep();
	return stage == LANTERN_STAGE_WRITING;
}

/* Adds one to a number of participants, and tells those who wait for it. */
static void
lantern_count_up(LanternBuild *build, int *number)
{
	SpinLockAcquire(&build->mutex);
	(*number)++;
	SpinLockRelease(&build->mutex);
	ConditionVariableBroadcast(&build->changed);
}

/* Goes on from the stage of memory, unless another has. */
static void
lantern_leave_memory(LanternBuild *build, LanternBuildStage next)
{
	uint32		expected = LANTERN_STAGE_MEMORY;

	if (pg_atomic_compare_exchange_u32(&build->stage, &expected, next))
		ConditionVariableBroadcast(&build->changed);
}

void
lantern_finish_writing(LanternBuild *build)
{
	lantern_count_up(build, &build->written);
}

void
lantern_begin_writing(LanternBuild *build)
{
	lantern_leave_memory(build, LANTERN_STAGE_WRITING);
}

void
lantern_await_writers(LanternBuild *build)
{
	if (lantern_build_stage(build) != LANTERN_STAGE_WRITING)
		return;
	ConditionVariablePrepareToSleep(&build->changed);
	while (true)
	{
		int			written;

		SpinLockAcquire(&build->mutex);
		written = build->written;
		SpinLockRelease(&build->mutex);
		if (written == build->workers)
			break;
		ConditionVariableSleep(&build->changed, WAIT_EVENT_PARALLEL_CREATE_INDEX_SCAN);
	}
	ConditionVariableCancelSleep();
}

void
lantern_memory_is_full(LanternBuild *build)
{
	lantern_leave_memory(build, LANTERN_STAGE_FULL);
}

void
lantern_await_pages(LanternBuild *build)
{
	lantern_count_up(build, &build->waiting);
	ConditionVariablePrepareToSleep(&build->changed);
	while (lantern_build_stage(build) != LANTERN_STAGE_PAGES)
		ConditionVariableSleep(&build->changed, WAIT_EVENT_PARALLEL_CREATE_INDEX_SCAN);
	ConditionVariableCancelSleep();
}

bool
lantern_await_workers(LanternBuild *build)
{
	bool		is_full;

	ConditionVariablePrepareToSleep(&build->changed);
	while (true)
	{
		int			finished;
		int			waiting;

		SpinLockAcquire(&build->mutex);
		finished = build->finished;
		waiting = build->waiting;
		SpinLockRelease(&build->mutex);
		is_full = lantern_build_stage(build) == LANTERN_STAGE_FULL;
		if (is_full ? finished + waiting == build->workers : finished == build->workers)
			break;
		/* While it waits, the leader still reports what the workers do. */
		lantern_report_progress(PROGRESS_CREATEIDX_TUPLES_DONE, lantern_build_rows(build));
		ConditionVariableTimedSleep(&build->changed, 100, WAIT_EVENT_PARALLEL_CREATE_INDEX_SCAN);
	}
	ConditionVariableCancelSleep();
	return !is_full;
}

void
lantern_go_on_with_pages(LanternBuild *build)
{
	pg_atomic_write_u32(&build->stage, LANTERN_STAGE_PAGES);
	ConditionVariableBroadcast(&build->changed);
}

/* The entry point of a worker. */
PGDLLEXPORT void
lantern_build_worker(dsm_segment *segment, shm_toc *toc)
{
	LanternBuild *build = shm_toc_lookup(toc, KEY_BUILD, false);
	WalUsage   *wal_usage = shm_toc_lookup(toc, KEY_WAL_USAGE, false);
	BufferUsage *buffer_usage = shm_toc_lookup(toc, KEY_BUFFER_USAGE, false);
	LOCKMODE	heap_lock = build->concurrent ? ShareUpdateExclusiveLock : ShareLock;
	LOCKMODE	index_lock = build->concurrent ? RowExclusiveLock : AccessExclusiveLock;
	Relation	heap;
	Relation	index;
	IndexInfo  *info;

	debug_query_string = shm_toc_lookup(toc, KEY_QUERY_TEXT, true);
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
	heap = table_open(build->heap, heap_lock);
	index = index_open(build->index, index_lock);
	info = BuildIndexInfo(index);
	info->ii_Concurrent = build->concurrent;
	InstrStartParallelQuery();
	lantern_build_as_worker(heap, index, info, build,
							(void *) TYPEALIGN(GRAPH_ALIGNMENT, shm_toc_lookup(toc, KEY_GRAPH, false)),
							shm_toc_lookup(toc, KEY_SCAN, false));
	InstrEndParallelQuery(&buffer_usage[ParallelWorkerNumber], &wal_usage[ParallelWorkerNumber]);
	index_close(index, index_lock);
	table_close(heap, heap_lock);
}
