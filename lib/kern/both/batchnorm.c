/* Batch normalization. Sums over rows go through short sums of ROWS rows: adding a million floats to one loses digits. */
#include "kern/both/loops.h"
#include "kern/isa.h"

enum { ROWS = 128, CHANNELS = 64 };

void
SET(bn_sum)(size_t rows, int c, const real *x, real *sums)
{
	for (size_t r0 = 0; r0 < rows; r0 += ROWS)
		for (int k0 = 0; k0 < c; k0 += CHANNELS) {
			const size_t r1 = rows - r0 < ROWS ? rows : r0 + ROWS;
			const int m = min(c - k0, CHANNELS);
			real part[CHANNELS] = { 0 };
			for (size_t r = r0; r < r1; r++)
				for (int k = 0; k < m; k++)
					part[k] += x[r * c + k0 + k];
			for (int k = 0; k < m; k++)
				sums[k0 + k] += part[k];
		}
}

void
SET(bn_square)(size_t rows, int c, const real *x, const real *mean, real *sums)
{
	for (size_t r0 = 0; r0 < rows; r0 += ROWS)
		for (int k0 = 0; k0 < c; k0 += CHANNELS) {
			const size_t r1 = rows - r0 < ROWS ? rows : r0 + ROWS;
			const int m = min(c - k0, CHANNELS);
			real part[CHANNELS] = { 0 };
			for (size_t r = r0; r < r1; r++)
				for (int k = 0; k < m; k++) {
					const real d = x[r * c + k0 + k] - mean[k0 + k];
					part[k] += d * d;
				}
			for (int k = 0; k < m; k++)
				sums[k0 + k] += part[k];
		}
}

void
SET(bn_y)(size_t rows, int c, const real *x, const real *scale, const real *shift, real *y)
{
	for (size_t r = 0; r < rows; r++, x += c, y += c) {
		INDEPENDENT
		for (int k = 0; k < c; k++)
			y[k] = x[k] * scale[k] + shift[k];
	}
}

void
SET(bn_dsum)(size_t rows, int c, const real *x, const real *mean, const real *dy, real *sdy, real *sdyx)
{
	for (size_t r0 = 0; r0 < rows; r0 += ROWS)
		for (int k0 = 0; k0 < c; k0 += CHANNELS) {
			const size_t r1 = rows - r0 < ROWS ? rows : r0 + ROWS;
			const int m = min(c - k0, CHANNELS);
			real part[CHANNELS] = { 0 }, partx[CHANNELS] = { 0 };
			for (size_t r = r0; r < r1; r++)
				for (int k = 0; k < m; k++) {
					const real d = dy[r * c + k0 + k];
					part[k] += d;
					partx[k] += d * (x[r * c + k0 + k] - mean[k0 + k]);
				}
			for (int k = 0; k < m; k++) {
				sdy[k0 + k] += part[k];
				sdyx[k0 + k] += partx[k];
			}
		}
}

void
SET(bn_dx)(size_t rows, int c, const real *x, const real *dy, const real *a, const real *b, const real *k, real *dx)
{
	for (size_t r = 0; r < rows; r++, x += c, dy += c, dx += c) {
		INDEPENDENT
		for (int i = 0; i < c; i++)
			dx[i] = a[i] * dy[i] + b[i] * x[i] + k[i];
	}
}
