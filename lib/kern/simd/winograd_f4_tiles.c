#include "kern/simd/winograd_f4_tiles.h"

#include <string.h>

/* So many channels at a time, for as many zeros lie outside of the image. */
enum { CHANNELS = 256 };

/* Where the pixels of the tile at p are, of x (h, w, c) */
static void
find_pixels(const struct conv *g, struct tile_place p, const float *x, const float *at[PLANES])
{
	static const float outside[CHANNELS];

	for (int i = 0; i < p.rows + 2; i++)
		for (int j = 0; j < p.columns + 2; j++) {
			const int row = p.y0 - g->top + i, column = p.x0 - g->left + j;
			const bool inside = row >= 0 && row < g->h && column >= 0 && column < g->w;
			at[POINTS * i + j] = inside ? x + ((ptrdiff_t)row * g->w + column) * g->c : outside;
		}
}

/* `channels` from the k-th on, LINE at most, down the columns of a tile: a row of `half` for each point of its rows.
 * The next ones are fetched meanwhile. */
ALWAYS void
down_columns(const int rows, int columns, int channels, const float *const at[PLANES], int k, VEC half[VECTORS][PLANES])
{
	for (int j = 0; j < columns + 2; j++) {
		UNROLL
		for (int i = 0; i < rows + 2; i++)
			__builtin_prefetch(at[POINTS * i + j] + k + LINE);
		for (int v = 0; v * WIDEST < channels; v++) {
			const bool fill = fill_vector(channels - v * WIDEST);
			VEC column[POINTS];
			UNROLL
			for (int i = 0; i < rows + 2; i++)
				column[i] = load_part(fill, at[POINTS * i + j] + k + v * WIDEST);
			image_points(rows, column, half[v] + j, POINTS);
		}
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

/* `channels`, CHANNELS at most, of the tile at p of x (h, w, c), to row 0 of PLANES matrices `pitch` numbers apart */
static void
transform_tile(const struct conv *g, struct tile_place p, const float *x, int channels, size_t pitch, float *v)
{
	const float *at[PLANES];

	find_pixels(g, p, x, at);
	for (int k = 0; k < channels; k += LINE) {
		const int some = min(channels - k, LINE);
		VEC half[VECTORS][PLANES];
#define DOWN(rows) down_columns(rows, p.columns, some, at, k, half)
#define ALONG(columns) along_rows(p.rows, columns, fill_vector(some - i), half[i / WIDEST], pitch, v + k + i)
		BY_SIDE(p.rows, DOWN)
		for (int i = 0; i < some; i += WIDEST)
			BY_SIDE(p.columns, ALONG)
	}
}

void
winograd_f4_tiles(const struct conv *g, const struct tiles *t, const float *x, int k0, int channels, int width, size_t pitch, float *v)
{
	const size_t in = (size_t)g->h * g->w * g->c;

	for (int i = 0; i < t->some; i++)
		for (int k = 0, panel; k < channels; k += panel) {
			panel = min(channels - k, width);
			float *const to = v + (size_t)k * (size_t)t->some + (size_t)i * (size_t)panel;
			for (int c = 0; c < panel; c += CHANNELS)
				transform_tile(g, t->place[i], x + t->place[i].image * in + k0 + k + c, min(panel - c, CHANNELS), pitch, to + c);
		}
}
