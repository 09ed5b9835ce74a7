/*
 * Reading a page by the buffer that it was in the last time.
 *
 * Most of what a page access costs is finding its buffer: a hash table look-up under a lock, with several cache misses. A
 * backend that remembers the buffer has only to check that it still holds the page, and can prefetch what it is about to
 * read.
 */
#ifndef LANTERN_BUFFERS_H
#define LANTERN_BUFFERS_H

#include "LanternPages.h"

#include "miscadmin.h"
#include "storage/buf_internals.h"

/* Kept in the relation cache's entry of the index, which frees it when the index changes. */
typedef struct LanternRecentBuffers
{
	uint32		mask;			/* the number of places less one; a block's place is block & mask */
	uint32		reads;
	Buffer		buffers[FLEXIBLE_ARRAY_MEMBER];
} LanternRecentBuffers;

/* 4 MB; the blocks of a larger index share places, which costs look-ups only. */
#define LANTERN_MAX_RECENT (1 << 20)

/*
 * A buffer is read the long way once in so many times: a remembered one does not count as used, and would be the first to
 * be evicted.
 */
#define LANTERN_LONG_WAY 64

/* Makes room to remember all blocks of an index. Cost: nothing unless it has grown much since the last time. */
static inline void
lantern_remember_buffers(Relation index)
{
	LanternRecentBuffers *recent = index->rd_amcache;
	BlockNumber blocks = RelationGetNumberOfBlocks(index);
	uint32		places = 64;

	while (places < blocks && places < LANTERN_MAX_RECENT)
		places *= 2;
	if (recent && recent->mask + 1 >= places)
		return;
	/* the old one's blocks would be at other places */
	if (recent)
		pfree(recent);
	index->rd_amcache = NULL;
	recent = MemoryContextAllocZero(index->rd_indexcxt, offsetof(LanternRecentBuffers, buffers) + places * sizeof(Buffer));
	recent->mask = places - 1;
	index->rd_amcache = recent;
}

static inline bool
lantern_read_remembered(Relation index, BlockNumber block, Buffer buffer)
{
#if PG_VERSION_NUM >= 160000
	return ReadRecentBuffer(index->rd_locator, MAIN_FORKNUM, block, buffer);
#else
	return ReadRecentBuffer(index->rd_node, MAIN_FORKNUM, block, buffer);
#endif
}

/* A pinned buffer of a fork's block. */
static inline Buffer
lantern_read_buffer(Relation index, ForkNumber fork, BlockNumber block)
{
	LanternRecentBuffers *recent = index->rd_amcache;
	Buffer	   *place;

	if (recent == NULL || fork != MAIN_FORKNUM)
		return ReadBufferExtended(index, fork, block, RBM_NORMAL, NULL);
	place = &recent->buffers[block & recent->mask];
	recent->reads++;
	if (BufferIsValid(*place) && recent->reads % LANTERN_LONG_WAY != 0 && lantern_read_remembered(index, block, *place))
	{
		pgstat_count_buffer_read(index);
		pgstat_count_buffer_hit(index);
		/* as ReadBuffer does, so that vacuum's delays count these reads too */
		if (VacuumCostActive)
			VacuumCostBalance += VacuumCostPageHit;
		return *place;
	}
	*place = ReadBufferExtended(index, fork, block, RBM_NORMAL, NULL);
	return *place;
}

/*
 * Asks the processor for a part of a page that is about to be read, if its buffer is remembered. Should the buffer hold
 * another page by now, nothing is lost but time.
 */
static inline void
lantern_prefetch(Relation index, BlockNumber block, Size offset, Size size)
{
	LanternRecentBuffers *recent = index->rd_amcache;
	Buffer		buffer = recent ? recent->buffers[block & recent->mask] : InvalidBuffer;

	/* a local buffer's is negative */
	if (buffer > 0)
	{
		const char *page = (const char *) BufferGetBlock(buffer);

		__builtin_prefetch(GetBufferDescriptor(buffer - 1));
		__builtin_prefetch(page + BLCKSZ - sizeof(LanternPageSpecial));
		for (Size line = offset & ~(Size) 63; line < offset + size; line += 64)
			__builtin_prefetch(page + line);
	}
}

#endif							/* LANTERN_BUFFERS_H */
