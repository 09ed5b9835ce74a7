/*
 * What lies on the index's pages, format version 4. Sources/LanternIndex/README.md explains it.
 *
 * Block 0 is the meta page. Every other block is of one of three kinds and holds records of one size, from the end of
 * the page header on. A record's number is block * records per page + place, so that a link takes four bytes.
 */
#ifndef LANTERN_PAGES_H
#define LANTERN_PAGES_H

#include "CPostgres.h"

#define LANTERN_MAGIC 0x4C6E7448	/* "LntH" */
#define LANTERN_FORMAT_VERSION 4
#define LANTERN_PAGE_ID 0xFF9C
#define LANTERN_META_BLOCK 0
#define LANTERN_NONE 0xFFFFFFFF

/* Metrics. */
#define LANTERN_METRIC_L2SQ 1
#define LANTERN_METRIC_COSINE 2
#define LANTERN_METRIC_HAMMING 3

/* Page kinds. */
#define LANTERN_PAGE_META 0
#define LANTERN_PAGE_NODES 1
#define LANTERN_PAGE_UPPER 2
#define LANTERN_PAGE_TIDS 3
#define LANTERN_PAGE_ORIGIN 4
#define LANTERN_PAGE_KINDS 4	/* that records are added to, and the meta page */
#define LANTERN_PAGE_LISTED 0x8000

/* States of a node or an upper vertex. */
#define LANTERN_FREE 0
#define LANTERN_LIVE 1
#define LANTERN_REMOVED 2		/* no heap TID left; still a way through the graph until vacuum has repaired it */

/* In the special space of every page. */
typedef struct LanternPageSpecial
{
	uint32		next_free;		/* the next page of its kind with free records, or LANTERN_NONE */
	uint16		kind;			/* with LANTERN_PAGE_LISTED while on the list of pages with free records */
	uint16		page_id;		/* LANTERN_PAGE_ID, so that tools can tell whose page this is */
} LanternPageSpecial;

/* Where records of one kind of page are taken from. */
typedef struct LanternFreeSpace
{
	uint32		target;			/* the page that new records go to, or LANTERN_NONE */
	uint32		first_free;		/* head of the list of other pages with free records */
} LanternFreeSpace;

/* Where a page's records begin, and the bytes that they may take. */
enum
{
	LANTERN_PAGE_START = MAXALIGN(SizeOfPageHeaderData),
	LANTERN_PAGE_ROOM = BLCKSZ - MAXALIGN(SizeOfPageHeaderData) - sizeof(LanternPageSpecial)
};

typedef struct LanternMeta
{
	uint32		magic;
	uint32		version;
	uint8		metric;
	uint8		quant_bits;		/* bits per component of a stored vector */
	uint8		code_bits;		/* bits per dimension of a neighbour code; 0: none */
	uint8		entry_level;
	uint32		dimensions;
	uint32		code_dimensions;	/* rotated dimensions that neighbour codes cover */
	uint32		m;
	uint32		ef_construction;
	uint32		entry;			/* the entry point's vertex at entry_level, or LANTERN_NONE */
	uint64_t	rotation_seed;
	uint32		origin_block;	/* where the vector starts that neighbours' codes are relative to; LANTERN_NONE: zero */
	uint32		unused;
	LanternFreeSpace space[LANTERN_PAGE_KINDS];	/* by page kind; the meta page's own is unused */
	uint64_t	node_count;		/* live nodes when the index was last built or vacuumed */
	uint64_t	tid_count;		/* heap TIDs then */
} LanternMeta;

/*
 * The head of a node or an upper vertex. The stored vector follows, then (code_bits > 0) the neighbours' codes, then
 * the neighbours (code_bits > 0: with their codes' factors), then the words of the mask beyond the first, then (code_bits > 0)
 * the neighbours' order.
 */
typedef struct LanternVertex
{
	uint8		state;
	uint8		level;			/* a node: its highest level; an upper vertex: its own */
	uint16		count;			/* of neighbours */
	uint32		mask;			/* bit j: neighbour j is diverse */
	ItemPointerData tid;		/* a node's first heap TID; invalid in an upper vertex */
	uint16		residual;		/* |vector - stored vector|, a bfloat16 rounded up */
	uint32		owner;			/* a node: its first TID record, or LANTERN_NONE; an upper vertex: its node */
	uint32		lower;			/* an upper vertex: the same node's vertex a level down */
	float		scale;			/* the vector is about offset + scale * code; 0: of length 0, under the cosine distance */
	float		offset;
} LanternVertex;

#define LANTERN_TIDS_PER_RECORD 5

/* Further heap TIDs of a node, of rows with equal vectors. */
typedef struct LanternTIDRecord
{
	uint32		owner;			/* the node, or LANTERN_NONE when free */
	uint32		next;			/* the node's next record, or LANTERN_NONE */
	uint16		count;
	ItemPointerData tids[LANTERN_TIDS_PER_RECORD];
} LanternTIDRecord;

StaticAssertDecl(sizeof(LanternPageSpecial) == 8, "page special");
StaticAssertDecl(sizeof(LanternMeta) == 96, "meta page");
StaticAssertDecl(sizeof(LanternVertex) == 32, "vertex");
StaticAssertDecl(sizeof(LanternTIDRecord) == 40, "TID record");

#endif							/* LANTERN_PAGES_H */
