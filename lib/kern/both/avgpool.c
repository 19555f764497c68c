/* Average pooling and its gradient, pixel by pixel of each window. */
#include <string.h>

#include "kern/both/loops.h"
#include "kern/both/overlapping.h"
#include "kern/both/windows.h"
#include "kern/isa.h"

static inline void
add(int c, const real *x, real *y)
{
	INDEPENDENT
	for (int k = 0; k < c; k++)
		y[k] += x[k];
}

static inline void
add_part(int c, real part, const real *x, real *y)
{
	INDEPENDENT
	for (int k = 0; k < c; k++)
		y[k] += part * x[k];
}

static void
avgpool_image(const struct pool *g, const real *x, real *y)
{
	const int c = g->c;

	for (int oy = 0; oy < g->oh; oy++)
		for (int ox = 0; ox < g->ow; ox++, y += c) {
			const struct pool_window v = window(g, oy, ox);
			for (int k = 0; k < c; k++)
				y[k] = 0;
			for (int iy = v.y0; iy < v.y1; iy++)
				for (int ix = v.x0; ix < v.x1; ix++)
					add(c, x + ((size_t)iy * g->w + ix) * c, y);
			for (int k = 0; k < c; k++)
				y[k] /= count(v);
		}
}

void
SET(avgpool_y)(const struct pool *g, int n, const real *x, real *y, void *scratch)
{
	const size_t in = (size_t)g->h * g->w * g->c, out = (size_t)g->oh * g->ow * g->c;

	for (int i = 0; i < n; i++, x += in, y += out)
		if (pool_overlaps(g))
			avgpool_overlapping(g, x, y, scratch);
		else
			avgpool_image(g, x, y);
}

static void
avgpool_dx_image(const struct pool *g, const real *dy, real *dx)
{
	const int c = g->c;

	memset(dx, 0, (size_t)g->h * g->w * c * sizeof *dx);
	for (int oy = 0; oy < g->oh; oy++)
		for (int ox = 0; ox < g->ow; ox++, dy += c) {
			const struct pool_window v = window(g, oy, ox);
			const real part = 1 / count(v);
			for (int iy = v.y0; iy < v.y1; iy++)
				for (int ix = v.x0; ix < v.x1; ix++)
					add_part(c, part, dy, dx + ((size_t)iy * g->w + ix) * c);
		}
}

void
SET(avgpool_dx)(const struct pool *g, int n, const real *dy, real *dx, void *scratch)
{
	const size_t in = (size_t)g->h * g->w * g->c, out = (size_t)g->oh * g->ow * g->c;

	for (int i = 0; i < n; i++, dy += out, dx += in)
		if (pool_overlaps(g))
			avgpool_dx_overlapping(g, dy, dx, scratch);
		else
			avgpool_dx_image(g, dy, dx);
}
