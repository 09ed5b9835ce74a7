/*
 * Asking the processor for memory that is about to be read.
 */
#ifndef LANTERN_PREFETCH_H
#define LANTERN_PREFETCH_H

/* The lines that so many bytes lie on. */
static inline void
lantern_prefetch_bytes(const void *start, int size)
{
	for (int offset = 0; offset < size; offset += 64)
		__builtin_prefetch((const char *) start + offset);
}

#endif							/* LANTERN_PREFETCH_H */
