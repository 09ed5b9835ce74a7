/*
 * What the participants of a build share: the leader, and in a parallel build the server's workers.
 *
 * All fill one graph in shared memory. Where that becomes too small, each waits at its next row; when all do, the leader
 * writes the graph to the index, and then they go on, each inserting into the pages. Where it suffices, all write the pages of
 * nodes at the end. A serial build goes the same way alone.
 */
#ifndef LANTERN_BUILD_H
#define LANTERN_BUILD_H

#include "CPostgres.h"

#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "storage/spin.h"

typedef enum LanternBuildStage
{
	LANTERN_STAGE_MEMORY,		/* rows go to the graph in memory */
	LANTERN_STAGE_FULL,			/* there is no more room; all wait for the leader */
	LANTERN_STAGE_PAGES,		/* the graph is written, and rows go to the pages */
	LANTERN_STAGE_WRITING		/* all rows are in the graph, which all write */
} LanternBuildStage;

typedef struct LanternBuild
{
	/* Fixed before the workers start. */
	Oid			heap;
	Oid			index;
	bool		concurrent;
	int			dimensions;
	int64_t		capacity;		/* of the graph, in nodes */
	bool		coded;			/* whether the graph keeps codes */
	int64_t		coding_bytes;	/* that each participant may use to make them */

	int			workers;		/* those launched, once rows are indexed */
	pg_atomic_uint32 stage;
	pg_atomic_uint64 rows;		/* indexed so far */
	pg_atomic_uint32 pages;		/* of nodes that somebody has taken on to write */
	ConditionVariable changed;	/* the stage, or one of these: */
	slock_t		mutex;
	int			waiting;		/* workers that wait for the leader to write the graph */
	int			finished;		/* workers at the end of their part of the table */
	int			written;		/* workers at the end of their part of the pages */
	double		heap_tuples;	/* that the finished have seen */
	int64_t		worker_rows;	/* of the rows, those that workers have indexed */
	bool		broken_hot_chain;
} LanternBuild;

/* A parallel build, as its leader sees it. */
typedef struct LanternWorkers LanternWorkers;

typedef int (*LanternDimensions) (Relation index, Datum value);

/* Defined in extension/parallel.c. */

/* A beginning without workers. */
extern LanternBuild *lantern_serial_build(Relation heap, Relation index, IndexInfo *info);

/* How many workers the server allows. */
extern int	lantern_planned_workers(Relation heap, Relation index, IndexInfo *info);

/* About how many rows a table has, dead ones too, from a sample of its pages. Cost: up to 64 pages. */
extern double lantern_estimated_rows(Relation heap);

/*
 * The dimensions of the first live row that has any, as the function tells them; 0 when there is none. Cost: the table up to
 * that row.
 */
extern int	lantern_first_dimensions(Relation heap, Relation index, IndexInfo *info, LanternDimensions dimensions);

/*
 * Prepares a parallel build with so much shared memory for the graph; NULL, after a notice where there is a reason to give,
 * when it cannot be had. Its `build` is lantern_workers_build, to be filled in before the workers are launched.
 */
extern LanternWorkers *lantern_prepare_workers(Relation heap, Relation index, IndexInfo *info, int workers, Size graph_bytes);
extern LanternBuild *lantern_workers_build(LanternWorkers *workers);
extern void *lantern_workers_graph(LanternWorkers *workers);
extern void lantern_launch_workers(LanternWorkers *workers);

/* Waits for the workers to end, and adds up what they have used. */
extern void lantern_end_workers(LanternWorkers *workers);

/* The leader's part of the table scan, or all of it where workers is NULL. */
extern void lantern_scan_as_leader(LanternBuild *build, LanternWorkers *workers, Relation heap, Relation index, IndexInfo *info,
								   IndexBuildCallback callback, void *state);

static inline LanternBuildStage
lantern_build_stage(LanternBuild *build)
{
	return (LanternBuildStage) pg_atomic_read_u32(&build->stage);
}

static inline int64_t
lantern_build_rows(LanternBuild *build)
{
	return (int64_t) pg_atomic_read_u64(&build->rows);
}

/* Counts a row, and returns how many there are. */
static inline int64_t
lantern_count_row(LanternBuild *build)
{
	return (int64_t) pg_atomic_add_fetch_u64(&build->rows, 1);
}

/* Tells all that memory is full. */
extern void lantern_memory_is_full(LanternBuild *build);

/* A worker's wait for the graph to be written. */
extern void lantern_await_pages(LanternBuild *build);

/* The leader's wait until all workers are done, true, or until memory is full and none is inserting any more, false. */
extern bool lantern_await_workers(LanternBuild *build);

/* Tells all that the graph is written. */
extern void lantern_go_on_with_pages(LanternBuild *build);

/* A worker's part, in Sources/LanternIndex. */
extern void lantern_build_as_worker(Relation heap, Relation index, IndexInfo *info, LanternBuild *build, void *graph,
									ParallelTableScanDesc scan);

/* Its part of the table scan. */
extern void lantern_scan_as_worker(LanternBuild *build, Relation heap, Relation index, IndexInfo *info,
								   ParallelTableScanDesc scan, IndexBuildCallback callback, void *state);

/*
 * Tells the leader that a worker has indexed its rows, and how many, and waits for what comes next: true when there is a graph to
 * write, false when all is in the pages. lantern_finish_writing tells that it has written its part.
 */
extern bool lantern_finish_rows(LanternBuild *build, int64_t rows);
extern void lantern_finish_writing(LanternBuild *build);

/* Takes on up to `most` of so many pages of nodes, to write them; returns how many, 0 when there are no more. */
static inline int
lantern_take_pages(LanternBuild *build, uint32 pages, int most)
{
	uint32		first = pg_atomic_fetch_add_u32(&build->pages, most);

	return first < pages ? Min((uint32) most, pages - first) : 0;
}

/* Lets the workers write, who have nothing else to do any more; and waits until they have. */
extern void lantern_begin_writing(LanternBuild *build);
extern void lantern_await_writers(LanternBuild *build);

#endif							/* LANTERN_BUILD_H */
