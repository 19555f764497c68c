/* Winograd's F(4x4, 3x3), forward and to the input. */
#include "kern/simd/winograd_f4.h"

#include <string.h>

#include "kern/order.h"
#include "kern/simd/transpose.h"
#include "kern/simd/winograd_f4_points.h"
#include "kern/simd/winograd_f4_tiles.h"

enum { TILES = 48, CHANNELS_AHEAD = 8 }; /* at a time: no sum depends on it; rows of a kernel are fetched so many before they are used */

/* Channels whose products are summed in one go. */
static int
channels_together(const struct conv *g)
{
	return winograd_f4_large(g) && g->c > CHANNELS_TOGETHER ? CHANNELS_TOGETHER : g->c;
}

/* floats for a convolution */
static size_t
images_scratch(const struct conv *g)
{
	const int channels = channels_together(g), filters = winograd_f4_large(g) ? FILTERS : g->f;

	return PLANES * (plane(TILES, channels) + plane(TILES, g->f) + plane((size_t)channels, filters));
}

/* The convolution of dy that gives dx: the kernel is turned around, its inputs in the place of its filters. */
static struct conv
turned_around(const struct conv *g)
{
	return (struct conv){ .h = g->oh, .w = g->ow, .c = g->f, .top = 2 - g->top, .left = 2 - g->left, .oh = g->h, .ow = g->w, .f = g->c };
}

size_t
winograd_f4_scratch(const struct conv *g)
{
	const struct conv back = turned_around(g);
	const size_t y = images_scratch(g), dx = images_scratch(&back), dw = winograd_f4_dw_scratch(g);

	return y > dx && y > dw ? y : dx > dw ? dx : dw;
}

/* ---- the kernel ---- */

/* `width` filters of `channels` channels, taps and channels apart by their pitches, to PLANES matrices (channels, width) */
static void
transform_panel(int channels, int width, size_t tap, size_t pitch, const float *w, size_t u_pitch, float *u)
{
	for (int k = 0; k < channels; k++, w += pitch, u += width) {
		for (int t = 0; t < 9; t++) /* rows lie far apart */
			__builtin_prefetch((const void *)((uintptr_t)(w + (size_t)t * tap) + CHANNELS_AHEAD * sizeof *w * pitch));
		for (int j = 0; j < width; j += WIDEST) {
			const bool fill = fill_vector(width - j);
			const float *const from = w + j;
			VEC rows[POINTS * 3];
			UNROLL
			for (int x = 0; x < 3; x++) {
				const VEC column[3] = { load_part(fill, from + x * tap), load_part(fill, from + (3 + x) * tap),
					load_part(fill, from + (6 + x) * tap) };
				kernel_points(column, rows + x, 3);
			}
			UNROLL
			for (int y = 0; y < POINTS; y++) {
				VEC all[POINTS];
				kernel_points(rows + 3 * y, all, 1);
				store_points(fill, all, u_pitch, u + (size_t)(POINTS * y) * u_pitch + j);
			}
		}
	}
}

/* The same of a kernel w (3, 3, filters, channels) seen from the other side. */
static void
transform_turned_panel(int channels, int width, size_t tap, size_t pitch, const float *w, size_t u_pitch, float *u)
{
	enum { SOME = 32 };
	float room[9 * SOME * FILTERS];

	for (int k = 0, some; k < channels; k += some) {
		some = channels - k < SOME ? channels - k : SOME;
		const size_t small = (size_t)some * (size_t)width;
		for (size_t t = 0; t < 9; t++)
			transpose(width, some, pitch, w + t * tap + k, (size_t)width, room + (8 - t) * small);
		transform_panel(some, width, small, (size_t)width, room, u_pitch, u + (size_t)k * (size_t)width);
	}
}

/* The points of a panel of filters, of channels from k0 on. */
static void
transform_kernel(const struct conv *g, bool turned, int k0, int channels, int f0, int width, const float *w, size_t pitch, float *u)
{
	const size_t tap = (size_t)g->c * (size_t)g->f;

	if (turned)
		transform_turned_panel(channels, width, tap, (size_t)g->c, w + (size_t)f0 * g->c + k0, pitch, u);
	else
		transform_panel(channels, width, tap, (size_t)g->f, w + (size_t)k0 * g->f + f0, pitch, u);
}

/* Where the points of the channels from k0 on begin: before them are those of k0 channels, in blocks of `together`. */
static size_t
points_at(const struct conv *g, int k0)
{
	const int together = channels_together(g);

	return (size_t)(k0 / together) * PLANES * plane((size_t)together, g->f) + PLANES * (k0 % together ? plane((size_t)(k0 % together), g->f) : 0);
}

static void
transform_part(const struct conv *g, bool turned, int part, int parts, const float *w, float *points)
{
	int number = 0;

	for (int k0 = 0, channels; k0 < g->c; k0 += channels) {
		channels = min(g->c - k0, channels_together(g));
		for (int f0 = 0, width; f0 < g->f; f0 += width) {
			width = filters_panel(g->f - f0)->width;
			if (number++ % parts == part)
				transform_kernel(g, turned, k0, channels, f0, width, w, plane((size_t)channels, g->f),
					points + points_at(g, k0) + (size_t)f0 * channels);
		}
	}
}

size_t
winograd_f4_points_size(const struct conv *g, bool back)
{
	const struct conv here = back ? turned_around(g) : *g;

	return points_at(&here, here.c);
}

void
winograd_f4_points(const struct conv *g, bool back, int part, int parts, const float *w, float *points)
{
	const struct conv here = back ? turned_around(g) : *g;

	transform_part(&here, back, part, parts, w, points);
}

/* ---- the products ---- */

/* What memory can bring while the products are computed: so many numbers at x and at y, which are read and written after them. */
struct ahead {
	const float *x, *y;
	size_t read, written;
};

/* part of PLANES parts */
static void
fetch(const float *from, size_t numbers, size_t part)
{
	for (size_t i = numbers * part / PLANES; i < numbers * (part + 1) / PLANES; i += 16)
		__builtin_prefetch(from + i, 0, 2);
}

/* m (PLANES, some, f) = or += v (PLANES, some, channels) . u (PLANES, channels, f1 - f0), of filters f0..f1-1 */
static void
multiply(const struct conv *g, int some, int channels, int f0, int f1, bool adds, const float *v, const float *u, float *m, const struct ahead *a)
{
	const float none[FILTERS] = { 0 };
	struct mul mul = { .rows = 1, .taps = channels, .x_pixel = channels, .y_pixel = g->f, .adds = adds };

	for (int i = 0; i < PLANES; i++, v += plane(TILES, channels), u += plane((size_t)channels, f1 - f0), m += plane(TILES, g->f)) {
		fetch(a->x, a->read, (size_t)i);
		fetch(a->y, a->written, (size_t)i);
		for (int k = f0; k < f1; k += (int)mul.w_tap) {
			const struct panel *p = filters_panel(f1 - k);
			mul.w_tap = p->width;
			p->mul(&mul, some, v, u + (size_t)(k - f0) * (size_t)channels, none, m + k, p->width);
		}
	}
}

/* back: row 0 of PLANES matrices (TILES, f) to the pixels at p of y (oh, ow, f) */
static void
transform_back(const struct conv *g, struct tile_place p, const float *m, const float *b, bool relu, float *y)
{
	const size_t pitch = plane(TILES, g->f), f = (size_t)g->f, row = (size_t)g->ow * f; /* locals: stores may alias what g points to */
	const int filters = g->f;
	const int rows = g->oh - p.y0 < TILE ? g->oh - p.y0 : TILE, columns = g->ow - p.x0 < TILE ? g->ow - p.x0 : TILE;

	y += (size_t)p.y0 * row + (size_t)p.x0 * f;
	for (int k = 0; k < filters; k += WIDEST) {
		const bool fill = fill_vector(filters - k);
		const VEC bias = b ? load_part(fill, b + k) : (VEC){ 0 };
		VEC half[TILE * POINTS], all[TILE * TILE];
		UNROLL
		for (int j = 0; j < POINTS; j++) {
			VEC column[POINTS];
			load_points(fill, m + (size_t)j * pitch + k, POINTS * pitch, column);
			pixels_of_points(column, half + j, POINTS);
		}
		UNROLL
		for (int i = 0; i < TILE; i++)
			pixels_of_points(half + POINTS * i, all + TILE * i, 1);
		for (int i = 0; i < rows; i++)
			for (int j = 0; j < columns; j++) {
				const VEC one = all[TILE * i + j] + bias;
				store_part(fill, y + (size_t)i * row + (size_t)j * f + k, relu ? WIDE(positive)(one) : one);
			}
	}
}

/* What tiles t0 .. t0 + TILES - 1 take up of n images of `size` numbers, `tiles` in each: from which number on, and how many. */
static size_t
part_of_images(int n, size_t size, size_t tiles, size_t t0, size_t *numbers)
{
	const size_t all = (size_t)n * tiles, from = t0 < all ? t0 : all, end = all - from < TILES ? all : from + TILES;

	*numbers = (end - from) * size / tiles;
	return from * size / tiles;
}

/* What a convolution reads, image after image, and its room. */
struct operands {
	const struct conv *g;
	bool turned;                  /* the kernel is */
	const float *x, *w, *points;  /* the kernel's points; NULL: only the kernel is there */
	float *v, *m, *u;
};

/* m = the points of tiles t0.. times those of the kernel, of channels k0..; where the kernel has none yet, panel by panel */
static void
multiply_tiles(const struct operands *r, size_t t0, int some, int k0, int channels, const struct ahead *a)
{
	const struct conv *g = r->g;

	winograd_f4_tiles(g, t0, some, r->x, k0, channels, channels, plane(TILES, channels), r->v);
	if (r->points) {
		multiply(g, some, channels, 0, g->f, k0 > 0, r->v, r->points + points_at(g, k0), r->m, a);
		return;
	}
	for (int f0 = 0, width; f0 < g->f; f0 += width) {
		width = filters_panel(g->f - f0)->width;
		transform_kernel(g, r->turned, k0, channels, f0, width, r->w, plane((size_t)channels, width), r->u);
		multiply(g, some, channels, f0, f0 + width, k0 > 0, r->v, r->u, r->m, f0 == 0 ? a : &(struct ahead){ 0 });
	}
}

/* y (n, oh, ow, f) of x (n, h, w, c) */
static void
convolve(struct operands r, int n, const float *b, bool relu, float *y, float *scratch)
{
	const struct conv *g = r.g;
	const size_t in = (size_t)g->h * g->w * g->c, out = (size_t)g->oh * g->ow * g->f, tiles = (size_t)tiles_of(g), all = (size_t)n * tiles;
	const int together = channels_together(g);

	r.v = scratch;
	r.m = r.v + PLANES * plane(TILES, together);
	r.u = r.m + PLANES * plane(TILES, g->f);
	if (!r.points && !winograd_f4_large(g)) {
		transform_part(g, r.turned, 0, 1, r.w, r.u);
		r.points = r.u;
	}
	for (size_t t0 = 0; t0 < all; t0 += TILES) {
		const int some = all - t0 < TILES ? (int)(all - t0) : TILES;
		struct ahead a;
		a.x = r.x + part_of_images(n, in, tiles, t0 + TILES, &a.read);
		a.y = y + part_of_images(n, out, tiles, t0, &a.written);
		for (int k0 = 0; k0 < g->c; k0 += together)
			multiply_tiles(&r, t0, some, k0, min(g->c - k0, together), &a);
		for (int t = 0; t < some; t++) {
			const struct tile_place p = place_of(g, t0 + (size_t)t);
			transform_back(g, p, r.m + (size_t)t * (size_t)g->f, b, relu, y + p.image * out);
		}
	}
}

void
winograd_f4_y(const struct conv *g, int n, const float *x, const float *w, const float *points, const float *b, bool relu, float *y,
              float *scratch)
{
	convolve((struct operands){ .g = g, .x = x, .w = w, .points = points }, n, b, relu, y, scratch);
}

void
winograd_f4_dx(const struct conv *g, int n, const float *dy, const float *w, const float *points, float *dx, float *scratch)
{
	const struct conv back = turned_around(g);

	convolve((struct operands){ .g = &back, .turned = true, .x = dy, .w = w, .points = points }, n, NULL, false, dx, scratch);
}
