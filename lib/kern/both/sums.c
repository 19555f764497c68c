/* What a whole array comes to: sums in double, in LANES lanes that are then added up in order; and the largest number. */
#include <math.h>
#include <string.h>

#include "kern/both/loops.h"
#include "kern/isa.h"

static double
lanes_sum_double(const double lane[LANES])
{
	double total = 0;

	for (int l = 0; l < LANES; l++)
		total += lane[l];
	return total;
}

double
SET(sum_squares)(size_t n, const real *x)
{
	double lane[LANES] = { 0 };
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		for (int l = 0; l < LANES; l++)
			lane[l] += (double)x[i + l] * x[i + l];
	for (int l = 0; i < n; i++, l++)
		lane[l] += (double)x[i] * x[i];
	return lanes_sum_double(lane);
}

double
SET(sum_abs)(size_t n, const real *x)
{
	double lane[LANES] = { 0 };
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		for (int l = 0; l < LANES; l++)
			lane[l] += fabs((double)x[i + l]);
	for (int l = 0; i < n; i++, l++)
		lane[l] += fabs((double)x[i]);
	return lanes_sum_double(lane);
}

/* Without their signs, floating-point numbers have the order of their bits, with infinity and then NaN last. */
static inline INDEX
magnitude(real x)
{
	INDEX bits;

	memcpy(&bits, &x, sizeof bits);
	return bits & (INDEX)(sizeof bits == sizeof(int64_t) ? INT64_MAX : INT32_MAX);
}

/* A NaN counts as infinity. */
real
SET(largest)(size_t n, const real *x)
{
	INDEX lane[LANES] = { 0 };
	real most;
	size_t i = 0;

	for (; i < n / LANES * LANES; i += LANES)
		for (int l = 0; l < LANES; l++) {
			const INDEX a = magnitude(x[i + l]);
			lane[l] = a > lane[l] ? a : lane[l];
		}
	for (; i < n; i++)
		lane[0] = magnitude(x[i]) > lane[0] ? magnitude(x[i]) : lane[0];
	for (int l = 1; l < LANES; l++)
		lane[0] = lane[l] > lane[0] ? lane[l] : lane[0];
	memcpy(&most, &lane[0], sizeof most);
	return most <= (real)INFINITY ? most : (real)INFINITY;
}
