/* Depthwise convolution as it is defined: the bits of every set with fused multiply-adds; k is one of the c m output channels. */
#include "kern/isa.h"
#include "kern/order.h"
#include "kern/plain/sums.h"

size_t
SET(depthwise_scratch_size)(const struct depthwise *g)
{
	(void)g;
	return 0;
}

/* The place in x (h, w, c) that output (oy, ox, k) sees through tap (ky, kx); -1: it lies outside. */
static ptrdiff_t
seen(const struct depthwise *g, int oy, int ox, int ky, int kx, int k)
{
	const int iy = oy * g->sh + ky * g->dh - g->top, ix = ox * g->sw + kx * g->dw - g->left;

	return iy < 0 || iy >= g->h || ix < 0 || ix >= g->w ? -1 : ((ptrdiff_t)iy * g->w + ix) * g->c + k / g->m;
}

/* from the bias on, over the taps that lie inside */
static real
depthwise_y_element(const struct depthwise *g, const real *x, const real *w, real bias, int oy, int ox, int k)
{
	const size_t f = (size_t)g->c * g->m;
	real sum = bias;

	for (int ky = 0; ky < g->kh; ky++)
		for (int kx = 0; kx < g->kw; kx++) {
			const ptrdiff_t i = seen(g, oy, ox, ky, kx, k);
			if (i >= 0)
				sum = fused(x[i], w[((size_t)ky * g->kw + kx) * f + k], sum);
		}
	return sum;
}

void
SET(depthwise_y)(const struct depthwise *g, int n, const real *x, const real *w, const real *b, bool relu, real *y, void *scratch)
{
	(void)scratch;
	for (int i = 0; i < n; i++, x += (size_t)g->h * g->w * g->c)
		for (int oy = 0; oy < g->oh; oy++)
			for (int ox = 0; ox < g->ow; ox++)
				for (int k = 0; k < g->c * g->m; k++)
					*y++ = bounded(relu, depthwise_y_element(g, x, w, b ? b[k] : 0, oy, ox, k));
}

/* Which output row (or column) sees row `place` through a tap `tap` rows from the first; -1: none. */
static int
seen_from(int place, int tap, int before, int stride, int rows)
{
	const int d = place + before - tap;

	return d >= 0 && d % stride == 0 && d / stride < rows ? d / stride : -1;
}

/* output channel k's part of a number of dx: over the taps through which outputs see it */
static real
depthwise_dx_part(const struct depthwise *g, const real *dy, const real *w, int iy, int ix, int k)
{
	const size_t f = (size_t)g->c * g->m;
	real sum = 0;

	for (int ky = 0; ky < g->kh; ky++)
		for (int kx = 0; kx < g->kw; kx++) {
			const int oy = seen_from(iy, ky * g->dh, g->top, g->sh, g->oh), ox = seen_from(ix, kx * g->dw, g->left, g->sw, g->ow);
			if (oy >= 0 && ox >= 0)
				sum = fused(dy[((size_t)oy * g->ow + ox) * f + k], w[((size_t)ky * g->kw + kx) * f + k], sum);
		}
	return sum;
}

void
SET(depthwise_dx)(const struct depthwise *g, int n, const real *dy, const real *w, real *dx, void *scratch)
{
	(void)scratch;
	for (int i = 0; i < n; i++, dy += (size_t)g->oh * g->ow * g->c * g->m)
		for (int iy = 0; iy < g->h; iy++)
			for (int ix = 0; ix < g->w; ix++)
				for (int c = 0; c < g->c; c++, dx++) {
					*dx = depthwise_dx_part(g, dy, w, iy, ix, c * g->m);
					for (int j = 1; j < g->m; j++)
						*dx += depthwise_dx_part(g, dy, w, iy, ix, c * g->m + j);
				}
}

/* one row of an output's channel and the row of the image that it sees through row ky of the kernel */
struct seen_row {
	const struct depthwise *g;
	const real *x, *dy;
	int oy, ky, k;
};

/* columns a..b-1 of dy that see the image through column kx: sums of PIXELS_TOGETHER, each two by turns */
static void
add_columns(const struct seen_row *r, int kx, int a, int b, real *dw)
{
	const size_t f = (size_t)r->g->c * r->g->m;

	for (int ox = a; ox < b;) {
		const int first = ox, end = b - ox < PIXELS_TOGETHER ? b : ox + PIXELS_TOGETHER;
		real sum[2] = { 0, 0 };
		for (; ox < end; ox++) {
			real *const s = &sum[(ox - first) % 2];
			*s = fused(r->x[seen(r->g, r->oy, ox, r->ky, kx, r->k)], r->dy[((size_t)r->oy * r->g->ow + ox) * f + r->k], *s);
		}
		*dw += sum[0] + sum[1];
	}
}

/* how many columns of dy see, through column kx, something before place `end` of the image's row */
static int
columns_before(const struct depthwise *g, int kx, int end)
{
	int ox = 0;

	while (ox < g->ow && ox * g->sw + kx * g->dw - g->left < end)
		ox++;
	return ox;
}

static int
larger_of(int a, int b)
{
	return a > b ? a : b;
}

/* First the columns in which all of TAPS_TOGETHER taps lie inside, then what is before these, then what is after. */
static void
depthwise_dw_row(const struct seen_row *r, real *dw)
{
	const struct depthwise *g = r->g;
	const size_t f = (size_t)g->c * g->m;

	for (int kx = 0; kx < g->kw; kx++) {
		const int first = kx - kx % TAPS_TOGETHER, left = g->kw - first;
		const int last = first + (left < TAPS_TOGETHER ? left : TAPS_TOGETHER) - 1;
		const int from = columns_before(g, first, 0), to = larger_of(columns_before(g, last, g->w), from);
		const int a = columns_before(g, kx, 0), b = larger_of(columns_before(g, kx, g->w), a);
		add_columns(r, kx, from, to, dw + kx * f);
		add_columns(r, kx, a, b < from ? b : from, dw + kx * f);
		add_columns(r, kx, larger_of(a, to), b, dw + kx * f);
	}
}

void
SET(depthwise_dw)(const struct depthwise *g, int n, const real *x, const real *dy, real *dw, real *db, void *scratch)
{
	const size_t f = (size_t)g->c * g->m, pixels = (size_t)g->oh * g->ow;

	(void)scratch;
	for (int i = 0; i < n; i++, x += (size_t)g->h * g->w * g->c, dy += pixels * f)
		for (int k = 0; k < g->c * g->m; k++) {
			for (int oy = 0; oy < g->oh; oy++)
				for (int ky = 0; ky < g->kh; ky++) {
					const int iy = oy * g->sh + ky * g->dh - g->top;
					if (iy >= 0 && iy < g->h)
						depthwise_dw_row(&(struct seen_row){ g, x, dy, oy, ky, k }, dw + (size_t)ky * g->kw * f + k);
				}
			if (db)
				db[k] += column_sum(pixels, f, dy + k);
		}
}
