/* Convolution: which of the ways fits a shape, and the general one, the loops of products.h over padded images. */
#include <string.h>

#include "kern/both/before_pool.h"
#include "kern/isa.h"
#include "kern/order.h"
#include "kern/simd/columns.h"
#include "kern/simd/few_channels.h"
#include "kern/simd/images.h"
#include "kern/simd/packed.h"
#include "kern/simd/phases.h"
#include "kern/simd/products.h"
#include "kern/simd/winograd_f2.h"
#include "kern/simd/winograd_f4.h"

/* Forward, image by image: how images and the kernel are laid out, and where. */
struct forward {
	const struct conv *g;
	struct padding p;
	enum layout { PIXELS, PLANES_OF_ROWS, POINTS_OF_ROWS } layout;
	struct mul mul;       /* PIXELS */
	struct few_channels planes;
	struct winograd_f2 points;
	const float *b, *x;   /* x: the image */
	const float *next;    /* the image after it */
	size_t ahead;         /* numbers of that, 0 after the last one */
	float *image, *packed;
};

static enum layout
layout_of(const struct conv *g)
{
	return winograd_f2_fits(g) ? POINTS_OF_ROWS : few_channels_fits(g) ? PLANES_OF_ROWS : PIXELS;
}

static struct padding
padding_forward(const struct conv *g)
{
	const enum layout layout = layout_of(g);
	struct padding p = padding_x(g);

	if (layout == PIXELS)
		return p;
	p.row = (size_t)p.pw;
	p.image = align((size_t)p.ph * p.row * g->c);
	if (layout == POINTS_OF_ROWS) {
		p.image = winograd_f2_image(g);
		p.pack = winograd_f2_pack(g);
	}
	return p;
}

size_t
SET(conv_scratch_size)(const struct conv *g)
{
	const struct padding y = padding_forward(g), x = padding_x(g);
	const size_t forward = y.image + y.pack, weights = x.image + x.dy, backward = phases_scratch(g);
	const size_t most = forward > weights ? forward : weights, direct = most > backward ? most : backward;
	const size_t tiles = winograd_f4_fits(g) ? winograd_f4_scratch(g) : 0;

	return (direct > tiles ? direct : tiles) * sizeof(float);
}

static void
prepare(struct forward *r, const struct conv *g, const float *w, const float *b, bool relu, float *scratch)
{
	r->g = g;
	r->p = padding_forward(g);
	r->layout = layout_of(g);
	r->b = b;
	r->image = scratch;
	r->packed = r->image + r->p.image;
	memset(r->image, 0, r->p.image * sizeof *r->image);
	switch (r->layout) {
	case POINTS_OF_ROWS:
		winograd_f2_prepare(&r->points, g, w, b, relu, r->packed);
		break;
	case PLANES_OF_ROWS:
		few_channels_prepare(&r->planes, g, &r->p, w, b, relu, r->packed);
		break;
	default:
		r->mul = (struct mul){ .rows = g->kh, .taps = g->kw * g->c, .x_row = (ptrdiff_t)r->p.row,
			.x_pixel = (ptrdiff_t)g->sw * g->c, .y_pixel = g->f, .relu = relu };
		pack_kernel(g, w, r->packed);
	}
}

/* Image i of n. */
static void
lay_out(struct forward *r, int i, int n, const float *x)
{
	const size_t size = (size_t)r->g->h * r->g->w * r->g->c;

	x += (size_t)i * size;
	r->x = r->image;
	r->points.pairs = 0;
	if (r->layout == PIXELS)
		r->x = pad(r->g, &r->p, x, r->image);
	else
		pad_planes(r->g, &r->p, x, r->image);
	r->next = x + size;
	r->ahead = i + 1 < n ? size : 0;
}

/* The next image is fetched ahead while the products of this one are computed: here the part for some rows of the output. */
static void
fetch_ahead(const struct forward *r, int row, int rows)
{
	const size_t oh = (size_t)r->g->oh, from = r->ahead * (size_t)row / oh, to = r->ahead * (size_t)(row + rows) / oh;

	for (size_t k = from; k < to; k += 16)
		__builtin_prefetch(r->next + k, 0, 2);
}

/* y (rows, ow, f), from row oy of the output on */
static void
forward_rows(struct forward *r, int oy, int rows, float *y)
{
	const struct conv *g = r->g;
	const ptrdiff_t down = (ptrdiff_t)r->p.row * g->sh;
	const float *const x = r->x + oy * down;

	if (r->layout == POINTS_OF_ROWS)
		winograd_f2_rows(&r->points, oy, rows, r->image, y);
	else if (r->layout == PLANES_OF_ROWS)
		for (int i = 0; i < rows; i++)
			few_channels_row(&r->planes, g->ow, x + i * down, y + (ptrdiff_t)i * g->ow * g->f);
	else
		mul_image(r->mul, rows, g->ow, g->f, down, (ptrdiff_t)g->ow * g->f, x, r->packed, r->b, y);
}

size_t
SET(conv_points_size)(const struct conv *g, bool back)
{
	return winograd_f4_fits(g) ? winograd_f4_points_size(g, back) * sizeof(float) : 0;
}

void
SET(conv_points)(const struct conv *g, bool back, int part, int parts, const float *w, void *points)
{
	if (winograd_f4_fits(g))
		winograd_f4_points(g, back, part, parts, w, points);
}

void
SET(conv_y)(const struct conv *g, int n, const float *x, const float *w, const void *points, const float *b, bool relu, float *y,
            void *scratch)
{
	struct forward r;

	if (winograd_f4_fits(g)) {
		winograd_f4_y(g, n, x, w, points, b, relu, y, scratch);
		return;
	}
	prepare(&r, g, w, b, relu, scratch);
	for (int i = 0; i < n; i++) {
		lay_out(&r, i, n, x);
		fetch_ahead(&r, 0, g->oh);
		forward_rows(&r, 0, g->oh, y + (size_t)i * g->oh * g->ow * g->f);
	}
}

void
SET(conv_dx)(const struct conv *g, int n, const float *dy, const float *w, const void *points, float *dx, void *scratch)
{
	if (winograd_f4_fits(g))
		winograd_f4_dx(g, n, dy, w, points, dx, scratch);
	else
		phases_dx(g, n, dy, w, dx, scratch);
}

void
SET(conv_dw)(const struct conv *g, int n, const float *x, const float *dy, float *dw, float *db, void *scratch)
{
	const struct padding p = padding_x(g);
	const size_t pixels = (size_t)g->oh * g->ow;
	float *const image = scratch, *const wide = image + p.image;
	const int pitch = p.dy ? padded(g->f) : g->f;
	const struct outer m = { .rows = g->oh, .pixels = g->ow, .x_row = (ptrdiff_t)p.row * g->sh,
		.x_pixel = (ptrdiff_t)g->sw * g->c, .dy_pixel = pitch, .dw_tap = g->f, .adds = true };

	if (winograd_f4_fits(g)) {
		if (db)
			for (int i = 0; i < n; i++)
				add_columns(pixels, (size_t)g->f, g->f, dy + (size_t)i * pixels * g->f, db);
		winograd_f4_dw(g, n, x, dy, dw, scratch);
		return;
	}
	memset(image, 0, p.image * sizeof *image);
	for (int i = 0; i < n; i++, dy += pixels * g->f) {
		const float *const from = pad(g, &p, x + (size_t)i * g->h * g->w * g->c, image);
		if (p.dy)
			pack_panel(pixels, g->f, 0, pitch, dy, wide);
		for (int f0 = 0; f0 < g->f;) {
			const struct panel *panel = panel_over(g->f - f0);
			const int keep = g->f - f0 < panel->width ? g->f - f0 : panel->width;
			for (int ky = 0; ky < g->kh; ky++)
				panel->outer_packed(&m, g->kw * g->c, from + ky * p.row, (p.dy ? wide : dy) + f0,
					dw + (size_t)ky * g->kw * g->c * g->f + f0, keep);
			f0 += panel->width;
		}
		if (db) /* last: dy was fetched ahead during the multiplications */
			add_columns(pixels, (size_t)g->f, g->f, dy, db);
	}
}

/* ---- with the pool after it: the rows that a row of windows covers are convolved, and their largest numbers taken while they are
 * in the cache ---- */

size_t
SET(conv_pool_scratch_size)(const struct conv *g, const struct pool *q)
{
	const struct padding p = padding_forward(g);

	return (p.image + p.pack + (size_t)q->ph * g->ow * g->f + before_pool_room(q)) * sizeof(float);
}

/* row oy of the pool's output, of image i; rows (ph, ow, f) is room for its input, and what is after it for before_pool_row */
static void
pooled_row(struct forward *r, const struct pool *q, const struct before_pool *f, int i, int oy, float *rows, float *y, int32_t *at,
           float *inside)
{
	const bool by_two = q->ph == 2 && q->pw == 2 && q->ow == r->g->ow / 2;
	const ptrdiff_t below = (ptrdiff_t)r->p.row * r->g->sh;
	const size_t row = (size_t)r->g->ow * (size_t)r->g->f;

	fetch_ahead(r, oy * q->ph, q->ph);
	if (by_two && r->layout == POINTS_OF_ROWS)
		winograd_f2_pool_row(&r->points, f, i, oy * 2, r->image, y, at, inside);
	else if (by_two && r->layout == PLANES_OF_ROWS && !f->kept && !f->scale && !before_pool_acts(f))
		few_channels_pool_row(&r->planes, q, oy, r->x + oy * q->ph * below, below, y, at);
	else {
		forward_rows(r, oy * q->ph, q->ph, rows);
		before_pool_row(q, f, i, oy, rows, rows + (size_t)q->ph * row, y, at, inside);
	}
}

void
SET(conv_pool_y)(const struct conv *g, const struct pool *q, int n, const float *x, const float *w, const float *b,
                 const struct before_pool *f, float *y, int32_t *at, float *inside, void *scratch)
{
	const size_t out = (size_t)q->ow * g->f;
	struct forward r;

	prepare(&r, g, w, b, before_pool_relu(f), scratch);
	for (int i = 0; i < n; i++) {
		lay_out(&r, i, n, x);
		for (int oy = 0; oy < q->oh; oy++, y += out, at += at ? out : 0, inside += inside ? out : 0)
			pooled_row(&r, q, f, i, oy, r.packed + r.p.pack, y, at, inside);
	}
}
