/* Batch normalization. Sums over rows go through short sums of BN_ROWS rows: adding a million floats to one loses digits. */
#include <string.h>

#include "kern/both/loops.h"
#include "kern/both/sides.h"
#include "kern/isa.h"

enum { NUMBERS = 128, SUMS = 2, TOGETHER = 4 }; /* vectors that are summed side by side */

/* What is summed: x, (x - mean)^2, or dy and dy (x - mean). */
enum what { OF_X, OF_SQUARES, OF_PRODUCTS };

static inline __attribute__((always_inline)) void
add_row(const enum what what, side x, side mean, side dy, side sum[SUMS])
{
	const side d = x - mean;

	if (what == OF_X)
		sum[0] += x;
	if (what == OF_SQUARES)
		sum[0] += d * d;
	if (what == OF_PRODUCTS) {
		sum[0] += dy;
		sum[1] += dy * d;
	}
}

/* `sides` vectors of channels side by side in `blocks` times BN_ROWS rows (or in the last rows): sums that do not wait for each other. Means and
 * sums of one block are `apart` numbers from those of the next. */
static inline __attribute__((always_inline)) void
sum_sides(const enum what what, const int sides, const int blocks, size_t apart, size_t rows, size_t c, const real *x, const real *mean,
          const real *dy, real *sums, real *more)
{
	side part[TOGETHER][SUMS], m[TOGETHER];

	memset(part, 0, sizeof part);
	for (int i = 0; i < blocks * sides; i++) /* not used for OF_X */
		m[i] = side_at(mean + (size_t)(i / sides) * apart + i % sides * SIDE);
	for (size_t r = 0; r < rows; r++)
		for (int b = 0; b < blocks; b++)
			for (int i = 0; i < sides; i++) {
				const size_t at = ((size_t)b * BN_ROWS + r) * c + (size_t)i * SIDE;
				add_row(what, side_at(x + at), m[b * sides + i], side_at(dy + at), part[b * sides + i]);
			}
	for (int b = 0; b < blocks; b++)
		for (int i = 0; i < sides; i++) {
			*(side_anywhere *)(sums + (size_t)b * apart + i * SIDE) += part[b * sides + i][0];
			if (what == OF_PRODUCTS)
				*(side_anywhere *)(more + i * SIDE) += part[b * sides + i][1];
		}
}

/* the channels that are left over from vectors */
static inline __attribute__((always_inline)) void
sum_rest(const enum what what, int k0, size_t rows, int c, const real *x, const real *mean, const real *dy, real *sums, real *more)
{
	real part[SIDE][SUMS] = { { 0 } };

	for (size_t r = 0; r < rows; r++)
		for (int k = k0; k < c; k++) {
			const real one = x[r * (size_t)c + (size_t)k], d = what == OF_X ? 0 : one - mean[k];
			const real g = what == OF_PRODUCTS ? dy[r * (size_t)c + (size_t)k] : 0;
			part[k - k0][0] += what == OF_X ? one : what == OF_SQUARES ? d * d : g;
			part[k - k0][1] += g * d;
		}
	for (int k = k0; k < c; k++) {
		sums[k] += part[k - k0][0];
		if (what == OF_PRODUCTS)
			more[k] += part[k - k0][1];
	}
}

/* BN_ROWS rows or less, or `blocks` times BN_ROWS where a row has few channels */
static inline __attribute__((always_inline)) void
sum_block(const enum what what, const int blocks, size_t apart, size_t rows, int c, const real *x, const real *mean, const real *dy, real *sums,
          real *more)
{
	const size_t n = (size_t)c;
	int k = 0;

	for (; blocks == 1 && k + TOGETHER * SIDE <= c; k += TOGETHER * SIDE)
		sum_sides(what, TOGETHER, 1, apart, rows, n, x + k, mean + k, dy + k, sums + k, more + k);
	for (; k + SIDE <= c; k += SIDE)
		sum_sides(what, 1, blocks, apart, rows, n, x + k, mean + k, dy + k, sums + k, more + k);
	for (int b = 0; k < c && b < blocks; b++)
		sum_rest(what, k, rows, c, x + (size_t)b * BN_ROWS * n, mean + (size_t)b * apart, dy + (size_t)b * BN_ROWS * n, sums + (size_t)b * apart, more);
}

static inline __attribute__((always_inline)) void
sum_rows(const enum what what, size_t apart, size_t rows, int c, const real *x, const real *mean, const real *dy, real *sums, real *more)
{
	while (rows) {
		const bool few = c < TOGETHER * SIDE && rows >= TOGETHER * BN_ROWS;
		const size_t blocks = few ? TOGETHER : 1, here = few ? TOGETHER * BN_ROWS : rows < BN_ROWS ? rows : BN_ROWS, n = here * (size_t)c;
		if (few)
			sum_block(what, TOGETHER, apart, BN_ROWS, c, x, mean, dy, sums, more);
		else
			sum_block(what, 1, apart, here, c, x, mean, dy, sums, more);
		rows -= here;
		x += n;
		dy += n;
		mean += blocks * apart;
		sums += blocks * apart;
	}
}

void
SET(bn_sum)(size_t rows, int c, const real *x, real *sums)
{
	sum_rows(OF_X, 0, rows, c, x, x, x, sums, sums);
}

void
SET(bn_square)(size_t rows, int c, const real *x, const real *mean, real *sums)
{
	sum_rows(OF_SQUARES, 0, rows, c, x, mean, x, sums, sums);
}

void
SET(bn_dsum)(size_t rows, int c, const real *x, const real *mean, const real *dy, real *sdy, real *sdyx)
{
	sum_rows(OF_PRODUCTS, 0, rows, c, x, mean, dy, sdy, sdyx);
}

void
SET(bn_moments)(size_t rows, int c, const real *x, real *sum, real *mean, real *square)
{
	const size_t blocks = (rows + BN_ROWS - 1) / BN_ROWS, n = blocks * (size_t)c;

	memset(sum, 0, n * sizeof *sum);
	memset(square, 0, n * sizeof *square);
	sum_rows(OF_X, (size_t)c, rows, c, x, sum, x, sum, sum);
	for (size_t i = 0; i < n; i++)
		mean[i] = sum[i] / (real)(i / (size_t)c + 1 < blocks ? BN_ROWS : rows - (blocks - 1) * BN_ROWS);
	sum_rows(OF_SQUARES, (size_t)c, rows, c, x, mean, x, square, square);
}

static void
scale_rows(size_t rows, size_t c, const real *x, const real *scale, const real *shift, real *y)
{
	for (size_t r = 0; r < rows; r++, x += c, y += c) {
		INDEPENDENT
		for (size_t k = 0; k < c; k++)
			y[k] = x[k] * scale[k] + shift[k];
	}
}

/* `times` times the same c numbers */
static void
repeat(size_t times, size_t c, const real *x, real *many)
{
	for (size_t i = 0; i < times; i++)
		memcpy(many + i * c, x, c * sizeof *x);
}

/* Rows so short that several of them are done as one. */
static size_t
rows_together(size_t rows, int c)
{
	const size_t most = (size_t)c < NUMBERS ? NUMBERS / (size_t)c : 1;

	return rows < 2 * most ? 1 : most;
}

void
SET(bn_y)(size_t rows, int c, const real *x, const real *scale, const real *shift, real *y)
{
	const size_t n = (size_t)c, together = rows_together(rows, c), longs = rows / together, done = longs * together * n;
	real scales[NUMBERS], shifts[NUMBERS];

	if (together > 1) {
		repeat(together, n, scale, scales);
		repeat(together, n, shift, shifts);
		scale_rows(longs, together * n, x, scales, shifts, y);
		rows -= longs * together;
		x += done;
		y += done;
	}
	scale_rows(rows, n, x, scale, shift, y);
}

static void
dx_rows(size_t rows, size_t c, const real *x, const real *dy, const real *a, const real *b, const real *k, real *dx)
{
	for (size_t r = 0; r < rows; r++, x += c, dy += c, dx += c) {
		INDEPENDENT
		for (size_t i = 0; i < c; i++)
			dx[i] = a[i] * dy[i] + b[i] * x[i] + k[i];
	}
}

void
SET(bn_dx)(size_t rows, int c, const real *x, const real *dy, const real *a, const real *b, const real *k, real *dx)
{
	const size_t n = (size_t)c, together = rows_together(rows, c), longs = rows / together, done = longs * together * n;
	real as[NUMBERS], bs[NUMBERS], ks[NUMBERS];

	if (together > 1) {
		repeat(together, n, a, as);
		repeat(together, n, b, bs);
		repeat(together, n, k, ks);
		dx_rows(longs, together * n, x, dy, as, bs, ks, dx);
		rows -= longs * together;
		x += done;
		dy += done;
		dx += done;
	}
	dx_rows(rows, n, x, dy, a, b, k, dx);
}
