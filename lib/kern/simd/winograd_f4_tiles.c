#include "kern/simd/winograd_f4_tiles.h"

#include <string.h>

struct image_size {
	int h, w, c;
};

/* The vector of channels at x, down the columns of the tile whose first pixel is (y0, x0): a row of `half` for each point of its rows.
 * `whole`: all is inside. */
ALWAYS void
down_columns(const bool whole, const int rows, int columns, bool fill, struct image_size g, int y0, int x0, const float *x, VEC half[PLANES])
{
	static const float outside[WIDEST];

	for (int j = 0; j < columns + 2; j++) {
		VEC column[POINTS];
		UNROLL
		for (int i = 0; i < rows + 2; i++) {
			const bool inside = whole || (y0 + i >= 0 && y0 + i < g.h && x0 + j >= 0 && x0 + j < g.w);
			column[i] = load_part(fill, inside ? x + ((ptrdiff_t)(y0 + i) * g.w + x0 + j) * g.c : outside); /* no branch */
		}
		image_points(rows, column, half + j, POINTS);
	}
}

/* Along the rows, to v: PLANES numbers `pitch` apart. */
ALWAYS void
along_rows(int rows, const int columns, bool fill, const VEC half[PLANES], size_t pitch, float *v)
{
	for (int i = 0; i < POINTS; i++) {
		VEC all[POINTS];
		if (!winograd_f4_has_point(rows, i))
			continue;
		image_points(columns, half + POINTS * i, all, 1);
		store_points(fill, columns, all, pitch, v + (size_t)(POINTS * i) * pitch);
	}
}

/* `channels` of the tile at p of x (h, w, c), to row 0 of PLANES matrices `pitch` numbers apart */
static void
transform_tile(const struct conv *c, struct tile_place p, const float *x, int channels, size_t pitch, float *v)
{
	const struct image_size g = { c->h, c->w, c->c };
	const int y0 = p.y0 - c->top, x0 = p.x0 - c->left;
	const bool whole = y0 >= 0 && x0 >= 0 && y0 + POINTS <= g.h && x0 + POINTS <= g.w;

	for (int k = 0; k < channels; k += WIDEST) {
		const bool fill = fill_vector(channels - k);
		VEC half[PLANES];
#define DOWN(rows) down_columns(false, rows, p.columns, fill, g, y0, x0, x + k, half)
#define ALONG(columns) along_rows(p.rows, columns, fill, half, pitch, v + k)
		if (whole && p.rows == TILE)
			down_columns(true, TILE, p.columns, fill, g, y0, x0, x + k, half);
		else
			BY_SIDE(p.rows, DOWN)
		BY_SIDE(p.columns, ALONG)
	}
}

void
winograd_f4_tiles(const struct conv *g, const struct tiles *t, const float *x, int k0, int channels, int width, size_t pitch, float *v)
{
	const size_t in = (size_t)g->h * g->w * g->c;

	for (int i = 0; i < t->some; i++)
		for (int k = 0, here; k < channels; k += here) {
			here = min(channels - k, width);
			transform_tile(g, t->place[i], x + t->place[i].image * in + k0 + k, here, pitch, v + (size_t)k * (size_t)t->some + (size_t)i * (size_t)here);
		}
}
