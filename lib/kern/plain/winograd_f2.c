/* Winograd's F(2x2, 3x3) tile by tile: 2x2 pixels are four by four products, of points of the image and of the kernel, transformed
 * back. The points are 0, 1, -1 and infinity (A. Lavin, S. Gray, "Fast algorithms for convolutional neural networks", 2016). */
#include "kern/plain/winograd_f2.h"

#include <math.h>

#include "kern/plain/sums.h"

enum { CHANNELS = 4, FILTERS = 8 }; /* at most */

/* g (3) to four points; `step` numbers apart */
static void
kernel_points(const real *g, int step, real *to, int to_step)
{
	const real outer = (real)0.5 * (g[0] + g[2 * step]), middle = (real)0.5 * g[step];

	to[0] = g[0];
	to[to_step] = outer + middle;
	to[2 * to_step] = outer - middle;
	to[3 * to_step] = g[2 * step];
}

/* four pixels to four points */
static void
image_points(const real *d, int step, real *to, int to_step)
{
	to[0] = d[0] - d[2 * step];
	to[to_step] = d[step] + d[2 * step];
	to[2 * to_step] = d[2 * step] - d[step];
	to[3 * to_step] = d[step] - d[3 * step];
}

/* back: four sums to two pixels */
static void
pixels(const real *m, int step, real *to)
{
	to[0] = m[0] + m[step] + m[2 * step];
	to[1] = m[step] - m[2 * step] - m[3 * step];
}

/* u (4, 4) of channel c and filter k: first along y, then along x */
static void
kernel_tile(const struct conv *g, const real *w, int c, int k, real u[16])
{
	real kernel[9], half[12];

	for (int t = 0; t < 9; t++)
		kernel[t] = w[((size_t)t * g->c + c) * g->f + k];
	for (int x = 0; x < 3; x++)
		kernel_points(kernel + x, 3, half + x, 3);
	for (int y = 0; y < 4; y++)
		kernel_points(half + 3 * y, 1, u + 4 * y, 1);
}

/* v (4, 4) of channel c of the image's tile at (y0, x0): first along x, then along y; what lies outside is 0 */
static void
image_tile(const struct conv *g, const real *x, int y0, int x0, int c, real v[16])
{
	real pixel[4], half[16];

	for (int i = 0; i < 4; i++) {
		for (int j = 0; j < 4; j++) {
			const int iy = y0 + i, ix = x0 + j;
			pixel[j] = iy < 0 || iy >= g->h || ix < 0 || ix >= g->w ? 0 : x[((size_t)iy * g->w + ix) * g->c + c];
		}
		image_points(pixel, 1, half + 4 * i, 1);
	}
	for (int j = 0; j < 4; j++)
		image_points(half + j, 4, v + j, 4);
}

/* y (2, 2), `row` and f numbers apart, of a tile whose channels are v: sums over channels; the bias enters at the point (1, 1), from
 * which it comes out in all pixels */
static void
tile_of_filter(const struct conv *g, real v[CHANNELS][16], real u[CHANNELS][16], const real *bias, real least, ptrdiff_t row, real *y)
{
	real m[16], half[8], out[2];

	for (int p = 0; p < 16; p++) {
		m[p] = p == 5 && bias ? fused(u[0][p], v[0][p], *bias) : u[0][p] * v[0][p];
		for (int c = 1; c < g->c; c++)
			m[p] = fused(u[c][p], v[c][p], m[p]);
	}
	for (int j = 0; j < 4; j++) { /* along y */
		pixels(m + j, 4, out);
		half[j] = out[0];
		half[4 + j] = out[1];
	}
	for (int i = 0; i < 2; i++) {
		pixels(half + 4 * i, 1, out);
		for (int j = 0; j < 2; j++)
			y[i * row + j * g->f] = least > out[j] ? least : out[j];
	}
}

void
winograd_f2_image(const struct conv *g, const real *x, const real *w, const real *b, bool relu, real *y)
{
	const ptrdiff_t row = (ptrdiff_t)g->ow * g->f;
	const real least = relu ? 0 : -(real)INFINITY;
	real u[FILTERS][CHANNELS][16], v[CHANNELS][16];

	for (int k = 0; k < g->f; k++)
		for (int c = 0; c < g->c; c++)
			kernel_tile(g, w, c, k, u[k][c]);
	for (int oy = 0; oy < g->oh; oy += 2)
		for (int ox = 0; ox < g->ow; ox += 2) {
			for (int c = 0; c < g->c; c++)
				image_tile(g, x, oy - g->top, ox - g->left, c, v[c]);
			for (int k = 0; k < g->f; k++)
				tile_of_filter(g, v, u[k], b ? b + k : NULL, least, row, y + oy * row + (ptrdiff_t)ox * g->f + k);
		}
}
