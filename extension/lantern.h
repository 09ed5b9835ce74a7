/*
 * What the shim's files share with each other and with the access method in Swift.
 */
#ifndef LANTERN_H
#define LANTERN_H

#include "LanternBuild.h"
#include "LanternErrors.h"
#include "LanternHost.h"

extern bool lantern_owns(Oid class, Oid object);
extern void lantern_define_settings(void);
extern void lantern_define_options(void);
extern bytea *lantern_parse_options(Datum reloptions, bool validate);

/* The access method, in Sources/LanternIndex. */
extern IndexBuildResult *lantern_build(Relation heap, Relation index, IndexInfo *info);
extern void lantern_build_empty(Relation index);
extern char *lantern_build_phase_name(int64 phase);
extern bool lantern_insert(Relation index, Datum *values, bool *isnull, ItemPointer tid, Relation heap,
						   IndexUniqueCheck unique, bool unchanged, IndexInfo *info);
extern IndexBulkDeleteResult *lantern_bulk_delete(IndexVacuumInfo *info, IndexBulkDeleteResult *stats,
												  IndexBulkDeleteCallback callback, void *state);
extern IndexBulkDeleteResult *lantern_vacuum_cleanup(IndexVacuumInfo *info, IndexBulkDeleteResult *stats);
extern void lantern_cost_estimate(PlannerInfo *root, IndexPath *path, double loop_count, Cost *startup_cost,
								  Cost *total_cost, Selectivity *selectivity, double *correlation, double *pages);
extern IndexScanDesc lantern_begin_scan(Relation index, int nkeys, int norderbys);
extern void lantern_rescan(IndexScanDesc scan, ScanKey keys, int nkeys, ScanKey orderbys, int norderbys);
extern bool lantern_get_tuple(IndexScanDesc scan, ScanDirection direction);
extern void lantern_end_scan(IndexScanDesc scan);
extern void lantern_validate(Relation index);

#endif							/* LANTERN_H */
