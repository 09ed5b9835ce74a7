/*
 * Changes of pages: see LanternChange.h.
 */
#include "LanternChange.h"

#define LANTERN_CHUNK 64

/* A fragment begins with its offset and its length. */
#define LANTERN_FRAGMENT_HEADER (2 * sizeof(uint16))

typedef struct LanternPageChange
{
	Buffer		buffer;
	bool		is_full;
	uint16		delta_size;
	PGAlignedBlock image;
	/* Fragments are further apart than their headers are long, so all but the first save what theirs takes. */
	char		delta[BLCKSZ + LANTERN_FRAGMENT_HEADER];
} LanternPageChange;

static LanternPageChange lantern_pages[LANTERN_CHANGE_PAGES];
static int	lantern_page_count;
static bool lantern_is_logged;

void
lantern_begin_change(Relation index)
{
	lantern_page_count = 0;
	lantern_is_logged = RelationNeedsWAL(index);
}

char *
lantern_change_image(Buffer buffer, bool is_full)
{
	LanternPageChange *page;

	for (int i = 0; i < lantern_page_count; i++)
		if (lantern_pages[i].buffer == buffer)
			return lantern_pages[i].image.data;
	if (lantern_page_count == LANTERN_CHANGE_PAGES)
		elog(ERROR, "a change of more than %d pages", LANTERN_CHANGE_PAGES);
	page = &lantern_pages[lantern_page_count++];
	page->buffer = buffer;
	page->is_full = is_full;
	memcpy(page->image.data, BufferGetPage(buffer), BLCKSZ);
	return page->image.data;
}

/* Whether a chunk of two pages is the same. Without a branch in the loop, it is a few vector instructions. */
static inline bool
lantern_is_same_chunk(const char *page, const char *image)
{
	uint64		difference = 0;

	for (int i = 0; i < LANTERN_CHUNK; i += sizeof(uint64))
	{
		uint64		old;
		uint64		new;

		memcpy(&old, page + i, sizeof(old));
		memcpy(&new, image + i, sizeof(new));
		difference |= old ^ new;
	}
	return difference == 0;
}

static inline void
lantern_add_fragment(LanternPageChange *change, int begin, int end)
{
	uint16		header[2] = {begin, end - begin};
	char	   *fragment = change->delta + change->delta_size;

	memcpy(fragment, header, sizeof(header));
	memcpy(fragment + sizeof(header), change->image.data + begin, end - begin);
	change->delta_size += sizeof(header) + end - begin;
}

/*
 * Makes the fragments of what differs between a page and its image. Equal bytes between two differences are part of one
 * fragment as long as they take no more room than a header.
 */
static void
lantern_make_delta(LanternPageChange *change, const char *page)
{
	const char *image = change->image.data;
	int			begin = -1;		/* of the fragment under way */
	int			end = 0;

	change->delta_size = 0;
	for (int chunk = 0; chunk < BLCKSZ; chunk += LANTERN_CHUNK)
	{
		if (lantern_is_same_chunk(page + chunk, image + chunk))
			continue;
		for (int i = chunk; i < chunk + LANTERN_CHUNK; i++)
		{
			if (page[i] == image[i])
				continue;
			if (begin >= 0 && i - end > (int) LANTERN_FRAGMENT_HEADER)
			{
				lantern_add_fragment(change, begin, end);
				begin = i;
			}
			else if (begin < 0)
				begin = i;
			end = i + 1;
		}
	}
	if (begin >= 0)
		lantern_add_fragment(change, begin, end);
}

/* Hands a page that has been changed to the log record under way. */
static void
lantern_register(int number)
{
	LanternPageChange *change = &lantern_pages[number];

	if (change->is_full)
		XLogRegisterBuffer(number, change->buffer, REGBUF_FORCE_IMAGE | REGBUF_STANDARD);
	else
	{
		XLogRegisterBuffer(number, change->buffer, REGBUF_STANDARD);
		XLogRegisterBufData(number, change->delta, change->delta_size);
	}
}

void
lantern_finish_change(void)
{
	XLogRecPtr	lsn;

	for (int i = 0; i < lantern_page_count; i++)
		if (lantern_is_logged && !lantern_pages[i].is_full)
			lantern_make_delta(&lantern_pages[i], BufferGetPage(lantern_pages[i].buffer));
	if (lantern_is_logged)
		XLogBeginInsert();
	START_CRIT_SECTION();
	for (int i = 0; i < lantern_page_count; i++)
	{
		memcpy(BufferGetPage(lantern_pages[i].buffer), lantern_pages[i].image.data, BLCKSZ);
		MarkBufferDirty(lantern_pages[i].buffer);
		if (lantern_is_logged)
			lantern_register(i);
	}
	if (lantern_is_logged)
	{
		lsn = XLogInsert(RM_GENERIC_ID, 0);
		for (int i = 0; i < lantern_page_count; i++)
			PageSetLSN(BufferGetPage(lantern_pages[i].buffer), lsn);
	}
	END_CRIT_SECTION();
	lantern_page_count = 0;
}
