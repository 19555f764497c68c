/* Convolution and dense layers as they are defined. The fast versions are checked against these, and sum in the same
 * order; where they differ, it is in rounding (a fused multiply-add rounds once). */
#include "kern/set.h"

#include <string.h>

size_t
conv_scratch_ref(const struct conv *g)
{
	(void)g;
	return 0;
}

/* the value at (iy, ix, ic) of image x (h, w, c): 0 outside */
static real
at(const struct conv *g, const real *x, int iy, int ix, int ic)
{
	if (iy < 0 || iy >= g->h || ix < 0 || ix >= g->w)
		return 0;
	return x[((size_t)iy * g->w + ix) * g->c + ic];
}

/* index of w (ky, kx, ic, k) */
static size_t
tap(const struct conv *g, int ky, int kx, int ic, int k)
{
	return (((size_t)ky * g->kw + kx) * g->c + ic) * g->f + k;
}

void
conv_y_ref(const struct conv *g, int n, const real *x, const real *w, const real *b, bool relu, real *y,
           void *scratch)
{
	(void)scratch;
	for (int i = 0; i < n; i++, x += (size_t)g->h * g->w * g->c)
		for (int oy = 0; oy < g->oh; oy++)
			for (int ox = 0; ox < g->ow; ox++)
				for (int k = 0; k < g->f; k++) {
					real sum = 0;
					for (int ky = 0; ky < g->kh; ky++)
						for (int kx = 0; kx < g->kw; kx++)
							for (int ic = 0; ic < g->c; ic++)
								sum += at(g, x, oy * g->sh + ky - g->top, ox * g->sw + kx - g->left, ic) *
								       w[tap(g, ky, kx, ic, k)];
					if (b)
						sum += b[k];
					*y++ = relu && 0 > sum ? 0 : sum;
				}
}

/* Which output row (or column) sees input row iy through kernel row ky; -1: none. */
static int
seen_by(int iy, int ky, int before, int stride, int rows)
{
	const int d = iy + before - ky;

	return d >= 0 && d % stride == 0 && d / stride < rows ? d / stride : -1;
}

static real
conv_dx_element(const struct conv *g, const real *dy, const real *w, int iy, int ix, int ic)
{
	real sum = 0;

	for (int ky = g->kh - 1; ky >= 0; ky--)
		for (int kx = g->kw - 1; kx >= 0; kx--) {
			const int oy = seen_by(iy, ky, g->top, g->sh, g->oh);
			const int ox = seen_by(ix, kx, g->left, g->sw, g->ow);
			if (oy < 0 || ox < 0)
				continue;
			for (int k = 0; k < g->f; k++)
				sum += dy[((size_t)oy * g->ow + ox) * g->f + k] * w[tap(g, ky, kx, ic, k)];
		}
	return sum;
}

void
conv_dx_ref(const struct conv *g, int n, const real *dy, const real *w, real *dx, void *scratch)
{
	(void)scratch;
	for (int i = 0; i < n; i++, dy += (size_t)g->oh * g->ow * g->f)
		for (int iy = 0; iy < g->h; iy++)
			for (int ix = 0; ix < g->w; ix++)
				for (int ic = 0; ic < g->c; ic++)
					*dx++ = conv_dx_element(g, dy, w, iy, ix, ic);
}

/* each sample's sum over its pixels is added in one piece, so that cutting the batch changes nothing */
static real
conv_dw_element(const struct conv *g, const real *x, const real *dy, int ky, int kx, int ic, int k)
{
	real sum = 0;

	for (int oy = 0; oy < g->oh; oy++)
		for (int ox = 0; ox < g->ow; ox++)
			sum += at(g, x, oy * g->sh + ky - g->top, ox * g->sw + kx - g->left, ic) *
			       dy[((size_t)oy * g->ow + ox) * g->f + k];
	return sum;
}

void
conv_dw_ref(const struct conv *g, int n, const real *x, const real *dy, real *dw, real *db, void *scratch)
{
	const size_t in = (size_t)g->h * g->w * g->c, pixels = (size_t)g->oh * g->ow;

	(void)scratch;
	for (int i = 0; i < n; i++, x += in, dy += pixels * g->f) {
		for (int ky = 0; ky < g->kh; ky++)
			for (int kx = 0; kx < g->kw; kx++)
				for (int ic = 0; ic < g->c; ic++)
					for (int k = 0; k < g->f; k++)
						dw[tap(g, ky, kx, ic, k)] += conv_dw_element(g, x, dy, ky, kx, ic, k);
		for (int k = 0; db && k < g->f; k++) {
			real sum = 0;
			for (size_t p = 0; p < pixels; p++)
				sum += dy[p * g->f + k];
			db[k] += sum;
		}
	}
}

size_t
conv_pool_scratch_ref(const struct conv *g, const struct pool *q)
{
	(void)q;
	return (size_t)g->oh * g->ow * g->f * sizeof(real);
}

void
conv_pool_y_ref(const struct conv *g, const struct pool *q, int n, const real *x, const real *w, const real *b, bool relu,
                real *y, int32_t *place, void *scratch)
{
	const size_t row = (size_t)g->ow * g->f, out = (size_t)q->ow * g->f;
	real *whole = scratch;

	for (int i = 0; i < n; i++, x += (size_t)g->h * g->w * g->c) {
		conv_y_ref(g, 1, x, w, b, relu, whole, NULL);
		for (int oy = 0; oy < q->oh; oy++, y += out, place += place ? out : 0)
			maxpool_row_ref(q, oy, whole + (size_t)(oy * q->ph) * row, y, place);
	}
}

/* Depthwise convolution; k is one of the c m output channels */

size_t
depthwise_scratch_ref(const struct depthwise *g)
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

static real
depthwise_y_element(const struct depthwise *g, const real *x, const real *w, int oy, int ox, int k)
{
	const size_t f = (size_t)g->c * g->m;
	real sum = 0;

	for (int ky = 0; ky < g->kh; ky++)
		for (int kx = 0; kx < g->kw; kx++) {
			const ptrdiff_t i = seen(g, oy, ox, ky, kx, k);
			if (i >= 0)
				sum += x[i] * w[((size_t)ky * g->kw + kx) * f + k];
		}
	return sum;
}

void
depthwise_y_ref(const struct depthwise *g, int n, const real *x, const real *w, const real *b, bool relu, real *y, void *scratch)
{
	(void)scratch;
	for (int i = 0; i < n; i++, x += (size_t)g->h * g->w * g->c)
		for (int oy = 0; oy < g->oh; oy++)
			for (int ox = 0; ox < g->ow; ox++)
				for (int k = 0; k < g->c * g->m; k++) {
					const real sum = depthwise_y_element(g, x, w, oy, ox, k) + (b ? b[k] : 0);
					*y++ = relu && 0 > sum ? 0 : sum;
				}
}

/* what one number of dy gives to dx and dw; either may be NULL */
static void
depthwise_back(const struct depthwise *g, int oy, int ox, int k, real dy, const real *x, const real *w, real *dx, real *dw)
{
	const size_t f = (size_t)g->c * g->m;

	for (int ky = 0; ky < g->kh; ky++)
		for (int kx = 0; kx < g->kw; kx++) {
			const ptrdiff_t i = seen(g, oy, ox, ky, kx, k);
			const size_t tap = ((size_t)ky * g->kw + kx) * f + k;
			if (i >= 0 && dx)
				dx[i] += dy * w[tap];
			if (i >= 0 && dw)
				dw[tap] += dy * x[i];
		}
}

void
depthwise_dx_ref(const struct depthwise *g, int n, const real *dy, const real *w, real *dx, void *scratch)
{
	const size_t in = (size_t)g->h * g->w * g->c;

	(void)scratch;
	memset(dx, 0, (size_t)n * in * sizeof *dx);
	for (int i = 0; i < n; i++, dx += in)
		for (int oy = 0; oy < g->oh; oy++)
			for (int ox = 0; ox < g->ow; ox++)
				for (int k = 0; k < g->c * g->m; k++)
					depthwise_back(g, oy, ox, k, *dy++, NULL, w, dx, NULL);
}

void
depthwise_dw_ref(const struct depthwise *g, int n, const real *x, const real *dy, real *dw, real *db, void *scratch)
{
	(void)scratch;
	for (int i = 0; i < n; i++, x += (size_t)g->h * g->w * g->c)
		for (int oy = 0; oy < g->oh; oy++)
			for (int ox = 0; ox < g->ow; ox++)
				for (int k = 0; k < g->c * g->m; k++, dy++) {
					depthwise_back(g, oy, ox, k, *dy, x, NULL, NULL, dw);
					if (db)
						db[k] += *dy;
				}
}

void
dense_y_ref(int n, int in, int units, int i0, int i1, const real *x, const real *w, bool adds, real *y)
{
	for (int i = 0; i < n; i++)
		for (int u = 0; u < units; u++) {
			real sum = 0;
			for (int k = i0; k < i1; k++)
				sum += x[(size_t)i * in + k] * w[(size_t)k * units + u];
			y[(size_t)i * units + u] = (adds ? y[(size_t)i * units + u] : 0) + sum;
		}
}

void
dense_dx_ref(int n, int in, int units, int i0, int i1, const real *dy, const real *w, real *dx)
{
	for (int i = 0; i < n; i++)
		for (int k = i0; k < i1; k++) {
			real sum = 0;
			for (int u = 0; u < units; u++)
				sum += dy[(size_t)i * units + u] * w[(size_t)k * units + u];
			dx[(size_t)i * in + k] = sum;
		}
}

void
dense_dw_ref(int n, int in, int units, int i0, int i1, const real *x, const real *dy, real *dw)
{
	for (int k = i0; k < i1; k++)
		for (int u = 0; u < units; u++) {
			real sum = 0;
			for (int i = 0; i < n; i++)
				sum += x[(size_t)i * in + k] * dy[(size_t)i * units + u];
			dw[(size_t)k * units + u] = sum;
		}
}

void
dense_db_ref(int n, int units, const real *dy, real *db)
{
	memset(db, 0, (size_t)units * sizeof *db);
	for (int i = 0; i < n; i++)
		for (int u = 0; u < units; u++)
			db[u] += dy[(size_t)i * units + u];
}
