/* Dense layers as they are defined: the bits of every set with fused multiply-adds. */
#include "kern/isa.h"
#include "kern/order.h"
#include "kern/plain/sums.h"

/* rows i0..i1-1 of w, one after the other */
void
SET(dense_y)(int n, int in, int units, int i0, int i1, const real *x, const real *w, bool adds, real *y)
{
	for (int i = 0; i < n; i++, x += in)
		for (int u = 0; u < units; u++, y++) {
			real sum = 0;
			for (int k = i0; k < i1; k++)
				sum = fused(x[k], w[(size_t)k * units + u], sum);
			sum += 0; /* minus zero becomes zero */
			*y = adds ? sum + *y : sum;
		}
}

static real
units_sum(int units, const real *dy, const real *w)
{
	real sum = 0;

	for (int u = 0; u < units; u++)
		sum = fused(w[u], dy[u], sum);
	return sum + 0;
}

/* the sums of UNITS_TOGETHER units, one after the other */
void
SET(dense_dx)(int n, int in, int units, int i0, int i1, const real *dy, const real *w, real *dx)
{
	for (int i = 0; i < n; i++, dy += units, dx += in)
		for (int k = i0; k < i1; k++)
			for (int u = 0; u < units; u += UNITS_TOGETHER) {
				const int some = units - u < UNITS_TOGETHER ? units - u : UNITS_TOGETHER;
				const real sum = units_sum(some, dy + u, w + (size_t)k * units + u);
				dx[k] = u > 0 ? sum + dx[k] : sum;
			}
}

/* the sums of SAMPLES_TOGETHER samples, one after the other */
void
SET(dense_dw)(int n, int in, int units, int i0, int i1, const real *x, const real *dy, real *dw)
{
	for (int k = i0; k < i1; k++)
		for (int u = 0; u < units; u++)
			for (int i = 0; i < n;) {
				const int first = i, end = n - i < SAMPLES_TOGETHER ? n : i + SAMPLES_TOGETHER;
				real sum = 0;
				for (; i < end; i++)
					sum = fused(x[(size_t)i * in + k], dy[(size_t)i * units + u], sum);
				dw[(size_t)k * units + u] = first > 0 ? dw[(size_t)k * units + u] + sum : sum;
			}
}

void
SET(dense_db)(int n, int units, const real *dy, real *db)
{
	for (int u = 0; u < units; u++)
		db[u] = 0 + column_sum((size_t)n, (size_t)units, dy + u);
}
