/* Softmax of rows, and its gradient. Sums are taken in LANES lanes, which are then added up in order. */
#include "kern/both/loops.h"
#include "kern/elementary.h"
#include "kern/isa.h"

static real
lanes_sum(const real lane[LANES])
{
	real sum = 0;

	for (int l = 0; l < LANES; l++)
		sum += lane[l];
	return sum;
}

static real
sum(int n, const real *x)
{
	real lane[LANES] = { 0 };
	int i = 0;

	for (; i + LANES <= n; i += LANES)
		for (int l = 0; l < LANES; l++)
			lane[l] += x[i + l];
	for (int l = 0; i < n; i++, l++)
		lane[l] += x[i];
	return lanes_sum(lane);
}

static real
dot(int n, const real *x, const real *y)
{
	real lane[LANES] = { 0 };
	int i = 0;

	for (; i + LANES <= n; i += LANES)
		for (int l = 0; l < LANES; l++)
			lane[l] += x[i + l] * y[i + l];
	for (int l = 0; i < n; i++, l++)
		lane[l] += x[i] * y[i];
	return lanes_sum(lane);
}

/* less the largest: exp cannot overflow */
void
SET(softmax_y)(int rows, int n, const real *x, real *y)
{
	for (int r = 0; r < rows; r++, x += n, y += n) {
		real top = x[0];
		for (int i = 1; i < n; i++)
			top = x[i] > top ? x[i] : top;
		INDEPENDENT
		for (int i = 0; i < n; i++)
			y[i] = real_exp(x[i] - top);
		const real total = sum(n, y);
		for (int i = 0; i < n; i++)
			y[i] /= total;
	}
}

void
SET(softmax_dx)(int rows, int n, const real *y, const real *dy, real *dx)
{
	for (int r = 0; r < rows; r++, y += n, dy += n, dx += n) {
		const real mean = dot(n, y, dy);
		INDEPENDENT
		for (int i = 0; i < n; i++)
			dx[i] = y[i] * (dy[i] - mean);
	}
}
