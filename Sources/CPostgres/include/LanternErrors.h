/*
 * The errors that the access method raises. ereport is a macro with variable arguments, which Swift cannot call, and the
 * texts are best read in one place.
 */
#ifndef LANTERN_ERRORS_H
#define LANTERN_ERRORS_H

#include "LanternVector.h"

#define LANTERN_NORETURN __attribute__((noreturn))

/* What a user's vectors, options and statements can get wrong. */
extern LANTERN_NORETURN void lantern_error_no_dimensions(void);
extern LANTERN_NORETURN void lantern_error_wrong_dimensions(int actual, int expected);
extern LANTERN_NORETURN void lantern_error_wrong_query_dimensions(LanternVectorType type, int actual, int expected);
/* quant_bits 0: the components are words of bits, whose width is no option. */
extern LANTERN_NORETURN void lantern_error_too_many_dimensions(int dimensions, int quant_bits, int m, int limit);
extern LANTERN_NORETURN void lantern_error_not_finite(int component, float value);
extern LANTERN_NORETURN void lantern_error_contains_null(void);
extern LANTERN_NORETURN void lantern_error_no_order(Relation index);
extern LANTERN_NORETURN void lantern_error_unsupported_metric(Relation index);
extern LANTERN_NORETURN void lantern_error_index_full(Relation index);
extern LANTERN_NORETURN void lantern_error_not_empty(Relation index);

/* Pages that cannot be right; what says why, in a few words. */
extern LANTERN_NORETURN void lantern_error_corrupted_page(Relation index, BlockNumber block, const char *what);
extern LANTERN_NORETURN void lantern_error_corrupted_vertex(Relation index, uint32 vertex, int level, const char *what);
extern LANTERN_NORETURN void lantern_error_wrong_version(Relation index, uint32 version);

/* Told before a build whose graph is going to outgrow maintenance_work_mem, and when it does. */
extern void lantern_notice_memory_needed(int64_t rows, int64_t needed_kilobytes);
extern void lantern_notice_memory(int64_t rows);

#endif							/* LANTERN_ERRORS_H */
