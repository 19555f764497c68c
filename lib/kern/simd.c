/* Convolution and dense layers with vectors across filters (units). Both come down to two loops over registers, in
 * tile.h: `mul` (pixels x filters, summed over taps) and `outer` (taps x filters, summed over pixels). An image is
 * first copied into one with its padding around it: then the taps of a kernel's row are consecutive numbers for every
 * pixel, and strides are only a distance between pixels. */
#include "kern/set.h"

#include <math.h>
#include <string.h>

#include "kern/vec.h"

/* the widest vectors */
#define VEC_OF(width) v##width
#define VEC_OF2(width) VEC_OF(width)
#define VEC VEC_OF2(WIDEST)
#define VLOAD PASTE2(load, WIDEST)
#define VSTORE PASTE2(store, WIDEST)
#define VSPLAT PASTE2(splat, WIDEST)
#define VFMA PASTE2(fma, WIDEST)

struct mul {
	int rows, taps;                    /* kernel rows, and numbers in each */
	ptrdiff_t x_row, x_pixel, w_tap, y_pixel; /* distances in numbers */
	bool relu, adds;                   /* y = max(., 0); y += */
};

struct outer {
	int rows;
	ptrdiff_t pixels;                  /* in each row */
	ptrdiff_t x_row, x_pixel, dy_pixel, dw_tap;
	bool adds;
};

enum { AHEAD = 8 }; /* a kernel's taps are fetched so many before they are used */

#define W 1
#include "kern/tile.h"
#define W 4
#include "kern/tile.h"
#if WIDEST >= 8
#define W 8
#include "kern/tile.h"
#endif
#if WIDEST >= 16
#define W 16
#include "kern/tile.h"
#endif

#if WIDEST == 16
#include "kern/pairs.h"
#define W 16
#define G 2
#define WIDTH 8
#include "kern/group.h"
#define W 16
#define G 4
#define WIDTH 4
#include "kern/group.h"
#define EIGHT 2, mul_group_16_2, outer_pairs
#define FOUR 4, mul_group_16_4, outer_4_1
#elif WIDEST == 8
#define W 8
#define G 2
#define WIDTH 4
#include "kern/group.h"
#define EIGHT 1, mul_8_1, outer_8_1
#define FOUR 2, mul_group_8_2, outer_4_1
#else
#define FOUR 1, mul_4_1, outer_4_1
#endif

/* widths of a panel of filters, widest first */
typedef void mul_fn(const struct mul *m, int pixels, const float *x, const float *w, const float *b, float *y, int keep);
typedef void outer_fn(const struct outer *m, int taps, const float *x, const float *dy, float *dw, int keep);
static const struct panel {
	int width;
	mul_fn *mul;
	outer_fn *outer;
	/* for packed kernels: so many taps side by side, a row's taps filled up with zeros */
	int group;
	mul_fn *mul_packed;
	outer_fn *outer_packed;
} panels[] = {
#define PANEL(width, W, N) { width, mul_##W##_##N, outer_##W##_##N, 1, mul_##W##_##N, outer_##W##_##N }
#if WIDEST == 16
	PANEL(64, 16, 4),
	PANEL(32, 16, 2),
	PANEL(16, 16, 1),
#elif WIDEST == 8
	PANEL(32, 8, 4),
	PANEL(16, 8, 2),
#else
	PANEL(16, 4, 4),
	PANEL(8, 4, 2),
#endif
#if WIDEST >= 8
	{ 8, mul_8_1, outer_8_1, EIGHT },
#endif
	{ 4, mul_4_1, outer_4_1, FOUR },
	PANEL(1, 1, 1),
};

#if WIDEST == 8
static const struct panel panel_24 = PANEL(24, 8, 3);
#endif

/* for arrays without padding: the widest panel that `left` filters fill */
static const struct panel *
panel_within(int left)
{
	const struct panel *p = panels;

	while (p->width > left)
		p++;
	return p;
}

/* for arrays padded to whole vectors: as above, but the last vector may be partly filled. Panels of two vectors at
 * most: four need the kernel from the cache too often. But 24 filters in one go are written once; that is measured for
 * vectors of eight. */
static const struct panel *
panel_over(int left)
{
	const struct panel *p = panels + 1;

#if WIDEST == 8
	if (left % 24 == 0)
		return &panel_24;
#endif
	while (p->width > left && p[1].width >= left)
		p++;
	return p->width == 2 * WIDEST && left < p->width ? p + 1 : p;
}

/* filters (numbers a pixel) with the padding that panel_over asks for */
static int
padded(int f)
{
	int all = 0;

	for (int left = f; left > 0;) {
		const struct panel *p = panel_over(left);
		all += p->width;
		left -= p->width;
	}
	return all;
}

/* numbers that a kernel of so many rows and taps a row packs into */
static size_t
packed_size(int f, int rows, int taps)
{
	size_t all = 0;

	for (int left = f; left > 0;) {
		const struct panel *p = panel_over(left);
		all += (size_t)rows * (size_t)((taps + p->group - 1) / p->group * p->group) * (size_t)p->width;
		left -= p->width;
	}
	return all;
}

static size_t
align(size_t floats)
{
	return (floats + 15) / 16 * 16;
}

static void
transpose_by_four(int rows, int columns, size_t a_pitch, const float *a, size_t b_pitch, float *b)
{
	int c = 0;

	for (; c + 4 <= columns; c += 4, a += 4, b += 4 * b_pitch) {
		int r = 0;
		for (; r + 4 <= rows; r += 4) {
			v4 v[4];
			for (int k = 0; k < 4; k++)
				v[k] = load_4(a + (size_t)(r + k) * a_pitch);
			transpose_4(v);
			for (int k = 0; k < 4; k++)
				store_4(b + (size_t)k * b_pitch + r, v[k]);
		}
		for (; r < rows; r++)
			for (int k = 0; k < 4; k++)
				b[(size_t)k * b_pitch + (size_t)r] = a[(size_t)r * a_pitch + (size_t)k];
	}
	for (; c < columns; c++, a++, b += b_pitch)
		for (int r = 0; r < rows; r++)
			b[r] = a[(size_t)r * a_pitch];
}

/* b (columns, rows) = a (rows, columns), both with a pitch. Along the rows of b: pitches are often powers of two, and lines
 * at such distances drive each other out of the cache. */
static void
transpose(int rows, int columns, size_t a_pitch, const float *a, size_t b_pitch, float *b)
{
	const int whole_rows = rows / WIDEST * WIDEST, whole_columns = columns / WIDEST * WIDEST;

	for (int c = 0; c < whole_columns; c += WIDEST)
		for (int r = 0; r < whole_rows; r += WIDEST) {
			VEC v[WIDEST];
			UNROLL
			for (int k = 0; k < WIDEST; k++)
				v[k] = VLOAD(a + (size_t)(r + k) * a_pitch + c);
			PASTE2(transpose, WIDEST)(v);
			UNROLL
			for (int k = 0; k < WIDEST; k++)
				VSTORE(b + (size_t)(c + k) * b_pitch + r, v[k]);
		}
	transpose_by_four(rows - whole_rows, whole_columns, a_pitch, a + (size_t)whole_rows * a_pitch, b_pitch, b + whole_rows);
	transpose_by_four(rows, columns - whole_columns, a_pitch, a + whole_columns, b_pitch, b + (size_t)whole_columns * b_pitch);
}

#include "kern/winograd.h"

/* A convolution as `mul` and `outer` see it: source pixels in a padded image. */
struct plan {
	int ph, pw;      /* the padded image */
	size_t row, image, pack, dy; /* floats */
	bool copy;
};

/* of y and dw: what the output's windows see of x */
static struct plan
plan_x(const struct conv *g)
{
	struct plan p = { .ph = (g->oh - 1) * g->sh + g->kh, .pw = (g->ow - 1) * g->sw + g->kw };

	p.copy = g->top || g->left || p.ph > g->h || p.pw > g->w;
	p.row = (size_t)(p.copy ? p.pw : g->w) * g->c;
	p.image = p.copy ? align((size_t)p.ph * p.row) : 0;
	p.pack = align(packed_size(g->f, g->kh, g->kw * g->c));
	p.dy = padded(g->f) == g->f ? 0 : align((size_t)g->oh * g->ow * padded(g->f));
	return p;
}

/* of dx: dy with strides - 1 zeros between pixels and kernel - 1 around them */
static struct plan
plan_dy(const struct conv *g)
{
	struct plan p = { .ph = g->h + g->kh - 1, .pw = g->w + g->kw - 1, .copy = true };

	p.row = (size_t)p.pw * g->f;
	p.image = align((size_t)p.ph * p.row);
	p.pack = align(packed_size(g->c, g->kh, g->kw * g->f));
	return p;
}

/* x (h, w, c) into the middle of `image`; what lies outside of the image is cut off */
static const float *
pad(const struct conv *g, const struct plan *p, const float *x, float *image)
{
	if (!p->copy)
		return x;
	const int rows = p->ph - g->top < g->h ? p->ph - g->top : g->h;
	const int columns = p->pw - g->left < g->w ? p->pw - g->left : g->w;
	for (int y = 0; y < rows; y++)
		memcpy(image + (y + g->top) * p->row + (size_t)g->left * g->c, x + (size_t)y * g->w * g->c,
			(size_t)columns * g->c * sizeof *x);
	return image;
}

/* dy (oh, ow, f) into `image`, pixel (oy, ox) at (oy sh + kh - 1 - top, ox sw + kw - 1 - left) */
static void
spread(const struct conv *g, const struct plan *p, const float *dy, float *image)
{
	const int top = g->kh - 1 - g->top, left = g->kw - 1 - g->left;
	const int seen = (p->pw - left + g->sw - 1) / g->sw, columns = seen < g->ow ? seen : g->ow;
	const int together = g->sw == 1 ? columns : 1; /* pixels side by side */

	for (int oy = 0; oy < g->oh && oy * g->sh + top < p->ph; oy++)
		for (int ox = 0; ox < columns; ox += together)
			memcpy(image + (oy * g->sh + top) * p->row + (size_t)(ox * g->sw + left) * g->f,
				dy + ((size_t)oy * g->ow + ox) * g->f, (size_t)together * g->f * sizeof *dy);
}

/* one panel of w (taps, f): filters f0.. of all taps, next to each other */
static void
pack(size_t taps, int f, int f0, int width, const float *w, float *to)
{
	const int keep = f - f0 < width ? f - f0 : width;

	for (size_t t = 0; t < taps; t++, to += width) {
		memcpy(to, w + t * f + f0, (size_t)keep * sizeof *to);
		memset(to + keep, 0, (size_t)(width - keep) * sizeof *to);
	}
}

/* the same of the kernel seen from the other side: turned around, its inputs in the place of its filters */
static void
pack_turned(const struct conv *g, int c0, int width, const float *w, float *to)
{
	const int keep = g->c - c0 < width ? g->c - c0 : width;

	for (int t = g->kh * g->kw - 1; t >= 0; t--)
		for (int k = 0; k < g->f; k++, to += width) {
			for (int j = 0; j < keep; j++)
				to[j] = w[((size_t)t * g->c + c0 + j) * g->f + k];
			memset(to + keep, 0, (size_t)(width - keep) * sizeof *to);
		}
}

/* A packed panel with p->group taps side by side: tap t of filter k becomes number t % group of k. From the end, as a row's
 * last group is filled up with zeros. Returns what follows the panel. */
static float *
group_taps(const struct panel *p, int rows, int taps, float *panel)
{
	const size_t g = (size_t)p->group, width = (size_t)p->width, groups = ((size_t)taps + g - 1) / g;

	for (size_t r = (size_t)rows; g > 1 && r-- > 0;)
		for (size_t i = groups; i-- > 0;) {
			const size_t there = (size_t)taps - i * g < g ? (size_t)taps - i * g : g;
			float all[2 * WIDEST] = { 0 }, *const to = panel + (r * groups + i) * g * width;
			memcpy(all, panel + (r * (size_t)taps + i * g) * width, there * width * sizeof *all);
			for (size_t t = 0; t < g; t++)
				for (size_t k = 0; k < width; k++)
					to[k * g + t] = all[t * width + k];
		}
	return panel + (size_t)rows * groups * g * width;
}

/* all rows of an image, panel by panel; w packed, b may be NULL */
static void
mul_image(struct mul m, int rows, int columns, int f, ptrdiff_t x_stride, const float *x, const float *w,
          const float *b, float *y)
{
	m.y_pixel = f;
	for (int f0 = 0; f0 < f;) {
		const struct panel *p = panel_over(f - f0);
		const int keep = f - f0 < p->width ? f - f0 : p->width;
		float bias[4 * WIDEST] = { 0 };
		if (b)
			memcpy(bias, b + f0, (size_t)keep * sizeof *bias);
		m.w_tap = p->width;
		for (int r = 0; r < rows; r++)
			p->mul_packed(&m, columns, x + r * x_stride, w, bias, y + (ptrdiff_t)r * columns * f + f0, keep);
		w += packed_size(p->width, m.rows, m.taps);
		f0 += p->width;
	}
}

/* w (taps, f), packed panel by panel for mul_image */
static void
pack_kernel(const struct conv *g, const float *w, float *to)
{
	for (int f0 = 0; f0 < g->f;) {
		const struct panel *panel = panel_over(g->f - f0);
		pack((size_t)g->kh * g->kw * g->c, g->f, f0, panel->width, w, to);
		to = group_taps(panel, g->kh, g->kw * g->c, to);
		f0 += panel->width;
	}
}

#include "kern/planar.h"
#include "kern/winograd2.h"

/* Forward, image by image: how images and the kernel are laid out, and where. */
struct forward {
	const struct conv *g;
	struct plan p;
	enum layout { PIXELS, PLANES_OF_ROWS, POINTS_OF_ROWS } layout;
	struct mul mul;       /* PIXELS */
	struct planar planes;
	struct winograd2 points;
	const float *b, *x;   /* x: the image */
	const float *next;    /* the image after it */
	size_t ahead;         /* numbers of that, 0 behind the last one */
	float *image, *packed;
};

static enum layout
layout_of(const struct conv *g)
{
	return winograd2(g) ? POINTS_OF_ROWS : planar(g) ? PLANES_OF_ROWS : PIXELS;
}

static struct plan
plan_forward(const struct conv *g)
{
	const enum layout layout = layout_of(g);
	struct plan p = plan_x(g);

	if (layout == PIXELS)
		return p;
	p.row = (size_t)p.pw;
	p.image = align((size_t)p.ph * p.row * g->c);
	if (layout == POINTS_OF_ROWS) {
		p.image = winograd2_image(g);
		p.pack = winograd2_pack(g);
	}
	return p;
}

size_t
SET(conv_scratch)(const struct conv *g)
{
	const struct plan y = plan_forward(g), x = plan_x(g), dy = plan_dy(g);
	const size_t forward = y.image + y.pack, weights = x.image + x.dy, backward = dy.image + dy.pack;
	const size_t most = forward > weights ? forward : weights, direct = most > backward ? most : backward;
	const size_t tiles = winograd(g) ? winograd_scratch(g) : 0;

	return (direct > tiles ? direct : tiles) * sizeof(float);
}

static void
prepare(struct forward *r, const struct conv *g, const float *w, const float *b, bool relu, float *scratch)
{
	r->g = g;
	r->p = plan_forward(g);
	r->layout = layout_of(g);
	r->b = b;
	r->image = scratch;
	r->packed = r->image + r->p.image;
	memset(r->image, 0, r->p.image * sizeof *r->image);
	switch (r->layout) {
	case POINTS_OF_ROWS:
		winograd2_prepare(&r->points, g, w, b, relu, r->packed);
		break;
	case PLANES_OF_ROWS:
		planar_prepare(&r->planes, g, &r->p, w, b, relu, r->packed);
		break;
	default:
		r->mul = (struct mul){ .rows = g->kh, .taps = g->kw * g->c, .x_row = (ptrdiff_t)r->p.row,
			.x_pixel = (ptrdiff_t)g->sw * g->c, .relu = relu };
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

/* Memory has the time of an image's products to bring the next one: the part of it that falls to some rows of the output. */
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
		winograd2_rows(&r->points, oy, rows, r->image, y);
	else if (r->layout == PLANES_OF_ROWS)
		for (int i = 0; i < rows; i++)
			planar_row(&r->planes, g->ow, x + i * down, y + (ptrdiff_t)i * g->ow * g->f);
	else
		mul_image(r->mul, rows, g->ow, g->f, down, x, r->packed, r->b, y);
}

void
SET(conv_y)(const struct conv *g, int n, const float *x, const float *w, const float *b, bool relu, float *y,
            void *scratch)
{
	struct forward r;

	if (winograd(g)) {
		winograd_images(g, n, x, w, false, b, relu, y, scratch);
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
SET(conv_dx)(const struct conv *g, int n, const float *dy, const float *w, float *dx, void *scratch)
{
	const struct plan p = plan_dy(g);
	const struct mul m = { .rows = g->kh, .taps = g->kw * g->f, .x_row = (ptrdiff_t)p.row, .x_pixel = g->f };
	float *const image = scratch, *const packed = image + p.image, *to = packed;

	if (winograd(g)) {
		winograd_dx(g, n, dy, w, dx, scratch);
		return;
	}
	for (int c0 = 0; c0 < g->c;) {
		const struct panel *panel = panel_over(g->c - c0);
		pack_turned(g, c0, panel->width, w, to);
		to = group_taps(panel, m.rows, m.taps, to);
		c0 += panel->width;
	}
	memset(image, 0, p.image * sizeof *image);
	for (int i = 0; i < n; i++) {
		spread(g, &p, dy + (size_t)i * g->oh * g->ow * g->f, image);
		mul_image(m, g->h, g->w, g->c, (ptrdiff_t)p.row, image, packed, NULL, dx + (size_t)i * g->h * g->w * g->c);
	}
}

/* db += column sums of d (pixels, pitch), as many columns as vectors of W cover, from k on; returns where they end. Four
 * sums at a time hide the latency of additions, and are the same for any width. */
#define ADD_COLUMNS(W) \
	static int add_columns_##W(size_t pixels, size_t pitch, int k, int f, const float *d, float *db) \
	{ \
		for (; k + W <= f; k += W) { \
			v##W sum[4] = { splat_##W(0), splat_##W(0), splat_##W(0), splat_##W(0) }; \
			size_t p = 0; \
			for (; p + 4 <= pixels; p += 4) \
				UNROLL \
				for (size_t j = 0; j < 4; j++) \
					sum[j] += load_##W(d + (p + j) * pitch + k); \
			for (size_t j = 0; p < pixels; p++, j++) \
				sum[j] += load_##W(d + p * pitch + k); \
			store_##W(db + k, load_##W(db + k) + ((sum[0] + sum[1]) + (sum[2] + sum[3]))); \
		} \
		return k; \
	}
ADD_COLUMNS(1)
ADD_COLUMNS(4)
#if WIDEST >= 8
ADD_COLUMNS(8)
#endif
#if WIDEST >= 16
ADD_COLUMNS(16)
#endif

static void
add_columns(size_t pixels, size_t pitch, int f, const float *d, float *db)
{
	int k = 0;

#if WIDEST >= 16
	k = add_columns_16(pixels, pitch, k, f, d, db);
#endif
#if WIDEST >= 8
	k = add_columns_8(pixels, pitch, k, f, d, db);
#endif
	k = add_columns_4(pixels, pitch, k, f, d, db);
	add_columns_1(pixels, pitch, k, f, d, db);
}

void
SET(conv_dw)(const struct conv *g, int n, const float *x, const float *dy, float *dw, float *db, void *scratch)
{
	const struct plan p = plan_x(g);
	const size_t pixels = (size_t)g->oh * g->ow;
	float *const image = scratch, *const wide = image + p.image;
	const int pitch = p.dy ? padded(g->f) : g->f;
	const struct outer m = { .rows = g->oh, .pixels = g->ow, .x_row = (ptrdiff_t)p.row * g->sh,
		.x_pixel = (ptrdiff_t)g->sw * g->c, .dy_pixel = pitch, .dw_tap = g->f, .adds = true };

	if (winograd(g)) {
		if (db)
			for (int i = 0; i < n; i++)
				add_columns(pixels, (size_t)g->f, g->f, dy + (size_t)i * pixels * g->f, db);
		winograd_dw(g, n, x, dy, dw, scratch);
		return;
	}
	memset(image, 0, p.image * sizeof *image);
	for (int i = 0; i < n; i++, dy += pixels * g->f) {
		const float *const from = pad(g, &p, x + (size_t)i * g->h * g->w * g->c, image);
		if (p.dy)
			pack(pixels, g->f, 0, pitch, dy, wide);
		for (int f0 = 0; f0 < g->f;) {
			const struct panel *panel = panel_over(g->f - f0);
			const int keep = g->f - f0 < panel->width ? g->f - f0 : panel->width;
			for (int ky = 0; ky < g->kh; ky++)
				panel->outer_packed(&m, g->kw * g->c, from + ky * p.row, (p.dy ? wide : dy) + f0,
					dw + (size_t)ky * g->kw * g->c * g->f + f0, keep);
			f0 += panel->width;
		}
		if (db) /* last: dy has been fetched by now, behind multiplications */
			add_columns(pixels, (size_t)g->f, g->f, dy, db);
	}
}

#include "kern/pooled.h"
#include "kern/depthwise.h"

void
SET(dense_y)(int n, int in, int units, int i0, int i1, const float *x, const float *w, bool adds, float *y)
{
	const struct mul m = { .rows = 1, .taps = i1 - i0, .x_pixel = in, .w_tap = units, .y_pixel = units, .adds = adds };
	const float none[4 * WIDEST] = { 0 };

	for (int u = 0; u < units;) {
		const struct panel *p = panel_within(units - u < 2 * WIDEST ? units - u : 2 * WIDEST);
		p->mul(&m, n, x + i0, w + (size_t)i0 * units + u, none, y + u, p->width);
		u += p->width;
	}
}

/* dx of `samples` samples and `inputs` inputs as its transpose, w . dy^T: samples become lanes. */
enum { DX_INPUTS = 96, DX_UNITS = 256 };

static void
dense_dx_block(int samples, int inputs, int in, int units, const float *dy, const float *w, float *dx)
{
	const struct panel *p = panel_over(samples < 4 ? 4 : samples);
	const float none[4 * WIDEST] = { 0 };
	float turned[DX_UNITS * 3 * WIDEST], y[DX_INPUTS * 3 * WIDEST]; /* panels have three vectors at most */
	struct mul m = { .rows = 1, .x_pixel = units, .w_tap = p->width, .y_pixel = p->width };

	if (samples < p->width)
		memset(turned, 0, sizeof turned);
	for (int u = 0; u < units; u += DX_UNITS) {
		m.taps = units - u < DX_UNITS ? units - u : DX_UNITS;
		m.adds = u > 0;
		transpose(samples, m.taps, (size_t)units, dy + u, (size_t)p->width, turned);
		p->mul(&m, inputs, w + u, turned, none, y, p->width);
	}
	transpose(inputs, samples, (size_t)p->width, y, (size_t)in, dx);
}

/* The same of many samples and few units: there it pays to transpose w instead of dy and dx, and inputs become lanes. */
enum { MANY_SAMPLES = 64, MANY_INPUTS = 48, MANY_UNITS = 128 };

static void
dense_dx_many(int n, int inputs, int in, int units, const float *dy, const float *w, float *dx)
{
	const struct mul m = { .rows = 1, .taps = units, .x_pixel = units, .w_tap = MANY_INPUTS, .y_pixel = in };
	const float none[4 * WIDEST] = { 0 };
	float turned[MANY_UNITS * MANY_INPUTS];

	transpose(inputs, units, (size_t)units, w, MANY_INPUTS, turned);
	for (int i = 0; i < inputs;) {
		const struct panel *p = panel_within(inputs - i < 2 * WIDEST ? inputs - i : 2 * WIDEST);
		p->mul(&m, n, dy, turned + i, none, dx + i, p->width);
		i += p->width;
	}
}

/* The same of `samples` samples, 4 at most, and WIDEST inputs: those are lanes, as so few samples would not fill a vector.
 * Sums are taken in the order of the other two: what is written does not depend on how many samples there are. */
ALWAYS void
dense_dx_few(const int samples, int in, int units, const float *dy, const float *w, float *dx)
{
	VEC sum[4], total[4] = { VSPLAT(0), VSPLAT(0), VSPLAT(0), VSPLAT(0) }, v[WIDEST];

	for (int u0 = 0; u0 < units; u0 += DX_UNITS) {
		const int u1 = units - u0 < DX_UNITS ? units : u0 + DX_UNITS;
		UNROLL
		for (int s = 0; s < samples; s++)
			sum[s] = VSPLAT(0);
		for (int u = u0; u < u1; u += WIDEST) {
			const int some = u1 - u < WIDEST ? u1 - u : WIDEST;
			for (int k = 0; k < WIDEST; k++) {
				float row[WIDEST] = { 0 };
				if (some < WIDEST)
					memcpy(row, w + (size_t)k * (size_t)units + u, (size_t)some * sizeof *row);
				v[k] = VLOAD(some < WIDEST ? row : w + (size_t)k * (size_t)units + u);
			}
			PASTE2(transpose, WIDEST)(v);
			for (int k = 0; k < some; k++)
				UNROLL
				for (int s = 0; s < samples; s++)
					sum[s] = VFMA(VSPLAT(dy[(size_t)s * (size_t)units + u + k]), v[k], sum[s]);
		}
		UNROLL
		for (int s = 0; s < samples; s++)
			total[s] = sum[s] + total[s];
	}
	for (int s = 0; s < samples; s++)
		VSTORE(dx + (size_t)s * (size_t)in, total[s]);
}

void
SET(dense_dx)(int n, int in, int units, int i0, int i1, const float *dy, const float *w, float *dx)
{
	for (; n <= 4 && i1 - i0 >= WIDEST; i0 += WIDEST)
		switch (n) {
		case 1: dense_dx_few(1, in, units, dy, w + (size_t)i0 * (size_t)units, dx + i0); break;
		case 2: dense_dx_few(2, in, units, dy, w + (size_t)i0 * (size_t)units, dx + i0); break;
		case 3: dense_dx_few(3, in, units, dy, w + (size_t)i0 * (size_t)units, dx + i0); break;
		default: dense_dx_few(4, in, units, dy, w + (size_t)i0 * (size_t)units, dx + i0);
		}
	for (; n >= MANY_SAMPLES && units <= MANY_UNITS && i0 < i1; i0 += MANY_INPUTS)
		dense_dx_many(n, i1 - i0 < MANY_INPUTS ? i1 - i0 : MANY_INPUTS, in, units, dy, w + (size_t)i0 * (size_t)units, dx + i0);
	for (int i = i0; i < i1; i += DX_INPUTS)
		for (int k = 0, samples; k < n; k += samples) {
			samples = panel_over(n - k < 4 ? 4 : n - k)->width;
			samples = n - k < samples ? n - k : samples;
			dense_dx_block(samples, i1 - i < DX_INPUTS ? i1 - i : DX_INPUTS, in, units, dy + (size_t)k * (size_t)units,
				w + (size_t)i * (size_t)units, dx + (size_t)k * (size_t)in + i);
		}
}

/* dw by blocks of samples and inputs. Rows of x are often a power of two apart, and then only a few of them have room in the
 * cache: if there are more, a block of x is copied first. The rows below it are fetched a few at a time behind the
 * multiplications, as a processor can wait for some twenty lines only. */
enum { DW_INPUTS = 96, DW_SAMPLES = 64, DW_FEW = 32, DW_STRIP = 12 };

static void
fetch_rows(int rows, int inputs, int in, const float *x)
{
	for (int r = 0; r < rows; r++, x += in)
		for (int i = 0; i < inputs; i += 16)
			__builtin_prefetch(x + i, 0, 2);
}

/* of a block of x (samples, inputs); `below` rows more come next */
static void
dense_dw_block(int samples, int below, int inputs, int in, int units, bool adds, const float *x, const float *dy, float *dw)
{
	float block[DW_SAMPLES * DW_INPUTS];
	const bool copied = samples > DW_FEW || below > 0 || adds;
	const struct outer m = { .rows = 1, .pixels = samples, .x_pixel = copied ? DW_INPUTS : in, .dy_pixel = units,
		.dw_tap = units, .adds = adds };
	int fetched = 0;

	for (int r = 0; copied && r < samples; r++)
		memcpy(block + r * DW_INPUTS, x + (size_t)r * (size_t)in, (size_t)inputs * sizeof *x);
	for (int u = 0; u < units;) {
		const struct panel *p = panel_within(units - u);
		for (int i = 0, strip; i < inputs; i += strip) {
			strip = below && inputs - i > DW_STRIP ? DW_STRIP : inputs - i;
			const int64_t done = (int64_t)u * inputs + (int64_t)p->width * (i + strip);
			const int due = (int)(below * done / ((int64_t)units * inputs));
			if (due > fetched)
				fetch_rows(due - fetched, inputs, in, x + (size_t)(samples + fetched) * (size_t)in);
			fetched = due;
			p->outer(&m, strip, (copied ? block : x) + i, dy + u, dw + (size_t)i * (size_t)units + u, p->width);
		}
		u += p->width;
	}
}

void
SET(dense_dw)(int n, int in, int units, int i0, int i1, const float *x, const float *dy, float *dw)
{
	for (int i = i0; i < i1; i += DW_INPUTS)
		for (int k = 0; k < n; k += DW_SAMPLES) {
			const int samples = n - k < DW_SAMPLES ? n - k : DW_SAMPLES, left = n - k - samples;
			dense_dw_block(samples, left < DW_SAMPLES ? left : DW_SAMPLES, i1 - i < DW_INPUTS ? i1 - i : DW_INPUTS, in, units,
				k > 0, x + (size_t)k * (size_t)in + i, dy + (size_t)k * (size_t)units, dw + (size_t)i * (size_t)units);
		}
}

void
SET(dense_db)(int n, int units, const float *dy, float *db)
{
	memset(db, 0, (size_t)units * sizeof *db);
	add_columns((size_t)n, (size_t)units, units, dy, db);
}
