/* Winograd's F(4x4, 3x3) tile by tile: 4x4 pixels are six by six products, of points of the image and of the kernel, transformed
 * back. The points are 0, 1, -1, 2, -2 and infinity (A. Lavin, S. Gray, "Fast algorithms for convolutional neural networks",
 * 2016). Every transform is one in one dimension, down the columns and then along the rows. A tile at the edge that has fewer pixels takes
 * fewer points: of F(r, 3) the first r + 1, and infinity. With the kernel's points of F(4, 3), which are divided by the differences of all of
 * them, the image's are multiplied by those that are left out. */
#include "kern/plain/winograd_f4.h"

#include <string.h>

#include "kern/order.h"
#include "kern/plain/sums.h"

enum { TILE = 4, POINTS = 6, PLANES = POINTS * POINTS };

/* a transform in one dimension, of a tile of so many pixels; the numbers of `from` and `to` are a step apart */
typedef void transform_fn(int pixels, const real *from, int step, real *to, int to_step);

static void
image_points_of_four(const real *d, int step, real *to, int to_step)
{
	const real d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
	const real a = fused(-4, d2, d4), b = fused(-4, d1, d3), e = d4 - d2, o = d3 - d1;

	to[0] = fused(4, d[0], fused(-5, d2, d4));
	to[to_step] = a + b;
	to[2 * to_step] = a - b;
	to[3 * to_step] = fused(2, o, e);
	to[4 * to_step] = fused(-2, o, e);
	to[5 * to_step] = fused(4, d1, fused(-5, d3, d[5 * step]));
}

static void
image_points_of_three(const real *d, int step, real *to, int to_step)
{
	const real d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], o = d3 - d1;

	to[0] = fused(4, d[0] - d2, o + o);
	to[to_step] = 3 * fused(-2, d1, d3 - d2);
	to[2 * to_step] = fused(2, d1, fused(-3, d2, d3));
	to[3 * to_step] = 4 * o;
	to[5 * to_step] = fused(-2, o, d[4 * step] - d2);
}

static void
image_points(int pixels, const real *d, int step, real *to, int to_step)
{
	const real d1 = d[step], d2 = d[2 * step];

	if (pixels == 4) {
		image_points_of_four(d, step, to, to_step);
	} else if (pixels == 3) {
		image_points_of_three(d, step, to, to_step);
	} else if (pixels == 2) {
		to[0] = 4 * (d[0] - d2);
		to[to_step] = -3 * (d1 + d2);
		to[2 * to_step] = 3 * (d1 - d2);
		to[5 * to_step] = d[3 * step] - d1;
	} else {
		to[0] = 4 * (d[0] - d1);
		to[to_step] = -6 * d1;
		to[5 * to_step] = d2 - d1;
	}
}

static void
kernel_points(int pixels, const real *g, int step, real *to, int to_step)
{
	(void)pixels;
	const real g0 = g[0], g1 = g[step], g2 = g[2 * step];
	const real a = (g0 + g2) * (-1 / (real)6), b = g1 * (1 / (real)6);
	const real c = fused(g0, 1 / (real)24, g2 * (1 / (real)6)), d = g1 * (1 / (real)12);

	to[0] = g0 * (real)0.25;
	to[to_step] = a - b;
	to[2 * to_step] = a + b;
	to[3 * to_step] = c + d;
	to[4 * to_step] = c - d;
	to[5 * to_step] = g2;
}

static void
pixels_of_points(int pixels, const real *m, int step, real *to, int to_step)
{
	const real m0 = m[0], m1 = m[step], m2 = m[2 * step], m3 = m[3 * step], m4 = m[4 * step], last = m[5 * step];
	const real s = m1 + m2, d = m1 - m2, ss = m3 + m4, dd = m3 - m4;

	if (pixels == 4) {
		to[0] = m0 + s + ss;
		to[to_step] = fused(2, dd, d);
		to[2 * to_step] = fused(4, ss, s);
		to[3 * to_step] = fused(8, dd, d) + last;
	} else if (pixels == 3) {
		to[0] = m0 + s + m3;
		to[to_step] = fused(2, m3, d);
		to[2 * to_step] = fused(4, m3, s) + last;
	} else if (pixels == 2) {
		to[0] = m0 + s;
		to[to_step] = d + last;
	} else {
		to[0] = m0 + m1 + last;
	}
}

/* the transposes of the last two, for gradients */
static void
points_of_pixels(int pixels, const real *y, int step, real *to, int to_step)
{
	const real y0 = y[0], y1 = y[step], y2 = y[2 * step], y3 = y[3 * step]; /* those beyond the tile are 0 */
	const real even = pixels > 2 ? y0 + y2 : y0, odd = pixels > 3 ? y1 + y3 : y1;
	const real e = fused(4, y2, y0), o = pixels > 3 ? fused(8, y3, y1 + y1) : y1 + y1;

	to[0] = y0;
	to[to_step] = pixels > 1 ? even + odd : y0;
	to[2 * to_step] = even - odd;
	to[3 * to_step] = e + o;
	to[4 * to_step] = e - o;
	to[5 * to_step] = y[(pixels - 1) * step];
}

static void
kernel_of_points(int pixels, const real *u, int step, real *to, int to_step)
{
	(void)pixels;
	const real u1 = u[step], u2 = u[2 * step], u3 = u[3 * step], u4 = u[4 * step];
	const real a = (u1 + u2) * (-1 / (real)6), b = u3 + u4, c = (u3 - u4) * (1 / (real)12);

	to[0] = fused((real)0.25, u[0], fused(1 / (real)24, b, a));
	to[to_step] = fused(1 / (real)6, u2 - u1, c);
	to[2 * to_step] = fused(1 / (real)6, b, a) + u[5 * step];
}

/* the pixels of a tile */
struct sides {
	int rows, columns;
};

/* `to` (n, n), `pitch` numbers apart, of m x m numbers: down the columns, then along the rows; for a tile of these sides */
static void
in_two_dimensions(transform_fn *f, struct sides t, int m, int n, const real *from, real *to, size_t pitch)
{
	real half[PLANES] = { 0 }, row[POINTS] = { 0 };

	for (int j = 0; j < m; j++)
		f(t.rows, from + j, m, half + j, m);
	for (int i = 0; i < n; i++) {
		f(t.columns, half + i * m, 1, row, 1);
		for (int j = 0; j < n; j++)
			to[(size_t)(i * n + j) * pitch] = row[j];
	}
}

/* channel k of the square of `size` pixels at (y0, x0) of x (h, w, c); what lies outside is 0 */
static void
cut_out(int size, int h, int w, int c, int y0, int x0, int k, const real *x, real *square)
{
	for (int i = 0; i < size; i++)
		for (int j = 0; j < size; j++) {
			const int y = y0 + i, z = x0 + j;
			square[i * size + j] = y < 0 || y >= h || z < 0 || z >= w ? 0 : x[((size_t)y * w + z) * c + k];
		}
}

static int
tiles_across(const struct conv *g)
{
	return (g->ow + TILE - 1) / TILE;
}

static int
tiles_of(const struct conv *g)
{
	return tiles_across(g) * ((g->oh + TILE - 1) / TILE);
}

static struct sides
sides_of(const struct conv *g, int tile)
{
	return (struct sides){ winograd_f4_side(g->oh, tile / tiles_across(g) * TILE), winograd_f4_side(g->ow, tile % tiles_across(g) * TILE) };
}

static bool
has_plane(struct sides t, int plane)
{
	return winograd_f4_has_point(t.rows, plane / POINTS) && winograd_f4_has_point(t.columns, plane % POINTS);
}

/* v (PLANES, c) of tile `tile` of image x (h, w, c) */
static void
transform_image(const struct conv *g, int tile, const real *x, real *v)
{
	const int y0 = tile / tiles_across(g) * TILE - g->top, x0 = tile % tiles_across(g) * TILE - g->left;
	real square[PLANES];

	for (int k = 0; k < g->c; k++) {
		cut_out(POINTS, g->h, g->w, g->c, y0, x0, k, x, square);
		in_two_dimensions(image_points, sides_of(g, tile), POINTS, POINTS, square, v + k, (size_t)g->c);
	}
}

/* u (PLANES, c, f) of w (3, 3, c, f); where w is `turned` it is (3, 3, f, c) and seen from the other side */
static void
transform_kernel(const struct conv *g, bool turned, const real *w, real *u)
{
	const size_t kernel = (size_t)g->c * (size_t)g->f;

	for (int c = 0; c < g->c; c++)
		for (int k = 0; k < g->f; k++) {
			const size_t here = (size_t)c * g->f + k, there = (size_t)k * g->c + c;
			real square[9];
			for (size_t t = 0; t < 9; t++)
				square[t] = turned ? w[(8 - t) * kernel + there] : w[t * kernel + here];
			in_two_dimensions(kernel_points, (struct sides){ 0 }, 3, POINTS, square, u + here, kernel);
		}
}

/* m (f) = v (c) . u (c, f); where the kernel is large, sums of CHANNELS_TOGETHER channels are added up */
static void
multiply(const struct conv *g, const real *v, const real *u, real *m)
{
	const int together = winograd_f4_large(g) ? CHANNELS_TOGETHER : g->c;

	for (int k = 0; k < g->f; k++)
		for (int c = 0; c < g->c;) {
			const int first = c, end = g->c - c < together ? g->c : c + together;
			real sum = 0;
			for (; c < end; c++)
				sum = fused(v[c], u[(size_t)c * g->f + k], sum);
			sum += 0;
			m[k] = first > 0 ? sum + m[k] : sum;
		}
}

/* m (PLANES, f) to the pixels of tile `tile` that lie within y (oh, ow, f) */
static void
transform_back(const struct conv *g, int tile, const real *m, const real *b, bool relu, real *y)
{
	const int y0 = tile / tiles_across(g) * TILE, x0 = tile % tiles_across(g) * TILE;
	const struct sides t = sides_of(g, tile);
	real points[PLANES], pixel[TILE * TILE];

	for (int k = 0; k < g->f; k++) {
		for (int p = 0; p < PLANES; p++)
			points[p] = m[p * g->f + k];
		in_two_dimensions(pixels_of_points, t, POINTS, TILE, points, pixel, 1);
		for (int i = 0; i < t.rows; i++)
			for (int j = 0; j < t.columns; j++)
				y[((size_t)(y0 + i) * g->ow + (x0 + j)) * g->f + k] = bounded(relu, pixel[i * TILE + j] + (b ? b[k] : 0));
	}
}

size_t
winograd_f4_scratch(const struct conv *g)
{
	return (size_t)PLANES * (2 * (size_t)g->c * g->f + (size_t)g->c + (size_t)g->f);
}

static void
convolve(const struct conv *g, int n, const real *x, const real *w, bool turned, const real *b, bool relu, real *y, real *scratch)
{
	const size_t kernel = (size_t)g->c * g->f;
	real *const u = scratch, *const v = u + PLANES * kernel, *const m = v + PLANES * g->c;

	transform_kernel(g, turned, w, u);
	for (int i = 0; i < n; i++, x += (size_t)g->h * g->w * g->c, y += (size_t)g->oh * g->ow * g->f)
		for (int tile = 0; tile < tiles_of(g); tile++) {
			transform_image(g, tile, x, v);
			for (int p = 0; p < PLANES; p++)
				multiply(g, v + p * g->c, u + p * kernel, m + p * g->f);
			transform_back(g, tile, m, b, relu, y);
		}
}

void
winograd_f4_y(const struct conv *g, int n, const real *x, const real *w, const real *b, bool relu, real *y, real *scratch)
{
	convolve(g, n, x, w, false, b, relu, y, scratch);
}

/* A convolution of dy: the kernel is turned around, its inputs in the place of its filters. */
void
winograd_f4_dx(const struct conv *g, int n, const real *dy, const real *w, real *dx, real *scratch)
{
	const struct conv back = { .h = g->oh, .w = g->ow, .c = g->f, .top = 2 - g->top, .left = 2 - g->left, .oh = g->h,
		.ow = g->w, .f = g->c };

	convolve(&back, n, dy, w, true, NULL, false, dx, scratch);
}

/* m (PLANES, f) of the gradient of tile `tile` */
static void
transform_gradient(const struct conv *g, int tile, const real *dy, real *m)
{
	const int y0 = tile / tiles_across(g) * TILE, x0 = tile % tiles_across(g) * TILE;
	real square[TILE * TILE];

	for (int k = 0; k < g->f; k++) {
		cut_out(TILE, g->oh, g->ow, g->f, y0, x0, k, dy, square);
		in_two_dimensions(points_of_pixels, sides_of(g, tile), TILE, POINTS, square, m + k, (size_t)g->f);
	}
}

/* sum (PLANES, c, f) += v . m of a tile of these sides */
static void
add_tile(const struct conv *g, struct sides t, const real *v, const real *m, real *sum)
{
	for (int p = 0; p < PLANES; p++, m += g->f, v += g->c, sum += g->c * g->f)
		for (int c = 0; c < g->c && has_plane(t, p); c++)
			for (int k = 0; k < g->f; k++)
				sum[c * g->f + k] = fused(v[c], m[k], sum[c * g->f + k]);
}

static void
add_kernel(const struct conv *g, const real *u, real *dw)
{
	const size_t kernel = (size_t)g->c * g->f;

	for (size_t k = 0; k < kernel; k++) {
		real points[PLANES], square[9];
		for (size_t p = 0; p < PLANES; p++)
			points[p] = u[p * kernel + k];
		in_two_dimensions(kernel_of_points, (struct sides){ 0 }, POINTS, 3, points, square, 1);
		for (size_t t = 0; t < 9; t++)
			dw[t * kernel + k] += square[t];
	}
}

/* The tiles of all images in a row: sums of TILES_TOGETHER tiles, kind after kind, are added up before the transform back. */
void
winograd_f4_dw(const struct conv *g, int n, const real *x, const real *dy, real *dw, real *scratch)
{
	const size_t kernel = PLANES * (size_t)g->c * g->f, in = (size_t)g->h * g->w * g->c, out = (size_t)g->oh * g->ow * g->f;
	const int tiles = tiles_of(g), together = winograd_f4_large(g) ? TILES_TOGETHER_LARGE : TILES_TOGETHER;
	real *const total = scratch, *const sum = total + kernel, *const v = sum + kernel, *const m = v + PLANES * g->c;

	for (int t = 0; t < n * tiles;) {
		const int first = t, end = n * tiles - t < together ? n * tiles : t + together;
		memset(sum, 0, kernel * sizeof *sum);
		for (int kind = 0; kind < WINOGRAD_F4_KINDS; kind++)
			for (t = first; t < end; t++) {
				const struct sides sides = sides_of(g, t % tiles);
				if (winograd_f4_kind(sides.rows, sides.columns) != kind)
					continue;
				transform_image(g, t % tiles, x + (size_t)(t / tiles) * in, v);
				transform_gradient(g, t % tiles, dy + (size_t)(t / tiles) * out, m);
				add_tile(g, sides, v, m, sum);
			}
		for (size_t k = 0; k < kernel; k++)
			total[k] = first > 0 ? total[k] + sum[k] : sum[k];
	}
	add_kernel(g, total, dw);
}
