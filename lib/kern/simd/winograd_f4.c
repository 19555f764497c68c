/* Winograd's F(4x4, 3x3). */
#include "kern/simd/winograd_f4.h"

#include <string.h>

#include "kern/order.h"
#include "kern/simd/products.h"
#include "kern/simd/transpose.h"
#include "kern/simd/vectors.h"

enum { TILE = 4, POINTS = 6, PLANES = POINTS * POINTS, FILTERS = 2 * WIDEST };

/* Number k of n, or where the last whole vector begins: it may cover again what the one before it has covered. */
ALWAYS int
vector_at(int k, int n)
{
	return k + WIDEST <= n ? k : n - WIDEST;
}

/* Floats from a plane to the next: not a multiple of the cache's period. */
static size_t
plane(size_t rows, int columns)
{
	return rows * (size_t)columns + 16;
}

/* The part of a kernel that is transformed at once. */
struct kernel_block {
	int channels, filters;
};

static struct kernel_block
block_of(int c, int f)
{
	const bool whole = (size_t)c * (size_t)f <= LARGE_KERNEL;

	return (struct kernel_block){ whole || c < CHANNELS_TOGETHER ? c : CHANNELS_TOGETHER, whole || f < FILTERS ? f : FILTERS };
}

/* floats for a convolution of c channels to f filters */
static size_t
images_scratch(int c, int f)
{
	const struct kernel_block b = block_of(c, f);
	const size_t kernel = PLANES * plane((size_t)b.channels, b.filters) + 9 * (size_t)b.channels * (size_t)b.filters;

	return PLANES * (plane(TILES_TOGETHER, b.channels) + plane(TILES_TOGETHER, f)) + kernel;
}

/* Tiles at a time of a gradient: many where the sums are too large for the cache, which then move in and out less often. */
static int
dw_tiles(const struct conv *g)
{
	return g->c * g->f > LARGE_KERNEL ? TILES_TOGETHER_LARGE : TILES_TOGETHER;
}

size_t
winograd_f4_scratch(const struct conv *g)
{
	const size_t y = images_scratch(g->c, g->f), dx = images_scratch(g->f, g->c);
	const size_t room = (size_t)dw_tiles(g);
	const size_t dw = PLANES * (plane((size_t)g->c, g->f) + plane(room, g->c) + plane(room, g->f));

	return y > dx && y > dw ? y : dx > dw ? dx : dw;
}

/* The three transforms in one dimension; `to` and `from` are `step` vectors apart. */
ALWAYS void
image_points(const VEC d[POINTS], VEC *to, const int step)
{
	const VEC four = VSPLAT(4), two = VSPLAT(2), five = VSPLAT(-5);
	const VEC a = VFMA(-four, d[2], d[4]), b = VFMA(-four, d[1], d[3]), e = d[4] - d[2], o = d[3] - d[1];

	to[0] = VFMA(four, d[0], VFMA(five, d[2], d[4]));
	to[1 * step] = a + b;
	to[2 * step] = a - b;
	to[3 * step] = VFMA(two, o, e);
	to[4 * step] = VFMA(-two, o, e);
	to[5 * step] = VFMA(four, d[1], VFMA(five, d[3], d[5]));
}

ALWAYS void
kernel_points(const VEC g[3], VEC *to, const int step)
{
	const VEC a = (g[0] + g[2]) * VSPLAT(-1 / 6.0f), b = g[1] * VSPLAT(1 / 6.0f);
	const VEC c = VFMA(g[0], VSPLAT(1 / 24.0f), g[2] * VSPLAT(1 / 6.0f)), d = g[1] * VSPLAT(1 / 12.0f);

	to[0] = g[0] * VSPLAT(0.25f);
	to[1 * step] = a - b;
	to[2 * step] = a + b;
	to[3 * step] = c + d;
	to[4 * step] = c - d;
	to[5 * step] = g[2];
}

ALWAYS void
pixels_of_points(const VEC m[POINTS], VEC *to, const int step)
{
	const VEC s = m[1] + m[2], d = m[1] - m[2], ss = m[3] + m[4], dd = m[3] - m[4];

	to[0] = m[0] + s + ss;
	to[1 * step] = VFMA(VSPLAT(2), dd, d);
	to[2 * step] = VFMA(VSPLAT(4), ss, s);
	to[3 * step] = VFMA(VSPLAT(8), dd, d) + m[5];
}

/* the transposes of the last two, for gradients */
ALWAYS void
points_of_pixels(const VEC y[TILE], VEC *to, const int step)
{
	const VEC even = y[0] + y[2], odd = y[1] + y[3], e = VFMA(VSPLAT(4), y[2], y[0]);
	const VEC o = VFMA(VSPLAT(8), y[3], y[1] + y[1]);

	to[0] = y[0];
	to[1 * step] = even + odd;
	to[2 * step] = even - odd;
	to[3 * step] = e + o;
	to[4 * step] = e - o;
	to[5 * step] = y[3];
}

ALWAYS void
kernel_of_points(const VEC u[POINTS], VEC *to, const int step)
{
	const VEC a = (u[1] + u[2]) * VSPLAT(-1 / 6.0f), b = u[3] + u[4], c = (u[3] - u[4]) * VSPLAT(1 / 12.0f);

	to[0] = VFMA(VSPLAT(0.25f), u[0], VFMA(VSPLAT(1 / 24.0f), b, a));
	to[1 * step] = VFMA(VSPLAT(1 / 6.0f), u[2] - u[1], c);
	to[2 * step] = VFMA(VSPLAT(1 / 6.0f), b, a) + u[5];
}

/* a vector, or half of one */
ALWAYS VEC
load_part(bool whole, const float *p)
{
	VEC x = { 0 };

	if (whole)
		return VLOAD(p);
	memcpy(&x, p, sizeof x / 2);
	return x;
}

ALWAYS void
store_part(bool whole, float *p, VEC x)
{
	if (whole)
		VSTORE(p, x);
	else
		memcpy(p, &x, sizeof x / 2);
}

/* a block of w, taps and channels apart by their pitches, to PLANES matrices (channels, filters), each in panels of filters */
static void
transform_kernel(struct kernel_block b, size_t tap, size_t pitch, const float *w, float *u)
{
	const size_t next = plane((size_t)b.channels, b.filters);

	for (int f0 = 0, width; f0 < b.filters; f0 += width) {
		width = panel_within(b.filters - f0 < FILTERS ? b.filters - f0 : FILTERS)->width;
		for (int k = 0; k < b.channels; k++, u += width)
			for (int j = 0; j < width; j += WIDEST) {
				const bool all_there = WIDEST <= 8 || width - j >= WIDEST; /* filters come in eights */
				const float *const from = w + (size_t)k * pitch + f0 + j;
				VEC rows[POINTS * 3];
				UNROLL
				for (int x = 0; x < 3; x++) {
					const VEC column[3] = { load_part(all_there, from + x * tap), load_part(all_there, from + (3 + x) * tap),
						load_part(all_there, from + (6 + x) * tap) };
					kernel_points(column, rows + x, 3);
				}
				UNROLL
				for (int y = 0; y < POINTS; y++) {
					VEC all[POINTS];
					kernel_points(rows + 3 * y, all, 1);
					UNROLL
					for (int i = 0; i < POINTS; i++)
						store_part(all_there, u + j + (size_t)(POINTS * y + i) * next, all[i]);
				}
			}
	}
}

/* `channels` of the tile of x (h, w, c) whose first pixel is (y0, x0), to row 0 of PLANES matrices `pitch` numbers
 * apart; `whole`: all is inside */
ALWAYS void
transform_tile(const bool whole, int h, int w, int c, int y0, int x0, const float *x, int channels, size_t pitch, float *v)
{
	static const float outside[WIDEST];

	for (int next = 0; next < channels; next += WIDEST) {
		const int k = vector_at(next, channels);
		VEC rows[PLANES];
		UNROLL
		for (int j = 0; j < POINTS; j++) {
			VEC column[POINTS], all[POINTS];
			UNROLL
			for (int i = 0; i < POINTS; i++) {
				const bool inside = whole || (y0 + i >= 0 && y0 + i < h && x0 + j >= 0 && x0 + j < w);
				column[i] = VLOAD(inside ? x + ((ptrdiff_t)(y0 + i) * w + x0 + j) * c + k : outside); /* no branch */
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
			UNROLL
			for (int j = 0; j < POINTS; j++)
				VSTORE(v + (size_t)(POINTS * i + j) * pitch + k, all[j]);
		}
	}
}

/* back: row 0 of PLANES matrices (TILES_TOGETHER, f) to pixels (y0, x0).. of y (oh, ow, f) */
static void
transform_back(int oh, int ow, int f, int y0, int x0, const float *m, const float *b, bool relu, float *y)
{
	const size_t pitch = plane(TILES_TOGETHER, f);
	const int rows = oh - y0 < TILE ? oh - y0 : TILE, columns = ow - x0 < TILE ? ow - x0 : TILE;

	for (int next = 0; next < f; next += WIDEST) {
		const int k = vector_at(next, f);
		const VEC bias = b ? VLOAD(b + k) : (VEC){ 0 };
		VEC half[TILE * POINTS], all[TILE * TILE];
		UNROLL
		for (int j = 0; j < POINTS; j++) {
			VEC column[POINTS];
			UNROLL
			for (int i = 0; i < POINTS; i++)
				column[i] = VLOAD(m + (size_t)(POINTS * i + j) * pitch + k);
			pixels_of_points(column, half + j, POINTS);
		}
		UNROLL
		for (int i = 0; i < TILE; i++)
			pixels_of_points(half + POINTS * i, all + TILE * i, 1);
		for (int i = 0; i < rows; i++)
			for (int j = 0; j < columns; j++) {
				const VEC one = all[TILE * i + j] + bias;
				VSTORE(y + ((size_t)(y0 + i) * (size_t)ow + (size_t)(x0 + j)) * (size_t)f + k,
					relu ? WIDE(positive)(one) : one);
			}
	}
}

/* channels from k0 on of the tiles t0.. of the images x, counted through all of them */
static void
transform_tiles(const struct conv *g, size_t t0, int some, const float *x, int k0, int channels, size_t pitch, float *v)
{
	const int across = (g->ow + TILE - 1) / TILE, tiles = across * ((g->oh + TILE - 1) / TILE);
	const size_t in = (size_t)g->h * g->w * g->c;

	x += k0;
	for (int t = 0; t < some; t++, v += channels) {
		const size_t i = (t0 + (size_t)t) / (size_t)tiles;
		const int tile = (int)((t0 + (size_t)t) % (size_t)tiles);
		const int y0 = tile / across * TILE - g->top, x0 = tile % across * TILE - g->left;
		if (y0 >= 0 && x0 >= 0 && y0 + POINTS <= g->h && x0 + POINTS <= g->w)
			transform_tile(true, g->h, g->w, g->c, y0, x0, x + i * in, channels, pitch, v);
		else
			transform_tile(false, g->h, g->w, g->c, y0, x0, x + i * in, channels, pitch, v);
	}
}

/* Block b at (k0, f0) of a kernel w (3, 3, g->c, g->f), transformed. Where w is `turned` it is (3, 3, g->f, g->c) and seen
 * from the other side; `room` is for its block in the order of the others. */
static void
transform_block(const struct conv *g, bool turned, struct kernel_block b, int k0, int f0, const float *w, float *room, float *u)
{
	const size_t tap = (size_t)g->c * (size_t)g->f, small = (size_t)b.channels * (size_t)b.filters;

	if (!turned) {
		transform_kernel(b, tap, (size_t)g->f, w + (size_t)k0 * (size_t)g->f + f0, u);
		return;
	}
	for (int t = 0; t < 9; t++)
		transpose(b.filters, b.channels, (size_t)g->c, w + (size_t)t * tap + (size_t)f0 * (size_t)g->c + k0,
			(size_t)b.filters, room + (size_t)(8 - t) * small);
	transform_kernel(b, small, (size_t)b.filters, room, u);
}

/* m (PLANES, some, f) = or += v (PLANES, some, b.channels) . u (PLANES, b.channels, b.filters), from filter f0 on */
static void
multiply_block(struct kernel_block b, int some, int f, int f0, bool adds, const float *v, const float *u, float *m)
{
	const float none[FILTERS] = { 0 };
	struct mul mul = { .rows = 1, .taps = b.channels, .x_pixel = b.channels, .y_pixel = f, .adds = adds };

	for (int i = 0; i < PLANES; i++, v += plane(TILES_TOGETHER, b.channels), u += plane((size_t)b.channels, b.filters), m += plane(TILES_TOGETHER, f))
		for (int k = 0; k < b.filters; k += mul.w_tap) {
			const struct panel *p = panel_within(b.filters - k < FILTERS ? b.filters - k : FILTERS);
			mul.w_tap = p->width;
			p->mul(&mul, some, v, u + (size_t)k * (size_t)b.channels, none, m + f0 + k, p->width);
		}
}

/* what tiles t0 .. t0 + TILES_TOGETHER - 1 take up of images x (n, size), `tiles` in each */
static void
fetch(int n, size_t size, size_t tiles, size_t t0, const float *x)
{
	const size_t all = (size_t)n * size, end = (t0 + TILES_TOGETHER) * size / tiles;

	for (size_t i = t0 * size / tiles; i < end && i < all; i += 16)
		__builtin_prefetch(x + i, 0, 2);
}

/* y (n, oh, ow, f) of x (n, h, w, c) */
static void
convolve(const struct conv *g, int n, const float *x, const float *w, bool turned, const float *b, bool relu, float *y,
                float *scratch)
{
	const int across = (g->ow + TILE - 1) / TILE, tiles = across * ((g->oh + TILE - 1) / TILE);
	const size_t in = (size_t)g->h * g->w * g->c, out = (size_t)g->oh * g->ow * g->f, all = (size_t)n * (size_t)tiles;
	const struct kernel_block most = block_of(g->c, g->f);
	const bool whole = most.channels == g->c && most.filters == g->f;
	float *const v = scratch, *const m = v + PLANES * plane(TILES_TOGETHER, most.channels), *const u = m + PLANES * plane(TILES_TOGETHER, g->f);
	float *const room = u + PLANES * plane((size_t)most.channels, most.filters);

	for (size_t t0 = 0; t0 < all; t0 += TILES_TOGETHER) {
		const int some = all - t0 < TILES_TOGETHER ? (int)(all - t0) : TILES_TOGETHER;
		for (int k0 = 0; k0 < g->c; k0 += most.channels) {
			struct kernel_block here = { g->c - k0 < most.channels ? g->c - k0 : most.channels, 0 };
			transform_tiles(g, t0, some, x, k0, here.channels, plane(TILES_TOGETHER, here.channels), v);
			if (k0 == 0) { /* memory has the time of the products to bring what the next transforms need */
				fetch(n, in, (size_t)tiles, t0 + TILES_TOGETHER, x);
				fetch(n, out, (size_t)tiles, t0, y);
			}
			for (int f0 = 0; f0 < g->f; f0 += most.filters) {
				here.filters = g->f - f0 < most.filters ? g->f - f0 : most.filters;
				if (t0 == 0 || !whole)
					transform_block(g, turned, here, k0, f0, w, room, u);
				multiply_block(here, some, g->f, f0, k0 > 0, v, u, m);
			}
		}
		for (int t = 0; t < some; t++) {
			const size_t i = (t0 + (size_t)t) / (size_t)tiles;
			const int tile = (int)((t0 + (size_t)t) % (size_t)tiles);
			transform_back(g->oh, g->ow, g->f, tile / across * TILE, tile % across * TILE, m + (size_t)t * (size_t)g->f, b,
				relu, y + i * out);
		}
	}
}

void
winograd_f4_y(const struct conv *g, int n, const float *x, const float *w, const float *b, bool relu, float *y, float *scratch)
{
	convolve(g, n, x, w, false, b, relu, y, scratch);
}

/* A convolution of dy: the kernel is turned around, its inputs in the place of its filters. */
void
winograd_f4_dx(const struct conv *g, int n, const float *dy, const float *w, float *dx, float *scratch)
{
	const struct conv back = { .h = g->oh, .w = g->ow, .c = g->f, .top = 2 - g->top, .left = 2 - g->left, .oh = g->h,
		.ow = g->w, .f = g->c };

	convolve(&back, n, dy, w, true, NULL, false, dx, scratch);
}

/* the tile of dy (oh, ow, f) whose first pixel is (y0, x0), to row 0 of PLANES matrices `pitch` numbers apart */
static void
transform_gradient(int oh, int ow, int f, int y0, int x0, const float *dy, size_t pitch, float *m)
{
	for (int next = 0; next < f; next += WIDEST) {
		const int k = vector_at(next, f);
		VEC rows[POINTS * TILE];
		UNROLL
		for (int j = 0; j < TILE; j++) {
			VEC column[TILE];
			UNROLL
			for (int i = 0; i < TILE; i++)
				column[i] = y0 + i < oh && x0 + j < ow ? VLOAD(dy + ((ptrdiff_t)(y0 + i) * ow + x0 + j) * f + k) : (VEC){ 0 };
			points_of_pixels(column, rows + j, TILE);
		}
		UNROLL
		for (int i = 0; i < POINTS; i++) {
			VEC all[POINTS];
			points_of_pixels(rows + TILE * i, all, 1);
			UNROLL
			for (int j = 0; j < POINTS; j++)
				VSTORE(m + (size_t)(POINTS * i + j) * pitch + k, all[j]);
		}
	}
}

/* dw (3, 3, c, f) += PLANES matrices (c, f), transformed back */
static void
add_kernel(int c, int f, const float *u, float *dw)
{
	const size_t pitch = plane((size_t)c, f), tap = (size_t)c * (size_t)f;

	for (size_t k = 0; k < tap; k += WIDEST) {
		VEC half[3 * POINTS], all[9];
		UNROLL
		for (int j = 0; j < POINTS; j++) {
			VEC column[POINTS];
			UNROLL
			for (int i = 0; i < POINTS; i++)
				column[i] = VLOAD(u + (size_t)(POINTS * i + j) * pitch + k);
			kernel_of_points(column, half + j, POINTS);
		}
		UNROLL
		for (int i = 0; i < 3; i++)
			kernel_of_points(half + POINTS * i, all + 3 * i, 1);
		UNROLL
		for (int i = 0; i < 9; i++)
			VSTORE(dw + i * tap + k, VLOAD(dw + i * tap + k) + all[i]);
	}
}

/* All tiles of all images are summed before the transform back. */
void
winograd_f4_dw(const struct conv *g, int n, const float *x, const float *dy, float *dw, float *scratch)
{
	const int across = (g->ow + TILE - 1) / TILE, tiles = across * ((g->oh + TILE - 1) / TILE), room = dw_tiles(g);
	const size_t out = (size_t)g->oh * g->ow * g->f, all = (size_t)n * (size_t)tiles;
	const size_t u_plane = plane((size_t)g->c, g->f), v_plane = plane((size_t)room, g->c), m_plane = plane((size_t)room, g->f);
	float *const u = scratch, *const v = u + PLANES * u_plane, *const m = v + PLANES * v_plane;

	for (size_t t0 = 0; t0 < all; t0 += (size_t)room) {
		const int some = all - t0 < (size_t)room ? (int)(all - t0) : room;
		const struct outer o = { .rows = 1, .pixels = some, .x_pixel = g->c, .dy_pixel = g->f, .dw_tap = g->f, .adds = t0 > 0 };
		transform_tiles(g, t0, some, x, 0, g->c, v_plane, v);
		for (int t = 0; t < some; t++) {
			const size_t i = (t0 + (size_t)t) / (size_t)tiles;
			const int tile = (int)((t0 + (size_t)t) % (size_t)tiles);
			transform_gradient(g->oh, g->ow, g->f, tile / across * TILE, tile % across * TILE, dy + i * out, m_plane,
				m + (size_t)t * (size_t)g->f);
		}
		for (int i = 0; i < PLANES; i++)
			for (int f0 = 0; f0 < g->f;) {
				const struct panel *p = panel_within(g->f - f0 < 2 * WIDEST ? g->f - f0 : 2 * WIDEST);
				p->outer(&o, g->c, v + (size_t)i * v_plane, m + (size_t)i * m_plane + f0, u + (size_t)i * u_plane + f0,
					p->width);
				f0 += p->width;
			}
	}
	add_kernel(g->c, g->f, u, dw);
}
