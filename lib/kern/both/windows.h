/* The part of a pool's window that lies within the image. Every window meets the image. */
#ifndef KERN_BOTH_WINDOWS_H
#define KERN_BOTH_WINDOWS_H

#include "kern/both/loops.h"
#include "kern/kern.h"

struct pool_window {
	int y0, y1, x0, x1;
};

static inline struct pool_window
window(const struct pool *g, int oy, int ox)
{
	const int y = oy * g->sh - g->top, x = ox * g->sw - g->left;

	return (struct pool_window){ max(y, 0), min(y + g->ph, g->h), max(x, 0), min(x + g->pw, g->w) };
}

static inline real
count(struct pool_window v)
{
	return (real)((v.y1 - v.y0) * (v.x1 - v.x0));
}

#endif
