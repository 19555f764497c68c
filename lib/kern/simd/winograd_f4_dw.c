/* The gradient of the kernel by Winograd's F(4x4, 3x3): the points of all tiles of all images are summed before the transform back.
 * Where one round takes all tiles, a block of the kernel at a time is summed and transformed back, so that its points stay in the
 * second cache. */
#include <string.h>

#include "kern/order.h"
#include "kern/simd/winograd_f4.h"
#include "kern/simd/winograd_f4_points.h"
#include "kern/simd/winograd_f4_tiles.h"

enum { PANEL = 24, BLOCK_CHANNELS = 2 * PANEL };

/* Where there are many channels or filters, the points of a tile are not side by side, but in panels: those of the next tile would be so
 * many lines away that few of them share the first cache. */
static bool
many(int numbers)
{
	return numbers >= 128;
}

/* channels whose points lie side by side */
static int
panel_width(const struct conv *g)
{
	return many(g->c) ? PANEL : g->c;
}

/* Where the points of a panel of filters begin, and how far it is to those of the next tile. */
static size_t
panel_at(const struct conv *g, int f0, int some)
{
	return (size_t)f0 * (many(g->f) ? (size_t)some : 1);
}

static int
tile_pitch(const struct conv *g, int width)
{
	return many(g->f) ? width : g->f;
}

/* Tiles at a time: many where the sums are too large for the cache, which then move in and out less often. */
static int
tiles_together(const struct conv *g)
{
	return winograd_f4_large(g) ? TILES_TOGETHER_LARGE : TILES_TOGETHER;
}

size_t
winograd_f4_dw_scratch(const struct conv *g)
{
	const size_t room = (size_t)tiles_together(g);

	return PLANES * (plane(room, g->c) + plane(room, g->f)) + PLANES * plane((size_t)g->c, g->f);
}

/* `filters` at dy, LINE at most, down the columns of a tile; the next ones are fetched meanwhile. */
ALWAYS void
gradient_down_columns(const int rows, int columns, int filters, ptrdiff_t row, ptrdiff_t pixel, const float *dy, VEC half[VECTORS][POINTS * TILE])
{
	for (int j = 0; j < columns; j++, dy += pixel) {
		UNROLL
		for (int i = 0; i < rows; i++)
			__builtin_prefetch(dy + i * row + LINE);
		for (int v = 0; v * WIDEST < filters; v++) {
			const bool fill = fill_vector(filters - v * WIDEST);
			VEC column[TILE];
			UNROLL
			for (int i = 0; i < rows; i++)
				column[i] = load_part(fill, dy + i * row + v * WIDEST);
			points_of_pixels(rows, column, half[v] + j, TILE);
		}
	}
}

ALWAYS void
gradient_along_rows(int rows, const int columns, bool fill, const VEC half[POINTS * TILE], size_t pitch, float *m)
{
	for (int i = 0; i < POINTS; i++) {
		VEC all[POINTS];
		if (!winograd_f4_has_point(rows, i))
			continue;
		points_of_pixels(columns, half + TILE * i, all, 1);
		store_points(fill, columns, all, pitch, m + (size_t)(POINTS * i) * pitch);
	}
}

/* `filters` of the tile at p of dy (n, oh, ow, f), to row 0 of PLANES matrices `pitch` numbers apart */
static void
transform_gradient(const struct conv *g, struct tile_place p, const float *dy, int filters, size_t pitch, float *m)
{
	const ptrdiff_t row = (ptrdiff_t)g->ow * g->f, pixel = g->f; /* locals: stores may alias what g points to */

	dy += (ptrdiff_t)p.image * g->oh * row + p.y0 * row + p.x0 * pixel;
	for (int k = 0; k < filters; k += LINE) {
		const int some = min(filters - k, LINE);
		VEC half[VECTORS][POINTS * TILE];
#define DOWN(rows) gradient_down_columns(rows, p.columns, some, row, pixel, dy + k, half)
#define ALONG(columns) gradient_along_rows(p.rows, columns, fill_vector(some - i), half[i / WIDEST], pitch, m + k + i)
		BY_SIDE(p.rows, DOWN)
		for (int i = 0; i < some; i += WIDEST)
			BY_SIDE(p.columns, ALONG)
	}
}

/* of tiles t, in panels (some, width) of filters */
static void
transform_gradients(const struct conv *g, const struct tiles *t, const float *dy, size_t pitch, float *m)
{
	for (int i = 0; i < t->some; i++)
		for (int f0 = 0, width; f0 < g->f; f0 += width) {
			width = many(g->f) ? filters_panel(g->f - f0)->width : g->f;
			transform_gradient(g, t->place[i], dy + f0, width, pitch, m + panel_at(g, f0, t->some) + i * tile_pitch(g, width));
		}
}

/* A block of the kernel. */
struct block {
	int c0, f0, channels, filters;
};

/* u (PLANES, channels, filters) = or += v^T . m over the tiles; v (PLANES, c) and m (PLANES, f) in panels */
static void
sum_block(const struct conv *g, const struct block *b, const struct tiles *t, bool adds, const float *v, const float *m, float *u)
{
	struct outer o = { .rows = 1, .dw_tap = b->filters, .adds = adds };
	const size_t tiles = (size_t)t->some;

	for (int i = 0, first; i < PLANES; i++, v += plane(tiles, g->c), m += plane(tiles, g->f), u += plane((size_t)b->channels, b->filters)) {
		o.pixels = tiles_with(t, i, &first);
		for (int c = 0; c < b->channels; c += (int)o.x_pixel)
			for (int f = 0; f < b->filters;) {
				const struct panel *p = filters_panel(g->f - b->f0 - f);
				o.x_pixel = min(b->channels - c, panel_width(g));
				o.dy_pixel = tile_pitch(g, p->width);
				p->outer(&o, (int)o.x_pixel, v + (size_t)(b->c0 + c) * tiles + first * o.x_pixel,
					m + panel_at(g, b->f0 + f, t->some) + first * o.dy_pixel, u + c * b->filters + f, p->width);
				f += p->width;
			}
	}
}

/* row 0 of dw (3, 3, c, f), `filters` of it, += row 0 of PLANES matrices `pitch` numbers apart, transformed back */
static void
add_row(const struct conv *g, int filters, size_t pitch, const float *u, float *dw)
{
	const size_t tap = (size_t)g->c * (size_t)g->f;

	for (int k = 0; k < filters; k += WIDEST) {
		const bool fill = fill_vector(filters - k);
		VEC half[3 * POINTS], all[9];
		UNROLL
		for (int j = 0; j < POINTS; j++) {
			VEC column[POINTS];
			load_points(fill, TILE, u + (size_t)j * pitch + k, POINTS * pitch, column);
			kernel_of_points(column, half + j, POINTS);
		}
		UNROLL
		for (int i = 0; i < 3; i++)
			kernel_of_points(half + POINTS * i, all + 3 * i, 1);
		UNROLL
		for (int i = 0; i < 9; i++)
			store_part(fill, dw + i * tap + k, load_part(fill, dw + i * tap + k) + all[i]);
	}
}

/* dw (3, 3, c, f), a block of it, += u (PLANES, channels, filters), transformed back */
static void
add_block(const struct conv *g, const struct block *b, const float *u, float *dw)
{
	for (int c = 0; c < b->channels; c++)
		add_row(g, b->filters, plane((size_t)b->channels, b->filters), u + c * b->filters, dw + (size_t)(b->c0 + c) * g->f + b->f0);
}

void
winograd_f4_dw(const struct conv *g, int n, const float *x, const float *dy, float *dw, float *scratch)
{
	const size_t all = (size_t)n * (size_t)tiles_of(g), room = (size_t)tiles_together(g);
	float *const v = scratch, *const m = v + PLANES * plane(room, g->c), *const u = m + PLANES * plane(room, g->f);
	const bool once = all <= room; /* else all sums must be kept */
	const int channels = once && many(g->c) ? BLOCK_CHANNELS : g->c, filters = once ? BLOCK_FILTERS : g->f;

	for (size_t t0 = 0; t0 < all; t0 += room) {
		struct tiles t;
		tiles_from(g, t0, all - t0 < room ? (int)(all - t0) : (int)room, &t);
		winograd_f4_tiles(g, &t, x, 0, g->c, panel_width(g), plane((size_t)t.some, g->c), v);
		transform_gradients(g, &t, dy, plane((size_t)t.some, g->f), m);
		for (int c0 = 0; c0 < g->c; c0 += channels)
			for (int f0 = 0; f0 < g->f; f0 += filters) {
				const struct block b = { c0, f0, min(g->c - c0, channels), min(g->f - f0, filters) };
				sum_block(g, &b, &t, t0 > 0, v, m, u);
				if (all - t0 <= room)
					add_block(g, &b, u, dw);
			}
	}
}
