/* How the plain kernels round and add. */
#ifndef KERN_PLAIN_SUMS_H
#define KERN_PLAIN_SUMS_H

#include <math.h>
#include <stddef.h>

#include "kern/kern.h"

/* a b + c, rounded once */
static inline real
fused(real a, real b, real c)
{
	return sizeof(real) == sizeof(double) ? (real)fma((double)a, (double)b, (double)c) : (real)fmaf((float)a, (float)b, (float)c);
}

static inline real
bounded(bool relu, real x)
{
	return relu && 0 > x ? 0 : x; /* NaN stays NaN */
}

/* the sum of `rows` numbers `pitch` apart: four sums by turns, added in pairs */
static inline real
column_sum(size_t rows, size_t pitch, const real *x)
{
	real sum[4] = { 0 };

	for (size_t r = 0; r < rows; r++)
		sum[r % 4] += x[r * pitch];
	return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

#endif
