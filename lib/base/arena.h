/* One block of memory: the same walk first counts, then hands out addresses. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena {
	char *base; /* NULL: arena_take only counts */
	char *memory; /* where base lies in, for free() */
	size_t used, size;
};

/* 64-byte aligned, zeroed memory; NULL while counting. Asking for more than was counted is a bug: aborts. */
void *arena_take(struct arena *a, size_t bytes);
/* Gives the arena exactly the memory that was counted, and resets it. Dies with EX_OSERR. */
void arena_back(struct arena *a);
void arena_free(struct arena *a);

/* Memory, 64-byte aligned, not zeroed, for free(); NULL: out of memory. Large blocks come in pages of 2 MiB: one page fault instead
 * of 512, and kernels can read many arrays at a time. */
void *arena_pages(size_t size);
/* The same, zeroed; dies with EX_OSERR if there is no memory. */
void *arena_zeroed(size_t size);

#endif
