/* Convolution as it is defined. The fast versions are checked against this, and sum in the same order; where they differ, it is
 * in rounding (a fused multiply-add rounds once). */
#include "kern/both/maxpool_row.h"
#include "kern/isa.h"

size_t
SET(conv_scratch)(const struct conv *g)
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
SET(conv_y)(const struct conv *g, int n, const real *x, const real *w, const real *b, bool relu, real *y,
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
SET(conv_dx)(const struct conv *g, int n, const real *dy, const real *w, real *dx, void *scratch)
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
SET(conv_dw)(const struct conv *g, int n, const real *x, const real *dy, real *dw, real *db, void *scratch)
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
SET(conv_pool_scratch)(const struct conv *g, const struct pool *q)
{
	(void)q;
	return (size_t)g->oh * g->ow * g->f * sizeof(real);
}

void
SET(conv_pool_y)(const struct conv *g, const struct pool *q, int n, const real *x, const real *w, const real *b, bool relu,
                real *y, int32_t *place, void *scratch)
{
	const size_t row = (size_t)g->ow * g->f, out = (size_t)q->ow * g->f;
	real *whole = scratch;

	for (int i = 0; i < n; i++, x += (size_t)g->h * g->w * g->c) {
		SET(conv_y)(g, 1, x, w, b, relu, whole, NULL);
		for (int oy = 0; oy < q->oh; oy++, y += out, place += place ? out : 0)
			maxpool_row(q, oy, whole + (size_t)(oy * q->ph) * row, y, place);
	}
}
