/* Depthwise convolution as it is defined; k is one of the c m output channels. */
#include <string.h>

#include "kern/isa.h"

size_t
SET(depthwise_scratch)(const struct depthwise *g)
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
SET(depthwise_y)(const struct depthwise *g, int n, const real *x, const real *w, const real *b, bool relu, real *y, void *scratch)
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
SET(depthwise_dx)(const struct depthwise *g, int n, const real *dy, const real *w, real *dx, void *scratch)
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
SET(depthwise_dw)(const struct depthwise *g, int n, const real *x, const real *dy, real *dw, real *db, void *scratch)
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
