/*
 * Words that several processes or threads read and write at once, where Swift needs them: memory that they share has no
 * Swift type of its own.
 *
 * A version guards what lies behind it (a sequence lock): it is odd while somebody writes.  Readers take no lock; they read
 * again when the version has changed meanwhile.  A writer names the version that it has seen, and fails when there is
 * another, so nobody ever writes over what he has not read.
 */
#ifndef LANTERN_ATOMICS_H
#define LANTERN_ATOMICS_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

static inline uint64_t
lantern_load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline void
lantern_store(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* Writes a word if it still has the value that was seen. */
static inline bool
lantern_replace(uint64_t *word, uint64_t seen, uint64_t value)
{
	return __atomic_compare_exchange_n(word, &seen, value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* Writes a word of 32 bits if it still has the value that was seen. */
static inline bool
lantern_replace_half(uint32_t *word, uint32_t seen, uint32_t value)
{
	return __atomic_compare_exchange_n(word, &seen, value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* Lets the others go on, after so many tries in vain: the one waited for may not be running. */
static inline void
lantern_wait(int tries)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
	if (tries >= 100)
		sched_yield();
}

/* The version of what is about to be read. */
static inline uint32_t
lantern_begin_read(const uint32_t *version)
{
	uint32_t	seen = __atomic_load_n(version, __ATOMIC_ACQUIRE);

	for (int tries = 0; seen & 1; tries++)
	{
		lantern_wait(tries);
		seen = __atomic_load_n(version, __ATOMIC_ACQUIRE);
	}
	return seen;
}

/* Whether what was read is all of one version. */
static inline bool
lantern_end_read(const uint32_t *version, uint32_t seen)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(version, __ATOMIC_RELAXED) == seen;
}

/* Begins to write what has this version; false when it has another by now. */
static inline bool
lantern_begin_write(uint32_t *version, uint32_t seen)
{
	bool		isOurs = __atomic_compare_exchange_n(version, &seen, seen + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);

	__atomic_thread_fence(__ATOMIC_RELEASE);
	return isOurs;
}

static inline void
lantern_end_write(uint32_t *version)
{
	__atomic_store_n(version, *version + 1, __ATOMIC_RELEASE);
}

/*
 * Copies words that may be written meanwhile, two at a time: from an even place to an even place, and one more when their
 * number is odd.
 */
static inline void
lantern_copy_shared(uint32_t *to, const uint32_t *from, int count)
{
	typedef uint64_t __attribute__((may_alias)) Pair;

	for (int i = 0; i < count; i += 2)
		*(Pair *) (to + i) = __atomic_load_n((const Pair *) (from + i), __ATOMIC_RELAXED);
}

#endif							/* LANTERN_ATOMICS_H */
