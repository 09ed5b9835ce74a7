/*
 * The true distance of a row, which a scan asks for where the stored vectors leave the order in doubt.
 *
 * The executor would do the same for xs_recheckorderby, but from PostgreSQL 17 on the rows that it puts in order lose their
 * ctid on the way, so that SELECT ... FOR UPDATE fails.
 */
#ifndef LANTERN_RECHECK_H
#define LANTERN_RECHECK_H

#include "CPostgres.h"

typedef struct LanternRecheck LanternRecheck;

/* In the current memory context; to be ended before that goes, as it may hold pins while it works. */
extern LanternRecheck *lantern_begin_recheck(IndexScanDesc scan);

/* False when no version of the row is visible to the scan. No pin is held afterwards. */
extern bool lantern_recheck(LanternRecheck *recheck, ItemPointerData tid, double *distance);

extern void lantern_end_recheck(LanternRecheck *recheck);

#endif							/* LANTERN_RECHECK_H */
