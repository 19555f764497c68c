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

static size_t
alignment(size_t size)
{
	return size >= 2 * (size_t)HUGE ? HUGE : ALIGN;
}

static void
advise(void *p, size_t size)
{
	if (alignment(size) == HUGE)
		madvise(p, size / HUGE * HUGE, MADV_HUGEPAGE); /* if there are none, small ones do */
}

void *
arena_pages(size_t size)
{
	void *p;

	if (posix_memalign(&p, alignment(size), size))
		return NULL;
	advise(p, size);
	return p;
}

void *
arena_zeroed(size_t size)
{
	void *const p = arena_pages(size);

	if (!p)
		die(EX_OSERR, "out of memory: the network needs %zu MiB", size >> 20);
	return memset(p, 0, size);
}

void
arena_back(struct arena *a)
{
	const size_t size = a->used ? a->used : ALIGN, align = alignment(size);

	a->memory = calloc(1, size + align - 1); /* zeroed by the system: what no one touches takes no memory */
	if (!a->memory)
		die(EX_OSERR, "out of memory: the network needs %zu MiB", size >> 20);
	a->base = a->memory + (-(uintptr_t)a->memory & (align - 1));
	advise(a->base, size);
	a->size = size;
	a->used = 0;
}

void
arena_free(struct arena *a)
{
	free(a->memory);
	*a = (struct arena){ 0 };
}
