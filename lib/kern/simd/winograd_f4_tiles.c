#include "kern/simd/winograd_f4_tiles.h"

#include <string.h>

#include "kern/simd/winograd_f4_points.h"

/* `channels` of the tile of x (h, w, c) whose first pixel is (y0, x0), to row 0 of PLANES matrices `pitch` numbers
 * apart; `whole`: all is inside */
ALWAYS void
transform_tile(const bool whole, int h, int w, int c, int y0, int x0, const float *x, int channels, size_t pitch, float *v)
{
	static const float outside[WIDEST];

	for (int k = 0; k < channels; k += WIDEST) {
		const bool fill = fill_vector(channels - k);
		VEC rows[PLANES];
		UNROLL
		for (int j = 0; j < POINTS; j++) {
			VEC column[POINTS], all[POINTS];
			UNROLL
			for (int i = 0; i < POINTS; i++) {
				const bool inside = whole || (y0 + i >= 0 && y0 + i < h && x0 + j >= 0 && x0 + j < w);
				column[i] = load_part(fill, inside ? x + ((ptrdiff_t)(y0 + i) * w + x0 + j) * c + k : outside); /* no branch */
			}
			image_points(column, all, 1);
			UNROLL
			for (int i = 0; i < POINTS; i++)
				rows[POINTS * i + j] = all[i];
		}
		UNROLL
		for (int i = 0; i < POINTS; i++) {
			VEC all[POINTS];
			image_points(rows + POINTS * i, all, 1);
			store_points(fill, all, pitch, v + (size_t)(POINTS * i) * pitch + k);
		}
	}
}

void
winograd_f4_tiles(const struct conv *g, size_t t0, int some, const float *x, int k0, int channels, int width, size_t pitch, float *v)
{
	const size_t in = (size_t)g->h * g->w * g->c;

	for (int t = 0; t < some; t++) {
		const struct tile_place p = place_of(g, t0 + (size_t)t);
		const int y0 = p.y0 - g->top, x0 = p.x0 - g->left;
		const bool whole = y0 >= 0 && x0 >= 0 && y0 + POINTS <= g->h && x0 + POINTS <= g->w;
		const float *const from = x + p.image * in + k0;
		for (int k = 0, here; k < channels; k += here) {
			here = channels - k < width ? channels - k : width;
			float *const to = v + (size_t)k * (size_t)some + (size_t)t * (size_t)here;
			if (whole)
				transform_tile(true, g->h, g->w, g->c, y0, x0, from + k, here, pitch, to);
			else
				transform_tile(false, g->h, g->w, g->c, y0, x0, from + k, here, pitch, to);
		}
	}
}
