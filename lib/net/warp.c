#include "net/warp.h"

#include <math.h>
#include <string.h>

enum { FILL, INTERPOLATION, FILL_VALUE };
enum { BILINEAR, NEAREST };

const char *const warp_interpolations[] = { [BILINEAR] = "bilinear", [NEAREST] = "nearest", NULL };

/* The two pixels around a place on one axis, and their parts of it; pixel -1: outside. */
struct neighbours {
	int at[2];
	double part[2];
};

static struct neighbours
around(double place, int n, const struct value *options)
{
	if (options[INTERPOLATION].i == NEAREST)
		place = floor(place + 0.5);
	const double first = floor(place);
	const int fill = options[FILL].i;

	return (struct neighbours){ { augment_inside((int)first, n, fill), augment_inside((int)first + 1, n, fill) },
		{ 1 - (place - first), place - first } };
}

/* The four pixels that pixel (i, j) of the output is made of: their places in the image, -1: outside, and parts. */
struct spot {
	ptrdiff_t at[4];
	real part[4];
};

static struct spot
spot(const struct layer *l, const struct warp *w, int i, int j)
{
	const int height = (int)l->in.d[0], width = (int)l->in.d[1];
	const double middle_y = (height - 1) / 2.0, middle_x = (width - 1) / 2.0, y = i - middle_y, x = j - middle_x;
	const struct neighbours row = around(middle_y + w->yy * y + w->yx * x, height, w->options);
	const struct neighbours col = around(middle_x + w->xy * y + w->xx * x, width, w->options);
	struct spot s;

	for (int k = 0; k < 4; k++) {
		const int r = row.at[k / 2], c = col.at[k % 2];
		s.at[k] = r < 0 || c < 0 ? -1 : (ptrdiff_t)r * width + c;
		s.part[k] = (real)(row.part[k / 2] * col.part[k % 2]);
	}
	return s;
}

/* y (c) = the sum of the parts of four pixels of x. */
static void
gather(const struct spot *s, ptrdiff_t c, real fill, const real *x, real *y)
{
	for (ptrdiff_t k = 0; k < c; k++) {
		y[k] = 0;
		for (int q = 0; q < 4; q++)
			y[k] += s->part[q] * (s->at[q] < 0 ? fill : x[s->at[q] * c + k]);
	}
}

/* The way back: dy (c) goes to the four pixels of dx, to each its part. */
static void
scatter(const struct spot *s, ptrdiff_t c, const real *dy, real *dx)
{
	for (int q = 0; q < 4; q++)
		for (ptrdiff_t k = 0; k < c && s->at[q] >= 0; k++)
			dx[s->at[q] * c + k] += s->part[q] * dy[k];
}

void
warp_forward(const struct layer *l, const struct pass *p)
{
	const int64_t c = l->in.d[2];
	const real *x = p->x;
	real *y = p->y;

	for (int n = 0; n < p->n; n++, x += layer_in(l)) {
		const struct warp w = l->type->warp(l, p, n);
		for (int i = 0; i < l->in.d[0]; i++)
			for (int j = 0; j < l->in.d[1]; j++, y += c) {
				const struct spot s = spot(l, &w, i, j);
				gather(&s, c, (real)w.options[FILL_VALUE].r, x, y);
			}
	}
}

void
warp_backward(const struct layer *l, const struct pass *p)
{
	const int64_t c = l->in.d[2];
	const real *dy = p->dy;
	real *dx = p->dx;

	memset(dx, 0, (size_t)p->n * layer_in(l) * sizeof *dx);
	for (int n = 0; n < p->n; n++, dx += layer_in(l)) {
		const struct warp w = l->type->warp(l, p, n);
		for (int i = 0; i < l->in.d[0]; i++)
			for (int j = 0; j < l->in.d[1]; j++, dy += c) {
				const struct spot s = spot(l, &w, i, j);
				scatter(&s, c, dy, dx);
			}
	}
}
