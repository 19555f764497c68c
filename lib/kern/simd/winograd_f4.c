/* Winograd's F(4x4, 3x3), forward and to the input. Some tiles at a time become points; then, one block of filters after the other, these
 * are multiplied with the kernel's and transformed back. */
#include "kern/simd/winograd_f4.h"

#include <string.h>

#include "kern/order.h"
#include "kern/simd/transpose.h"
#include "kern/simd/winograd_f4_points.h"
#include "kern/simd/winograd_f4_tiles.h"

/* Tiles at a time; fewer, where then all their points stay in the second cache. No sum depends on it. Rows of a kernel are fetched so many
 * before they are used. */
enum { TILES = 48, FEWER_TILES = WIDEST >= 16 ? TILES : 24, CHANNELS_OF_FEWER = 128, CHANNELS_AHEAD = 8 };

/* Channels whose products are summed in one go. */
static int
channels_together(const struct conv *g)
{
	return winograd_f4_large(g) && g->c > CHANNELS_TOGETHER ? CHANNELS_TOGETHER : g->c;
}

/* Where those of channel k0 begin, in blocks of PLANES matrices of channels_together by `each`; k0 is the first of a block, or c. */
static size_t
channels_at(const struct conv *g, int k0, int each)
{
	const int together = channels_together(g), rest = k0 % together;

	return PLANES * ((size_t)(k0 / together) * plane((size_t)together, each) + (rest ? plane((size_t)rest, each) : 0));
}

/* floats for a convolution */
static size_t
images_scratch(const struct conv *g)
{
	const int channels = channels_together(g), filters = winograd_f4_large(g) ? BLOCK_FILTERS : g->f;

	return channels_at(g, g->c, TILES) +
	       PLANES * (plane(TILES, min(g->f, BLOCK_FILTERS)) + plane((size_t)channels, filters));
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
				store_points(fill, TILE, all, u_pitch, u + (size_t)(POINTS * y) * u_pitch + j);
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

/* The points of `filters` filters from f0 on, panel after panel; part of `parts` parts of them. */
static void
transform_panels(const struct conv *g, bool turned, int k0, int channels, int f0, int filters, int part, int parts, const float *w, float *u)
{
	for (int f = 0, width, number = 0; f < filters; f += width, number++) {
		width = filters_panel(filters - f)->width;
		if (number % parts == part)
			transform_kernel(g, turned, k0, channels, f0 + f, width, w, plane((size_t)channels, filters), u + (size_t)f * channels);
	}
}

static void
transform_part(const struct conv *g, bool turned, int part, int parts, const float *w, float *points)
{
	for (int k0 = 0, channels; k0 < g->c; k0 += channels) {
		channels = min(g->c - k0, channels_together(g));
		transform_panels(g, turned, k0, channels, 0, g->f, part, parts, w, points + channels_at(g, k0, g->f));
	}
}

size_t
winograd_f4_points_size(const struct conv *g, bool back)
{
	const struct conv here = back ? turned_around(g) : *g;

	return channels_at(&here, here.c, here.f);
}

void
winograd_f4_points(const struct conv *g, bool back, int part, int parts, const float *w, float *points)
{
	const struct conv here = back ? turned_around(g) : *g;

	transform_part(&here, back, part, parts, w, points);
}

/* ---- the products ---- */

/* What a convolution reads and writes, and its room. */
struct operands {
	const struct conv *g;
	bool turned;                 /* the kernel is */
	const float *x, *w, *points; /* the kernel's points; NULL: only the kernel is there */
	float *v, *m, *u;
	int tiles; /* at a time */
};

/* What memory can bring while the products are computed: so many numbers at x and at y, which are read and written after them. */
struct ahead {
	const float *x, *y;
	size_t read, written;
};

/* part of `parts` parts */
static void
fetch(const float *from, size_t numbers, size_t part, size_t parts)
{
	for (size_t i = numbers * part / parts; i < numbers * (part + 1) / parts; i += 16)
		__builtin_prefetch(from + i, 0, 2);
}

/* m (PLANES, tiles, filters) = or += v (PLANES, tiles, channels) . u (PLANES, channels, filters), whose planes are u_pitch apart; fetches
 * ahead part `part` of `parts` */
static void
multiply(const struct operands *r, const struct tiles *t, int channels, int filters, bool adds, const float *v, size_t u_pitch, const float *u,
         const struct ahead *a, int part, int parts)
{
	const float none[FILTERS] = { 0 };
	struct mul mul = { .rows = 1, .taps = channels, .x_pixel = channels, .y_pixel = filters, .adds = adds };
	const size_t pitch = plane((size_t)r->tiles, channels), all = (size_t)parts * PLANES;
	float *m = r->m;

	for (int i = 0; i < PLANES; i++, v += pitch, u += u_pitch, m += plane((size_t)r->tiles, filters)) {
		const size_t now = (size_t)part * PLANES + (size_t)i;
		fetch(a->x, a->read, now, all);
		fetch(a->y, a->written, now, all);
		int first;
		const int some = tiles_with(t, i, &first);
		for (int k = 0; k < filters; k += (int)mul.w_tap) {
			const struct panel *p = filters_panel(filters - k);
			mul.w_tap = p->width;
			p->mul(&mul, some, v + (size_t)first * (size_t)channels, u + (size_t)k * (size_t)channels, none, m + first * filters + k, p->width);
		}
	}
}

/* m = the points of the tiles times those of the kernel, of its filters from f0 on; where the kernel has none yet, they are made. */
static void
multiply_block(const struct operands *r, const struct tiles *t, int f0, int filters, const struct ahead *a)
{
	const struct conv *g = r->g;
	const int rounds = (g->c + channels_together(g) - 1) / channels_together(g), blocks = (g->f + BLOCK_FILTERS - 1) / BLOCK_FILTERS * rounds;
	int block = f0 / BLOCK_FILTERS * rounds;

	for (int k0 = 0, channels; k0 < g->c; k0 += channels) {
		channels = min(g->c - k0, channels_together(g));
		const float *u = r->u;
		if (r->points)
			u = r->points + channels_at(g, k0, g->f) + (size_t)f0 * (size_t)channels;
		else
			transform_panels(g, r->turned, k0, channels, f0, filters, 0, 1, r->w, r->u);
		multiply(r, t, channels, filters, k0 > 0, r->v + channels_at(g, k0, r->tiles), plane((size_t)channels, r->points ? g->f : filters), u,
			a, block++, blocks);
	}
}

/* Down the columns of a tile's points, of PLANES numbers at m `pitch` apart. */
ALWAYS void
back_down_columns(const int rows, int columns, bool fill, size_t pitch, const float *m, VEC half[TILE * POINTS])
{
	for (int j = 0; j < POINTS; j++) {
		VEC column[POINTS];
		if (!winograd_f4_has_point(columns, j))
			continue;
		load_points(fill, rows, m + (size_t)j * pitch, POINTS * pitch, column);
		pixels_of_points(rows, column, half + j, POINTS);
	}
}

/* Along the rows, to pixels of y, rows and pixels so many numbers apart. */
ALWAYS void
back_along_rows(int rows, const int columns, bool fill, const VEC half[TILE * POINTS], VEC bias, bool relu, size_t row, size_t pixel, float *y)
{
	for (int i = 0; i < rows; i++) {
		VEC all[TILE];
		pixels_of_points(columns, half + POINTS * i, all, 1);
		UNROLL
		for (int j = 0; j < columns; j++) {
			const VEC one = all[j] + bias;
			store_part(fill, y + (size_t)i * row + (size_t)j * pixel, relu ? WIDE(positive)(one) : one);
		}
	}
}

/* a line of each pixel of a tile that will be written next */
ALWAYS void
fetch_to_write(struct tile_place p, size_t row, size_t pixel, const float *y)
{
	for (int i = 0; i < p.rows; i++)
		for (int j = 0; j < p.columns; j++)
			__builtin_prefetch(y + (size_t)i * row + (size_t)j * pixel, 1);
}

/* back: row 0 of PLANES matrices (tiles, filters) `pitch` apart to the tile at p of y (n, oh, ow, f) */
static void
transform_back(const struct conv *g, struct tile_place p, int filters, size_t pitch, const float *m, const float *b, bool relu, float *y)
{
	const size_t f = (size_t)g->f, row = (size_t)g->ow * f; /* locals: stores may alias what g points to */

	y += p.image * (size_t)g->oh * row + (size_t)p.y0 * row + (size_t)p.x0 * f;
	for (int k = 0; k < filters; k += WIDEST) {
		const bool fill = fill_vector(filters - k);
		const VEC bias = b ? load_part(fill, b + k) : (VEC){ 0 };
		if (k % LINE == 0)
			fetch_to_write(p, row, f, y + k + LINE);
		VEC half[TILE * POINTS];
#define BACK_DOWN(rows) back_down_columns(rows, p.columns, fill, pitch, m + k, half)
#define BACK_ALONG(columns) back_along_rows(p.rows, columns, fill, half, bias, relu, row, f, y + k)
		BY_SIDE(p.rows, BACK_DOWN)
		BY_SIDE(p.columns, BACK_ALONG)
	}
}

/* What `some` tiles from t0 on take up of n images of `size` numbers, `tiles` in each: from which number on, and how many. */
static size_t
part_of_images(int n, size_t size, size_t tiles, size_t t0, size_t some, size_t *numbers)
{
	const size_t all = (size_t)n * tiles, from = t0 < all ? t0 : all, end = all - from < some ? all : from + some;

	*numbers = (end - from) * size / tiles;
	return from * size / tiles;
}

/* y (n, oh, ow, f), of these tiles */
static void
convolve_tiles(const struct operands *r, const struct tiles *t, const float *b, bool relu, const struct ahead *a, float *y)
{
	const struct conv *g = r->g;

	for (int k0 = 0, channels; k0 < g->c; k0 += channels) {
		channels = min(g->c - k0, channels_together(g));
		winograd_f4_tiles(g, t, r->x, k0, channels, channels, plane((size_t)r->tiles, channels), r->v + channels_at(g, k0, r->tiles));
	}
	for (int f0 = 0, filters; f0 < g->f; f0 += filters) {
		filters = min(g->f - f0, BLOCK_FILTERS);
		multiply_block(r, t, f0, filters, a);
		for (int i = 0; i < t->some; i++)
			transform_back(g, t->place[i], filters, plane((size_t)r->tiles, filters), r->m + i * filters, b ? b + f0 : NULL, relu, y + f0);
	}
}

/* y (n, oh, ow, f) of x (n, h, w, c) */
static void
convolve(struct operands r, int n, const float *b, bool relu, float *y, float *scratch)
{
	const struct conv *g = r.g;
	const size_t in = (size_t)g->h * g->w * g->c, out = (size_t)g->oh * g->ow * g->f, tiles = (size_t)tiles_of(g), all = (size_t)n * tiles;

	r.v = scratch;
	r.m = r.v + channels_at(g, g->c, TILES);
	r.u = r.m + PLANES * plane(TILES, min(g->f, BLOCK_FILTERS));
	if (!r.points && !winograd_f4_large(g)) {
		transform_part(g, r.turned, 0, 1, r.w, r.u);
		r.points = r.u;
	}
	r.tiles = r.points && g->c <= CHANNELS_OF_FEWER ? FEWER_TILES : TILES;
	for (size_t t0 = 0, room = (size_t)r.tiles; t0 < all; t0 += room) {
		struct ahead a;
		struct tiles t;
		a.x = r.x + part_of_images(n, in, tiles, t0 + room, room, &a.read);
		a.y = y + part_of_images(n, out, tiles, t0, room, &a.written);
		tiles_from(g, t0, all - t0 < room ? (int)(all - t0) : r.tiles, &t);
		convolve_tiles(&r, &t, b, relu, &a, y);
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
