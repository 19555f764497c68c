/* Depthwise convolution with vectors across channels, straight from the image: where a window reaches over the border, only its
 * taps within are taken. With several outputs a channel, an image that has each channel so many times comes first. */
#include "kern/simd/depthwise.h"

#include "kern/isa.h"
#include "kern/order.h"
#include "kern/simd/columns.h"
#include "kern/simd/vectors.h"

#define W 1
#include "kern/simd/depthwise_width.h"
#define W 4
#include "kern/simd/depthwise_width.h"
#if WIDEST >= 8
#define W 8
#include "kern/simd/depthwise_width.h"
#endif
#if WIDEST >= 16
#define W 16
#include "kern/simd/depthwise_width.h"
#endif

/* `pixels` pixels side by side, 8, 4, 2 or 1 of them: all channels */
static void
taps_all(const struct taps *t, int pixels, int f, const float *x, const float *w, const float *b, float *y)
{
	int k = 0;

#if WIDEST >= 16
	k = taps_16(t, pixels, k, f, x, w, b, y);
#endif
#if WIDEST >= 8
	k = taps_8(t, pixels, k, f, x, w, b, y);
#endif
	k = taps_4(t, pixels, k, f, x, w, b, y);
	taps_1(t, pixels, k, f, x, w, b, y);
}

static void
pixels_all(const struct taps *t, int pixels, int f, const float *x, const float *dy, float *dw)
{
	int k = 0;

#if WIDEST >= 16
	k = pixels_16(t, pixels, k, f, x, dy, dw);
#endif
#if WIDEST >= 8
	k = pixels_8(t, pixels, k, f, x, dy, dw);
#endif
	k = pixels_4(t, pixels, k, f, x, dy, dw);
	pixels_1(t, pixels, k, f, x, dy, dw);
}

/* Rows or columns: output q, of `outputs`, reads through tap t, of `taps`, place at + q step + t turn, if within [0, size). It
 * is written to place to + q to_step, and tap t is the kernel's tap + t tap_step. */
struct axis {
	int outputs, taps, at, step, turn, size, to, to_step, tap, tap_step;
};

/* of y, and of dw */
static struct axis
side_forward(int size, int kernel, int stride, int dilation, int before, int out)
{
	return (struct axis){ .outputs = out, .taps = kernel, .at = -before, .step = stride, .turn = dilation, .size = size,
		.to_step = 1, .tap_step = 1 };
}

/* of dx: every stride-th place, from `first` on, as those see the same taps */
static struct axis
side_back(int first, int size, int kernel, int stride, int dilation, int before, int out)
{
	const int tap = (first + before) % stride;

	return (struct axis){ .outputs = (size - first + stride - 1) / stride, .taps = tap < kernel ? (kernel - 1 - tap) / stride + 1 : 0,
		.at = (first + before - tap) / stride, .step = 1, .turn = -dilation, .size = out, .to = first, .to_step = stride,
		.tap = tap, .tap_step = stride };
}

static bool
inside(const struct axis *s, int q, int t)
{
	const int place = s->at + q * s->step + t * s->turn;

	return place >= 0 && place < s->size;
}

/* the taps t0..t1-1 of output q that lie inside */
static void
taps_of(const struct axis *s, int q, int *t0, int *t1)
{
	for (*t0 = 0; *t0 < s->taps && !inside(s, q, *t0);)
		++*t0;
	for (*t1 = *t0; *t1 < s->taps && inside(s, q, *t1);)
		++*t1;
}

/* the outputs q0..q1-1 whose taps t0..t1-1 lie inside, if there are taps */
static void
outputs_of(const struct axis *s, int t0, int t1, int *q0, int *q1)
{
	const int first = s->at + t0 * s->turn, last = s->at + (t1 - 1) * s->turn;
	const int low = first < last ? first : last, high = first < last ? last : first;
	const int from = low < 0 ? (s->step - 1 - low) / s->step : 0, to = high < s->size ? (s->size - 1 - high) / s->step + 1 : 0;

	*q0 = t0 == t1 ? 0 : from < s->outputs ? from : s->outputs;
	*q1 = t0 == t1 || to > s->outputs ? s->outputs : to > *q0 ? to : *q0;
}

/* ---- y, and dx, which is a y of dy ---- */

struct correlation {
	struct axis rows, columns;
	int q0, q1;          /* columns whose taps all lie inside */
	int f;
	ptrdiff_t w_row;
	const float *w, *b;
	bool relu;
};

/* Columns q..q1-1, which see taps t0..t1-1, of the rows that x, w and y point to. All channels of a few pixels, then the next:
 * the same channels of all pixels lie in few lines of the cache that drive each other out. */
static void
correlate_columns(const struct correlation *r, struct taps *t, int q, int q1, int t0, int t1, const float *x, const float *w, float *y)
{
	const struct axis *s = &r->columns;

	t->columns = t1 - t0;
	w += (ptrdiff_t)(s->tap + t0 * s->tap_step) * r->f;
	for (int pixels; q < q1; q += pixels) {
		pixels = q1 - q >= 8 ? 8 : q1 - q >= 4 ? 4 : q1 - q >= 2 ? 2 : 1;
		taps_all(t, pixels, r->f, x + (ptrdiff_t)(s->at + q * s->step + t0 * s->turn) * r->f, w, r->b,
			y + (ptrdiff_t)(s->to + q * s->to_step) * r->f);
	}
}

/* columns at the border, each with its taps */
static void
correlate_border(const struct correlation *r, struct taps *t, int q, int q1, const float *x, const float *w, float *y)
{
	int t0, t1;

	for (; q < q1; q++) {
		taps_of(&r->columns, q, &t0, &t1);
		correlate_columns(r, t, q, q + 1, t0, t1, x, w, y);
	}
}

/* An image x of f channels, `width` pixels wide, into y, `y_width` wide. */
static void
correlate(const struct correlation *r, int width, const float *x, int y_width, float *y)
{
	const struct axis *s = &r->rows;
	const ptrdiff_t x_row = (ptrdiff_t)width * r->f, y_row = (ptrdiff_t)y_width * r->f;
	struct taps t = { .x_row = s->turn * x_row, .x_column = (ptrdiff_t)r->columns.turn * r->f, .w_row = s->tap_step * r->w_row,
		.w_column = (ptrdiff_t)r->columns.tap_step * r->f, .x_pixel = (ptrdiff_t)r->columns.step * r->f,
		.y_pixel = (ptrdiff_t)r->columns.to_step * r->f, .relu = r->relu };
	int t0, t1;

	for (int q = 0; q < s->outputs; q++) {
		taps_of(s, q, &t0, &t1);
		t.rows = t1 - t0;
		const float *const from = x + (s->at + q * s->step + t0 * s->turn) * x_row;
		const float *const w = r->w + (s->tap + t0 * s->tap_step) * r->w_row;
		float *const to = y + (s->to + q * s->to_step) * y_row;
		correlate_border(r, &t, 0, r->q0, from, w, to);
		correlate_columns(r, &t, r->q0, r->q1, 0, r->columns.taps, from, w, to);
		correlate_border(r, &t, r->q1, r->columns.outputs, from, w, to);
	}
}

/* ---- several outputs a channel ---- */

size_t
SET(depthwise_scratch_size)(const struct depthwise *g)
{
	return g->m > 1 ? (size_t)g->h * g->w * g->c * g->m * sizeof(float) : 0;
}

/* image x with each channel m times, side by side; x itself where m is 1 */
static const float *
repeated(const struct depthwise *g, const float *x, float *image)
{
	const size_t numbers = (size_t)g->h * g->w * g->c;

	if (g->m == 1)
		return x;
	for (size_t i = 0; i < numbers; i++)
		for (int j = 0; j < g->m; j++)
			image[i * g->m + j] = x[i];
	return image;
}

/* and back: the sums of the m */
static void
sum_repeated(const struct depthwise *g, const float *image, float *x)
{
	const size_t numbers = (size_t)g->h * g->w * g->c;

	for (size_t i = 0; i < numbers; i++) {
		x[i] = image[i * g->m];
		for (int j = 1; j < g->m; j++)
			x[i] += image[i * g->m + j];
	}
}

/* ---- the kernels ---- */

void
SET(depthwise_y)(const struct depthwise *g, int n, const float *x, const float *w, const float *b, bool relu, float *y, void *scratch)
{
	struct correlation r = { .rows = side_forward(g->h, g->kh, g->sh, g->dh, g->top, g->oh),
		.columns = side_forward(g->w, g->kw, g->sw, g->dw, g->left, g->ow), .f = g->c * g->m,
		.w_row = (ptrdiff_t)g->kw * g->c * g->m, .w = w, .b = b, .relu = relu };

	outputs_of(&r.columns, 0, g->kw, &r.q0, &r.q1);
	for (int i = 0; i < n; i++, x += (size_t)g->h * g->w * g->c, y += (size_t)g->oh * g->ow * r.f)
		correlate(&r, g->w, repeated(g, x, scratch), g->ow, y);
}

void
SET(depthwise_dx)(const struct depthwise *g, int n, const float *dy, const float *w, float *dx, void *scratch)
{
	struct correlation r = { .f = g->c * g->m, .w_row = (ptrdiff_t)g->kw * g->c * g->m, .w = w };

	for (int i = 0; i < n; i++, dx += (size_t)g->h * g->w * g->c, dy += (size_t)g->oh * g->ow * r.f) {
		float *const image = g->m > 1 ? scratch : dx;
		for (int y = 0; y < g->sh && y < g->h; y++)
			for (int x = 0; x < g->sw && x < g->w; x++) {
				r.rows = side_back(y, g->h, g->kh, g->sh, g->dh, g->top, g->oh);
				r.columns = side_back(x, g->w, g->kw, g->sw, g->dw, g->left, g->ow);
				outputs_of(&r.columns, 0, r.columns.taps, &r.q0, &r.q1);
				correlate(&r, g->ow, dy, g->w, image);
			}
		if (g->m > 1)
			sum_repeated(g, image, dx);
	}
}

/* dw of taps t0..t1-1 of a kernel's row, by columns q..q1-1 of a row of dy */
static void
dw_columns(const struct axis *s, int f, int t0, int t1, int q, int q1, const float *x, const float *dy, float *dw)
{
	const struct taps t = { .columns = t1 - t0, .x_column = (ptrdiff_t)s->turn * f, .w_column = f,
		.x_pixel = (ptrdiff_t)s->step * f, .y_pixel = f };

	for (int pixels; q < q1; q += pixels) {
		pixels = q1 - q > PIXELS_TOGETHER ? PIXELS_TOGETHER : q1 - q;
		pixels_all(&t, pixels, f, x + (ptrdiff_t)(s->at + q * s->step + t0 * s->turn) * f, dy + (ptrdiff_t)q * f,
			dw + (ptrdiff_t)t0 * f);
	}
}

/* Four taps at a time where all are inside; before and after, each where it is. */
static void
dw_row(const struct axis *s, int f, const float *x, const float *dy, float *dw)
{
	int q0, q1, a, b;

	for (int t = 0, t1; t < s->taps; t = t1) {
		t1 = s->taps - t < TAPS_TOGETHER ? s->taps : t + TAPS_TOGETHER;
		outputs_of(s, t, t1, &q0, &q1);
		dw_columns(s, f, t, t1, q0, q1, x, dy, dw);
		for (int k = t; k < t1; k++) {
			outputs_of(s, k, k + 1, &a, &b);
			dw_columns(s, f, k, k + 1, a, b < q0 ? b : q0, x, dy, dw);
			dw_columns(s, f, k, k + 1, a > q1 ? a : q1, b, x, dy, dw);
		}
	}
}

void
SET(depthwise_dw)(const struct depthwise *g, int n, const float *x, const float *dy, float *dw, float *db, void *scratch)
{
	const struct axis rows = side_forward(g->h, g->kh, g->sh, g->dh, g->top, g->oh);
	const struct axis columns = side_forward(g->w, g->kw, g->sw, g->dw, g->left, g->ow);
	const int f = g->c * g->m;
	const ptrdiff_t row = (ptrdiff_t)g->ow * f;

	for (int i = 0; i < n; i++, x += (size_t)g->h * g->w * g->c, dy += g->oh * row) {
		const float *const image = repeated(g, x, scratch);
		for (int q = 0; q < g->oh; q++)
			for (int t = 0; t < g->kh; t++)
				if (inside(&rows, q, t))
					dw_row(&columns, f, image + (ptrdiff_t)(rows.at + q * rows.step + t * rows.turn) * g->w * f, dy + q * row,
						dw + (ptrdiff_t)t * g->kw * f);
		if (db)
			add_columns((size_t)g->oh * (size_t)g->ow, (size_t)f, f, dy, db);
	}
}
