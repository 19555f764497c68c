/* Convolution as it is defined: the bits of every set with fused multiply-adds. Where the shape asks for Winograd's algorithms,
 * these are the definition. */
#include "kern/both/before_pool.h"
#include "kern/isa.h"
#include "kern/order.h"
#include "kern/plain/sums.h"
#include "kern/plain/winograd_f2.h"
#include "kern/plain/winograd_f4.h"

size_t
SET(conv_scratch_size)(const struct conv *g)
{
	return winograd_f4_fits(g) ? winograd_f4_scratch(g) * sizeof(real) : 0;
}

size_t
SET(conv_points_size)(const struct conv *g, bool back)
{
	(void)g, (void)back;
	return 0;
}

void
SET(conv_points)(const struct conv *g, bool back, int part, int parts, const real *w, void *points)
{
	(void)g, (void)back, (void)part, (void)parts, (void)w, (void)points;
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

/* over a kernel's rows, columns and channels; what lies outside of the image is 0 */
static real
conv_y_element(const struct conv *g, const real *x, const real *w, int oy, int ox, int k)
{
	const bool narrow = narrow_filter(g->f, k);
	real sum[2] = { 0, 0 };

	for (int ky = 0; ky < g->kh; ky++)
		for (int t = 0; t < g->kw * g->c; t++) {
			real *const s = &sum[narrow && t % 2];
			const int kx = t / g->c, ic = t % g->c;
			*s = fused(at(g, x, oy * g->sh + ky - g->top, ox * g->sw + kx - g->left, ic), w[tap(g, ky, kx, ic, k)], *s);
		}
	return narrow ? sum[0] + sum[1] : sum[0];
}

static void
conv_y_image(const struct conv *g, const real *x, const real *w, const real *b, bool relu, real *y)
{
	for (int oy = 0; oy < g->oh; oy++)
		for (int ox = 0; ox < g->ow; ox++)
			for (int k = 0; k < g->f; k++)
				*y++ = bounded(relu, conv_y_element(g, x, w, oy, ox, k) + (b ? b[k] : 0));
}

void
SET(conv_y)(const struct conv *g, int n, const real *x, const real *w, const void *points, const real *b, bool relu, real *y,
            void *scratch)
{
	const size_t in = (size_t)g->h * g->w * g->c, out = (size_t)g->oh * g->ow * g->f;

	(void)points;
	if (winograd_f4_fits(g)) {
		winograd_f4_y(g, n, x, w, b, relu, y, scratch);
		return;
	}
	for (int i = 0; i < n; i++, x += in, y += out)
		if (winograd_f2_fits(g))
			winograd_f2_image(g, x, w, b, relu, y);
		else
			conv_y_image(g, x, w, b, relu, y);
}

/* the value at (oy, ox, k) of dy (oh, ow, f): 0 outside */
static real
dy_at(const struct conv *g, const real *dy, int oy, int ox, int k)
{
	if (oy < 0 || oy >= g->oh || ox < 0 || ox >= g->ow)
		return 0;
	return dy[((size_t)oy * g->ow + ox) * g->f + k];
}

/* a convolution of dy: over the kernel's rows and columns from the last one on, but those that strides skip, and filters */
static real
conv_dx_element(const struct conv *g, const real *dy, const real *w, int iy, int ix, int ic)
{
	const bool narrow = narrow_filter(g->c, ic);
	real sum[2] = { 0, 0 };

	for (int ky = g->kh - 1; ky >= 0; ky--) {
		const int y = iy + g->top - ky;
		int t = 0;
		for (int kx = g->kw - 1; kx >= 0 && y % g->sh == 0; kx--) {
			const int x = ix + g->left - kx;
			for (int k = 0; k < g->f && x % g->sw == 0; k++, t++) {
				real *const s = &sum[narrow && t % 2];
				*s = fused(dy_at(g, dy, y / g->sh, x / g->sw, k), w[tap(g, ky, kx, ic, k)], *s);
			}
		}
	}
	return (narrow ? sum[0] + sum[1] : sum[0]) + 0;
}

void
SET(conv_dx)(const struct conv *g, int n, const real *dy, const real *w, const void *points, real *dx, void *scratch)
{
	(void)points;
	if (winograd_f4_fits(g)) {
		winograd_f4_dx(g, n, dy, w, dx, scratch);
		return;
	}
	for (int i = 0; i < n; i++, dy += (size_t)g->oh * g->ow * g->f)
		for (int iy = 0; iy < g->h; iy++)
			for (int ix = 0; ix < g->w; ix++)
				for (int ic = 0; ic < g->c; ic++)
					*dx++ = conv_dx_element(g, dy, w, iy, ix, ic);
}

/* over the pixels of an image */
static real
conv_dw_element(const struct conv *g, const real *x, const real *dy, int ky, int kx, int ic, int k)
{
	real sum = 0;

	for (int oy = 0; oy < g->oh; oy++)
		for (int ox = 0; ox < g->ow; ox++)
			sum = fused(at(g, x, oy * g->sh + ky - g->top, ox * g->sw + kx - g->left, ic),
				dy[((size_t)oy * g->ow + ox) * g->f + k], sum);
	return sum;
}

static void
conv_dw_image(const struct conv *g, const real *x, const real *dy, real *dw)
{
	for (int ky = 0; ky < g->kh; ky++)
		for (int kx = 0; kx < g->kw; kx++)
			for (int ic = 0; ic < g->c; ic++)
				for (int k = 0; k < g->f; k++)
					*dw++ += conv_dw_element(g, x, dy, ky, kx, ic, k);
}

/* The sum of each image is added in one piece; but Winograd's sums run through all of them. */
void
SET(conv_dw)(const struct conv *g, int n, const real *x, const real *dy, real *dw, real *db, void *scratch)
{
	const size_t in = (size_t)g->h * g->w * g->c, pixels = (size_t)g->oh * g->ow, out = pixels * g->f;

	for (int i = 0; i < n && db; i++)
		for (int k = 0; k < g->f; k++)
			db[k] += column_sum(pixels, (size_t)g->f, dy + i * out + k);
	if (winograd_f4_fits(g))
		winograd_f4_dw(g, n, x, dy, dw, scratch);
	else
		for (int i = 0; i < n; i++)
			conv_dw_image(g, x + i * in, dy + i * out, dw);
}

size_t
SET(conv_pool_scratch_size)(const struct conv *g, const struct pool *q)
{
	return ((size_t)g->oh * g->ow * g->f + before_pool_room(q)) * sizeof(real);
}

void
SET(conv_pool_y)(const struct conv *g, const struct pool *q, int n, const real *x, const real *w, const real *b,
                 const struct before_pool *f, real *y, int32_t *place, real *inside, void *scratch)
{
	const size_t row = (size_t)g->ow * g->f, out = (size_t)q->ow * g->f;
	real *const whole = scratch, *const room = whole + (size_t)g->oh * row;

	for (int i = 0; i < n; i++, x += (size_t)g->h * g->w * g->c) {
		SET(conv_y)(g, 1, x, w, NULL, b, before_pool_relu(f), whole, NULL);
		for (int oy = 0; oy < q->oh; oy++, y += out, place += place ? out : 0, inside += inside ? out : 0)
			before_pool_row(q, f, i, oy, whole + (size_t)(oy * q->ph) * row, room, y, place, inside);
	}
}
