/* Sums and products of arrays, element by element. */
#include "kern/both/loops.h"
#include "kern/isa.h"

void
SET(add)(size_t n, const real *x, real *y)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		y[i] += x[i];
}

void
SET(mul)(size_t n, const real *x, real *y)
{
	for (size_t i = 0; i < n; i++)
		y[i] *= x[i];
}

void
SET(axpy)(size_t n, real a, const real *x, real *y)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		y[i] += a * x[i];
}

void
SET(scale)(size_t n, real a, real *x)
{
	for (size_t i = 0; i < n; i++)
		x[i] *= a;
}

void
SET(bias)(int rows, int n, const real *b, bool relu, real *y)
{
	for (int r = 0; r < rows; r++, y += n)
		for (int i = 0; i < n; i++) {
			const real sum = y[i] + b[i];
			y[i] = relu && 0 > sum ? 0 : sum;
		}
}
