/*
 * The server's macros and inline functions that Swift cannot call, and what differs between its versions.
 */
#ifndef LANTERN_HOST_H
#define LANTERN_HOST_H

#include <sys/mman.h>

#include "LanternBuffers.h"
#include "LanternPages.h"
#include "LanternRecheck.h"
#include "LanternVector.h"

/* The options of an index, as the shim parses them. */
typedef struct LanternOptions
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	int			dim;			/* 0: that of the first row */
	int			m;
	int			ef_construction;
	int			ef;
	int			quant_bits;
	int			code_bits;
	bool		external;		/* Lantern's, and refused */
	bool		pq;				/* Lantern's, and refused */
} LanternOptions;

#define LANTERN_DEFAULT_M 16
#define LANTERN_DEFAULT_EF_CONSTRUCTION 128
#define LANTERN_DEFAULT_EF 64
#define LANTERN_DEFAULT_QUANT_BITS 16
/* As many as suit the dimensions. */
#define LANTERN_CODE_BITS_AUTO (-1)
#define LANTERN_DEFAULT_CODE_BITS LANTERN_CODE_BITS_AUTO

/* The setting lantern_hnsw.ef, or hnsw.ef; 0 means the index's option. Defined by the shim. */
extern int	lantern_ef_setting(void);

/* The options of an index; a column declared vector(N) gives the dimensions where they do not. */
static inline LanternOptions
lantern_index_options(Relation index)
{
	LanternOptions options = {0, 0, LANTERN_DEFAULT_M, LANTERN_DEFAULT_EF_CONSTRUCTION, LANTERN_DEFAULT_EF, LANTERN_DEFAULT_QUANT_BITS, LANTERN_DEFAULT_CODE_BITS, false, false};
	int			declared = TupleDescAttr(RelationGetDescr(index), 0)->atttypmod;

	if (index->rd_options)
		options = *(LanternOptions *) index->rd_options;
	if (options.dim == 0 && declared > 0 && lantern_index_type(index) == LANTERN_PGVECTOR)
		options.dim = declared;
	return options;
}

/* Whether changes of the index go to the write-ahead log. */
static inline bool
lantern_needs_wal(Relation index)
{
	return RelationNeedsWAL(index);
}

static inline void
lantern_check_for_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

static inline void
lantern_vacuum_delay_point(void)
{
#if PG_VERSION_NUM >= 180000
	vacuum_delay_point(false);
#else
	vacuum_delay_point();
#endif
}

/* Buffers and pages */

static inline char *
lantern_buffer_page(Buffer buffer)
{
	return (char *) BufferGetPage(buffer);
}

static inline LanternPageSpecial *
lantern_page_special(char *page)
{
	/* At a fixed place, whatever a damaged header says. */
	return (LanternPageSpecial *) (page + BLCKSZ - sizeof(LanternPageSpecial));
}

static inline bool
lantern_page_is_new(char *page)
{
	return PageIsNew((Page) page);
}

/*
 * Makes an empty page of a kind. All of its room counts as used, since the records' own states say what is free, and
 * full-page images leave out what lies between pd_lower and pd_upper.
 */
static inline void
lantern_page_init(char *page, uint16 kind)
{
	LanternPageSpecial *special;

	PageInit((Page) page, BLCKSZ, sizeof(LanternPageSpecial));
	((PageHeader) page)->pd_lower = ((PageHeader) page)->pd_upper;
	special = lantern_page_special(page);
	special->next_free = LANTERN_NONE;
	special->kind = kind;
	special->page_id = LANTERN_PAGE_ID;
}

/*
 * Makes an empty page whose records come one by one, from the first place on: until then their room is left out of the log.
 * It is zero, as free vertices are.
 */
static inline void
lantern_page_init_growing(char *page, uint16 kind)
{
	lantern_page_init(page, kind);
	((PageHeader) page)->pd_lower = LANTERN_PAGE_START;
}

/* Makes sure that a page's room up to an offset counts as used. */
static inline void
lantern_page_cover(char *page, Size end)
{
	if (((PageHeader) page)->pd_lower < end)
		((PageHeader) page)->pd_lower = end;
}

static inline BlockNumber
lantern_block_count(Relation index, ForkNumber fork)
{
	return RelationGetNumberOfBlocksInFork(index, fork);
}

/* Adds a block to a fork, and returns it locked exclusively. */
static inline Buffer
lantern_extend(Relation index, ForkNumber fork)
{
#if PG_VERSION_NUM >= 160000
	return ExtendBufferedRel(BMR_REL(index), fork, NULL, EB_LOCK_FIRST);
#else
	Buffer		buffer;

	/* A new relation's too: a build's workers add to it. */
	LockRelationForExtension(index, ExclusiveLock);
	buffer = ReadBufferExtended(index, fork, P_NEW, RBM_NORMAL, NULL);
	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	UnlockRelationForExtension(index, ExclusiveLock);
	return buffer;
#endif
}

#define LANTERN_MOST_EXTENDED 16

/* How many blocks may be added at once: each is pinned, and with few buffers there are not many to pin. */
static inline int
lantern_most_extended(void)
{
	return Min(LANTERN_MOST_EXTENDED, NBuffers / (4 * MaxBackends) + 1);
}

/*
 * Adds up to that many blocks to the main fork in one turn for the lock, which participants of a build else wait for at
 * each; they are pinned, but not locked.  Returns how many.
 */
static inline int
lantern_extend_by(Relation index, int count, Buffer *buffers)
{
#if PG_VERSION_NUM >= 160000
	uint32		added = 0;

	ExtendBufferedRelBy(BMR_REL(index), MAIN_FORKNUM, NULL, 0, count, buffers, &added);
	return added;
#else
	LockRelationForExtension(index, ExclusiveLock);
	for (int i = 0; i < count; i++)
		buffers[i] = ReadBufferExtended(index, MAIN_FORKNUM, P_NEW, RBM_NORMAL, NULL);
	UnlockRelationForExtension(index, ExclusiveLock);
	return count;
#endif
}

static inline void
lantern_log_new_pages(Relation index, ForkNumber fork)
{
	log_newpage_range(index, fork, 0, RelationGetNumberOfBlocksInFork(index, fork), true);
}

/* Memory: allocations above 1 GB are allowed, as a build's graph may be larger. */

static inline void *
lantern_allocate(Size size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, size);
}

static inline void *
lantern_reallocate(void *memory, Size size)
{
	return repalloc_huge(memory, size);
}

#define LANTERN_HUGE_PAGE ((Size) 2 << 20)

/*
 * Memory that is read here and there: large pages spare most of the look-ups of addresses. Where the system has none to give,
 * nothing is lost.
 */
static inline void
lantern_prefer_huge_pages(void *memory, Size size)
{
	char	   *start = (char *) TYPEALIGN(LANTERN_HUGE_PAGE, memory);
	char	   *end = (char *) TYPEALIGN_DOWN(LANTERN_HUGE_PAGE, (char *) memory + size);

	if (start < end)
		(void) madvise(start, end - start, MADV_HUGEPAGE);
}

static inline void *
lantern_allocate_graph(Size size)
{
	void	   *memory = lantern_allocate(size);

	lantern_prefer_huge_pages(memory, size);
	return memory;
}

static inline MemoryContext
lantern_new_context(const char *name)
{
	return AllocSetContextCreateInternal(CurrentMemoryContext, name, ALLOCSET_DEFAULT_SIZES);
}

static inline MemoryContext
lantern_switch_to(MemoryContext context)
{
	return MemoryContextSwitchTo(context);
}

static inline void
lantern_reset_context(MemoryContext context)
{
	MemoryContextReset(context);
}

/* Build */

static inline void
lantern_report_progress(int parameter, int64_t value)
{
	pgstat_progress_update_param(parameter, value);
}

/* Planning */

static inline double
lantern_infinite_cost(void)
{
	return get_float8_infinity();
}

static inline double
lantern_cpu_operator_cost(void)
{
	return cpu_operator_cost;
}

static inline double
lantern_effective_cache_pages(void)
{
	return effective_cache_size;
}

/* Keeps the planner from a path, also where it counts what is disabled before it compares costs. */
static inline void
lantern_disable_path(IndexPath *path)
{
#if PG_VERSION_NUM >= 180000
	path->path.disabled_nodes = 2;
#endif
}

static inline int
lantern_order_count(IndexPath *path)
{
	return list_length(path->indexorderbys);
}

/*
 * Whether the index was made by the present transaction, and is not merely built anew, as by TRUNCATE, before which it had
 * pages. In a binary upgrade its file comes later, and the rows of a materialized view that is restored do.
 */
static inline bool
lantern_is_new_index(Relation heap, Relation index)
{
	return index->rd_createSubid != InvalidSubTransactionId && index->rd_rel->relpages == 0 &&
		RelationIsPopulated(heap) && !IsBinaryUpgrade;
}

/* What planning needs to know of an index. */
typedef struct LanternPlannedIndex
{
	int			ef;				/* that a scan would use now */
	bool		may_have_codes; /* of neighbours, if its metric has any */
	uint8		metric;
} LanternPlannedIndex;

static inline LanternPlannedIndex
lantern_planned_index(IndexOptInfo *info)
{
	Relation	index = index_open(info->indexoid, NoLock);
	LanternOptions options = lantern_index_options(index);
	LanternPlannedIndex planned = {lantern_ef_setting(), options.code_bits != 0, lantern_index_metric(index)};

	if (planned.ef == 0)
		planned.ef = options.ef;
	index_close(index, NoLock);
	return planned;
}

/* Scans */

/* Each type's distances are of a type of their own. */
static inline void
lantern_set_order_value(IndexScanDesc scan, LanternVectorType type, double distance, bool is_null)
{
	switch (type)
	{
		case LANTERN_REAL_ARRAY:
			scan->xs_orderbyvals[0] = Float4GetDatum((float) distance);
			break;
		case LANTERN_INTEGER_ARRAY:
			scan->xs_orderbyvals[0] = Int32GetDatum((int32) distance);
			break;
		case LANTERN_PGVECTOR:
			scan->xs_orderbyvals[0] = Float8GetDatum(distance);
			break;
	}
	scan->xs_orderbynulls[0] = is_null;
}

/* Room for the one distance that a scan reports with each row. */
static inline void
lantern_prepare_order_values(IndexScanDesc scan)
{
	if (scan->numberOfOrderBys > 0)
	{
		scan->xs_orderbyvals = palloc0(sizeof(Datum) * scan->numberOfOrderBys);
		scan->xs_orderbynulls = palloc(sizeof(bool) * scan->numberOfOrderBys);
		memset(scan->xs_orderbynulls, true, sizeof(bool) * scan->numberOfOrderBys);
	}
}

static inline void
lantern_take_order_keys(IndexScanDesc scan, ScanKey orderbys)
{
	if (orderbys && scan->numberOfOrderBys > 0)
		memmove(scan->orderByData, orderbys, scan->numberOfOrderBys * sizeof(ScanKeyData));
}

static inline void
lantern_count_scan(IndexScanDesc scan)
{
	pgstat_count_index_scan(scan->indexRelation);
#if PG_VERSION_NUM >= 180000
	if (scan->instrument)
		scan->instrument->nsearches++;
#endif
}

static inline Size
lantern_work_memory(void)
{
	return (Size) work_mem * 1024;
}

static inline Size
lantern_maintenance_memory(void)
{
	return (Size) maintenance_work_mem * 1024;
}

static inline uint64_t
lantern_tid_payload(ItemPointerData tid)
{
	return ((uint64_t) ItemPointerGetBlockNumberNoCheck(&tid) << 16) | ItemPointerGetOffsetNumberNoCheck(&tid);
}

static inline ItemPointerData
lantern_payload_tid(uint64_t payload)
{
	ItemPointerData tid;

	ItemPointerSet(&tid, (BlockNumber) (payload >> 16), (OffsetNumber) payload);
	return tid;
}

static inline ItemPointerData
lantern_invalid_tid(void)
{
	ItemPointerData tid;

	ItemPointerSetInvalid(&tid);
	return tid;
}

static inline bool
lantern_tid_is_valid(ItemPointerData tid)
{
	return ItemPointerIsValid(&tid);
}

static inline bool
lantern_call_bulk_delete(IndexBulkDeleteCallback callback, ItemPointerData tid, void *state)
{
	return callback(&tid, state);
}

#endif							/* LANTERN_HOST_H */
