/* Max pooling, and where its gradient goes. SIDE channels at once are kept in registers while a window goes by. */
#include <string.h>

#include "kern/both/loops.h"
#include "kern/both/maxpool_row.h"
#include "kern/both/overlapping.h"
#include "kern/both/sides.h"
#include "kern/both/windows.h"
#include "kern/isa.h"

typedef INDEX side_index __attribute__((vector_size(SIDE * sizeof(INDEX))));
typedef INDEX side_index_anywhere __attribute__((vector_size(SIDE * sizeof(INDEX)), aligned(sizeof(real)), may_alias));
typedef int32_t side_places __attribute__((vector_size(SIDE * sizeof(int32_t)), aligned(sizeof(int32_t))));

/* k += first, first + 1, ... */
static inline void
add_channels(int first, side_index *k)
{
	for (int i = 0; i < SIDE; i++)
		(*k)[i] += first + i;
}

/* the window (h, w) of channels 0.. of x, whose first number is number `first` of its image of rows of `row` numbers; without
 * `at` the largest number only */
static inline __attribute__((always_inline)) void
largest_of_window(int h, int w, int row, int c, int first, const real *x, real *y, int32_t *at)
{
	side best = side_at(x);
	side_index where = { 0 };

	for (int iy = 0; iy < h; iy++)
		for (int ix = 0; ix < w; ix++) {
			const side one = side_at(x + iy * row + ix * c);
			const side_index more = one > best;
			best = (side)(((side_index)one & more) | ((side_index)best & ~more));
			where = (((side_index){ 0 } + (iy * row + ix * c)) & more) | (where & ~more);
		}
	*(side_anywhere *)y = best;
	if (at) {
		add_channels(first, &where);
		*(side_places *)at = __builtin_convertvector(where, side_places);
	}
}

/* the same of one channel */
static inline void
largest_of_one(int h, int w, int row, int c, int first, const real *x, real *y, int32_t *at)
{
	int best = 0;

	for (int iy = 0; iy < h; iy++)
		for (int ix = 0; ix < w; ix++)
			best = x[iy * row + ix * c] > x[best] ? iy * row + ix * c : best;
	*y = x[best];
	if (at)
		*at = first + best;
}

/* Windows (h, w) of a row of them, `step` numbers apart. */
static inline __attribute__((always_inline)) void
largest_of_row(int h, int w, int windows, int step, int row, int c, int first, const real *x, real *y, int32_t *at)
{
	for (int i = 0; i < windows; i++, first += step, x += step, y += c, at += at ? c : 0) {
		int k = 0;
		for (; k + SIDE <= c; k += SIDE)
			largest_of_window(h, w, row, c, first + k, x + k, y + k, at ? at + k : NULL);
		for (; k < c; k++)
			largest_of_one(h, w, row, c, first + k, x + k, y + k, at ? at + k : NULL);
	}
}

/* No window reaches over the border. */
static bool
inside(const struct pool *g)
{
	return !g->top && !g->left && (g->oh - 1) * g->sh + g->ph <= g->h && (g->ow - 1) * g->sw + g->pw <= g->w;
}

static inline __attribute__((always_inline)) void
largest_of_windows(const struct pool *g, int oy, const real *x, real *y, int32_t *at)
{
	const int c = g->c, row = g->w * c;

	if (inside(g) && g->ph == 2 && g->pw == 2) {
		largest_of_row(2, 2, g->ow, g->sw * c, row, c, oy * g->sh * row, x, y, at);
		return;
	}
	for (int ox = 0; ox < g->ow; ox++, y += c, at += at ? c : 0) {
		const struct pool_window v = window(g, oy, ox);
		largest_of_row(v.y1 - v.y0, v.x1 - v.x0, 1, 0, row, c, v.y0 * row + v.x0 * c, x + v.x0 * c, y, at);
	}
}

void
maxpool_row(const struct pool *g, int oy, const real *x, real *y, int32_t *at)
{
	if (at)
		largest_of_windows(g, oy, x, y, at);
	else
		largest_of_windows(g, oy, x, y, NULL);
}

void
SET(maxpool_y)(const struct pool *g, int n, const real *x, real *y, int32_t *at, void *scratch)
{
	const size_t row = (size_t)g->w * g->c, out = (size_t)g->ow * g->c;

	if (pool_overlaps(g)) {
		for (int i = 0; i < n; i++, x += (size_t)g->h * row, y += g->oh * out, at += at ? g->oh * out : 0)
			maxpool_overlapping(g, x, y, at, scratch);
		return;
	}
	for (int i = 0; i < n; i++, x += (size_t)g->h * row)
		for (int oy = 0; oy < g->oh; oy++, y += out, at += at ? out : 0)
			maxpool_row(g, oy, x + (size_t)window(g, oy, 0).y0 * row, y, at);
}

/* 0, + dy where the largest was, to each pixel of the window (h, w); dx is number `first` of its image */
static inline __attribute__((always_inline)) void
spread_over_window(int h, int w, int row, int c, int first, const int32_t *at, const real *dy, real *dx)
{
	const side_index d = *(const side_index_anywhere *)dy;
	side_index here = { 0 };

	add_channels(first, &here);
	const side_index where = __builtin_convertvector(*(const side_places *)at, side_index) - here;
	for (int iy = 0; iy < h; iy++)
		for (int ix = 0; ix < w; ix++)
			*(side_anywhere *)(dx + iy * row + ix * c) = (side){ 0 } + (side)(d & (where == iy * row + ix * c));
}

/* windows 2x2 side by side: each pixel is in one */
static void
maxpool_dx_2x2(const struct pool *g, const int32_t *at, const real *dy, real *dx)
{
	const int c = g->c, row = g->w * c;

	for (int oy = 0; oy < g->oh; oy++)
		for (int ox = 0; ox < g->ow; ox++, at += c, dy += c) {
			const int first = 2 * oy * row + 2 * ox * c;
			for (int k = 0; k < c; k += SIDE)
				spread_over_window(2, 2, row, c, first + k, at + k, dy + k, dx + first + k);
		}
}

void
SET(maxpool_dx)(const struct pool *g, int n, const int32_t *at, const real *dy, real *dx)
{
	const size_t in = (size_t)g->h * g->w * g->c, out = (size_t)g->oh * g->ow * g->c;
	const bool tiles = inside(g) && g->ph == 2 && g->pw == 2 && g->sh == 2 && g->sw == 2 && g->c % SIDE == 0;

	if (!tiles || g->h % 2 || g->w % 2)
		memset(dx, 0, (size_t)n * in * sizeof *dx);
	for (int i = 0; i < n; i++, at += out, dy += out, dx += in)
		if (tiles)
			maxpool_dx_2x2(g, at, dy, dx);
		else
			for (size_t k = 0; k < out; k++)
				if (at[k] >= 0)
					dx[at[k]] += dy[k];
}
