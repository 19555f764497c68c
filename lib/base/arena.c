#include "base/arena.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/die.h"

enum { ALIGN = 64, HUGE = 2 << 20 };

void *
arena_take(struct arena *a, size_t bytes)
{
	if (bytes > SIZE_MAX / 2 - ALIGN - a->used)
		die(EX_OSERR, "out of memory: the network needs more than the address space holds");
	bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
	void *p = a->base ? a->base + a->used : NULL;
	a->used += bytes;
	assert(!a->base || a->used <= a->size);
	return p;
}

void *
arena_pages(size_t size)
{
	const bool large = size >= 2 * (size_t)HUGE;
	void *p;

	if (posix_memalign(&p, large ? HUGE : ALIGN, size))
		return NULL;
	if (large)
		madvise(p, size / HUGE * HUGE, MADV_HUGEPAGE); /* where there are none, small ones do */
	return p;
}

void
arena_back(struct arena *a)
{
	const size_t size = a->used ? a->used : ALIGN;

	a->base = arena_pages(size);
	if (!a->base)
		die(EX_OSERR, "out of memory: the network needs %zu MiB", size >> 20);
	memset(a->base, 0, size);
	a->size = size;
	a->used = 0;
}

void
arena_free(struct arena *a)
{
	free(a->base);
	*a = (struct arena){ 0 };
}
