/*
 * A change of a few pages, written to the log as one record.
 *
 * The record is one of generic WAL's: its resource manager, its limit of four pages, its fragments (offset, length, bytes;
 * src/backend/access/transam/generic_xlog.c), so that any server replays it without this library. It is put together here
 * because GenericXLogFinish compares each page byte by byte, and logs whatever a page newly counts as used, zeroes
 * included: a tenth of an insert's time and, where neighbours have codes, half of a new node's bytes.
 */
#ifndef LANTERN_CHANGE_H
#define LANTERN_CHANGE_H

#include "CPostgres.h"

#include "access/generic_xlog.h"

/* The most pages of a change. */
#define LANTERN_CHANGE_PAGES MAX_GENERIC_XLOG_PAGES

/*
 * Begins a change of an index. There is one at a time in a backend: what an earlier one has left unfinished, as after an
 * error, is dropped.
 */
void lantern_begin_change(Relation index);

/*
 * The image of a page to write to: a copy, until the change is finished. The page is locked exclusively, and stays so until
 * then. A full image is logged as a whole.
 *
 * What lies between an image's pd_lower and pd_upper is zero, and must be so afterwards: it is not logged.
 */
char	   *lantern_change_image(Buffer buffer, bool is_full);

/* Logs the change and applies it to the pages. */
void lantern_finish_change(void);

#endif							/* LANTERN_CHANGE_H */
