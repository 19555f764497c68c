/* Batch normalization, an activation and a max pool in one pass over an image, and the way back, on which a window is what the largest
 * of its numbers is. SIDE channels at once are kept in registers along a row of windows. */
#include "kern/both/loops.h"
#include "kern/both/sides.h"
#include "kern/isa.h"

typedef INDEX side_index __attribute__((vector_size(SIDE * sizeof(INDEX))));
typedef int32_t side_places __attribute__((vector_size(SIDE * sizeof(int32_t)), aligned(sizeof(int32_t))));

#define ALWAYS static inline __attribute__((always_inline))

ALWAYS void
side_to(real *y, side x)
{
	*(side_anywhere *)y = x;
}

ALWAYS side_index
side_places_at(const int32_t *at)
{
	return __builtin_convertvector(*(const side_places *)at, side_index);
}

ALWAYS side
side_masked(side_index where, side x)
{
	return (side)((side_index)x & where);
}

ALWAYS side_index
side_either(side_index where, side_index a, side_index b)
{
	return (a & where) | (b & ~where);
}

/* the numbers first, first + 1, ... */
ALWAYS side_index
side_from(int first)
{
	side_index k = { 0 };

	for (int i = 0; i < SIDE; i++)
		k[i] = first + i;
	return k;
}

struct sizes {
	int row, image, out; /* numbers of a row, of an image, of an image's windows */
};

static struct sizes
sizes_of(const struct pool *q)
{
	return (struct sizes){ q->w * q->c, q->h * q->w * q->c, q->oh * q->ow * q->c };
}

/* ---- forward ---- */

/* One of a window's numbers, after the normalization and, where it has been taken, the activation. */
ALWAYS side
normed(const bool acted, const real *x, const real *z, side scale, side shift)
{
	return acted ? side_at(z) : side_at(x) * scale + shift;
}

/* A window (h, w) of SIDE channels of x, number `first` of its image; z: the same numbers after the activation. */
ALWAYS void
norm_window(const int h, const int w, const enum act act, int row, int c, int first, const real *x, const real *z, side scale, side shift,
            real *y, int32_t *at, real *top)
{
	const bool acted = act != ACT_LINEAR && act != ACT_RELU;
	const side zero = { 0 }, one = normed(acted, x, z, scale, shift);
	side best = act == ACT_RELU ? (side)side_either(zero > one, (side_index)zero, (side_index)one) : one, inside = side_at(x);
	side_index where = { 0 };

	for (int iy = 0; iy < h; iy++)
		for (int ix = 0; ix < w; ix++) {
			const int k = iy * row + ix * c;
			const side other = normed(acted, x + k, z + k, scale, shift);
			const side_index more = other > best;
			best = (side)side_either(more, (side_index)other, (side_index)best);
			inside = (side)side_either(more, (side_index)side_at(x + k), (side_index)inside);
			where = side_either(more, (side_index){ 0 } + k, where);
		}
	side_to(y, best);
	if (!at)
		return;
	where += side_from(first);
	where = act == ACT_RELU ? side_either(best > zero, where, (side_index){ 0 } - 1) : where;
	*(side_places *)at = __builtin_convertvector(where, side_places);
	side_to(top, inside);
}

ALWAYS void
norm_windows(const int h, const int w, const enum act act, const struct pool *q, int first, const real *x, const real *z, const real *scale,
             const real *shift, real *y, int32_t *at, real *top)
{
	const int c = q->c, row = q->w * c;

	for (int k = 0; k < c; k += SIDE) {
		const side a = side_at(scale + k), b = side_at(shift + k);
		for (int ox = 0; ox < q->ow; ox++) {
			const int from = ox * w * c + k, to = ox * c + k;
			norm_window(h, w, act, row, c, first + from, x + from, z + from, a, b, y + to, at ? at + to : NULL, at ? top + to : NULL);
		}
	}
}

/* z = act(scale x + shift), of a row of windows */
static void
norm_act(const struct pool *q, const struct before_pool *f, const real *x, const real *scale, const real *shift, real *z)
{
	const int pixels = q->ph * q->w, c = q->c;

	for (int k = 0; k < c; k += SIDE) {
		const side a = side_at(scale + k), b = side_at(shift + k);
		for (int i = k; i < pixels * c; i += c)
			side_to(z + i, side_at(x + i) * a + b);
	}
	SET(act_y)(f->act, f->slope, (size_t)(pixels * c), z, z);
}

/* The loops for the activations that need no array of their own, and windows of the usual size. */
ALWAYS void
norm_row(const struct pool *q, const enum act act, int first, const real *x, const real *z, const real *scale, const real *shift, real *y,
         int32_t *at, real *top)
{
	if (q->ph == 2 && q->pw == 2 && at)
		norm_windows(2, 2, act, q, first, x, z, scale, shift, y, at, top);
	else if (q->ph == 2 && q->pw == 2)
		norm_windows(2, 2, act, q, first, x, z, scale, shift, y, NULL, NULL);
	else
		norm_windows(q->ph, q->pw, act, q, first, x, z, scale, shift, y, at, top);
}

void
SET(bn_pool_y)(const struct pool *q, const struct before_pool *f, int n, const real *x, const real *scale, const real *shift, real *y,
               int32_t *at, real *top, real *room)
{
	const struct sizes s = sizes_of(q);
	const int out = q->ow * q->c;

	for (int i = 0; i < n; i++, x += s.image)
		for (int oy = 0; oy < q->oh; oy++, y += out, at += at ? out : 0, top += at ? out : 0) {
			const int first = oy * q->ph * s.row;
			const real *const from = x + first;
			if (f->act == ACT_RELU) {
				norm_row(q, ACT_RELU, first, from, from, scale, shift, y, at, top);
			} else if (f->act == ACT_LINEAR) {
				norm_row(q, ACT_LINEAR, first, from, from, scale, shift, y, at, top);
			} else {
				norm_act(q, f, from, scale, shift, room);
				norm_row(q, ACTS, first, from, room, scale, shift, y, at, top);
			}
		}
}

/* ---- back ---- */

/* Adds the windows whose largest number is in a row of pixels, that of numbers first..last-1. A row has one number of a window's channel at
 * most, so that sums are in the order of the pixels. */
ALWAYS void
add_windows(const struct pool *q, int first, int last, const int32_t *at, const real *top, const real *dy, side mean, side sum[2])
{
	for (int k = 0; k < q->ow * q->c; k += q->c) {
		const side_index place = side_places_at(at + k);
		const side g = side_masked((place >= first) & (place < last), side_at(dy + k));
		sum[0] += g;
		sum[1] += g * (side_at(top + k) - mean);
	}
}

void
SET(bn_pool_dsum)(const struct pool *q, int n, const int32_t *at, const real *top, const real *mean, const real *dy, real *sdy, real *sdyx)
{
	const struct sizes s = sizes_of(q);
	const int rows = BN_ROWS / q->w, windows = q->oh * q->ph;

	for (int i = 0; i < n; i++, at += s.out, top += s.out, dy += s.out)
		for (int k = 0; k < q->c; k += SIDE)
			for (int y0 = 0; y0 < q->h; y0 += rows) {
				side sum[2] = { { 0 }, { 0 } };
				for (int y = y0; y < y0 + rows && y < windows; y++) {
					const int from = y / q->ph * q->ow * q->c + k;
					add_windows(q, y * s.row, (y + 1) * s.row, at + from, top + from, dy + from, side_at(mean + k), sum);
				}
				side_to(sdy + k, side_at(sdy + k) + sum[0]);
				side_to(sdyx + k, side_at(sdyx + k) + sum[1]);
			}
}

/* The gradient of windows of 2x2, of all rows. */
static void
norm_dx_2x2(const struct pool *q, const real *x, const int32_t *at, const real *dy, const real *a, const real *b, const real *k, real *dx)
{
	const int c = q->c, row = q->w * c;

	for (int j = 0; j < c; j += SIDE) {
		const side as = side_at(a + j), bs = side_at(b + j), ks = side_at(k + j);
		for (int oy = 0; oy < q->oh; oy++)
			for (int ox = 0; ox < q->ow; ox++) {
				const int from = (oy * q->ow + ox) * c + j, to = 2 * oy * row + 2 * ox * c + j;
				const side_index place = side_places_at(at + from) - side_from(to);
				const side g = side_at(dy + from);
				for (int p = 0; p < 4; p++) {
					const int here = p / 2 * row + p % 2 * c;
					side_to(dx + to + here, as * side_masked(place == here, g) + bs * side_at(x + to + here) + ks);
				}
			}
	}
}

void
SET(bn_pool_dx)(const struct pool *q, int n, const real *x, const int32_t *at, const real *dy, const real *a, const real *b, const real *k,
                real *dx)
{
	const struct sizes s = sizes_of(q);
	const bool tiles = q->ph == 2 && q->pw == 2 && q->h % 2 == 0 && q->w % 2 == 0;

	for (int i = 0; i < n; i++, x += s.image, at += s.out, dy += s.out, dx += s.image)
		if (tiles) {
			norm_dx_2x2(q, x, at, dy, a, b, k, dx);
		} else {
			SET(maxpool_dx)(q, 1, at, dy, dx);
			SET(bn_dx)((size_t)(q->h * q->w), q->c, x, dx, a, b, k, dx);
		}
}
