#include "base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"

enum { ALIGN = 64 };

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

void
arena_back(struct arena *a)
{
	size_t size = a->used ? a->used : ALIGN;

	a->base = aligned_alloc(ALIGN, size);
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
