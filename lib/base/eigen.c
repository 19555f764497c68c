#include "base/eigen.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { SWEEPS = 64 }; /* some ten are enough: their number grows with the logarithm of n */

/* x, y = c x - s y, s x + c y: numbers `step` apart */
static void
rotate(int n, double c, double s, double *x, double *y, int step)
{
	for (int i = 0; i < n * step; i += step) {
		const double was = x[i];
		x[i] = c * was - s * y[i];
		y[i] = s * was + c * y[i];
	}
}

/* Turns rows and columns p and q so that a[p][q] becomes 0. false: it is so small that it adds nothing to either diagonal number. */
static bool
annihilate(int n, double *a, double *vector, int p, int q)
{
	const double off = a[p * n + q], small = fabs(off) / 8;

	if (fabs(a[p * n + p]) + small == fabs(a[p * n + p]) && fabs(a[q * n + q]) + small == fabs(a[q * n + q]))
		return false;
	const double theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
	const double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
	const double c = 1 / sqrt(t * t + 1), s = t * c;
	rotate(n, c, s, a + p, a + q, n);
	rotate(n, c, s, a + p * n, a + q * n, 1);
	a[p * n + q] = a[q * n + p] = 0;
	rotate(n, c, s, vector + p * n, vector + q * n, 1);
	return true;
}

/* Rotations around every pair of axes; false: none was needed. */
static bool
sweep(int n, double *a, double *vector)
{
	bool turned = false;

	for (int p = 0; p < n; p++)
		for (int q = p + 1; q < n; q++)
			turned |= annihilate(n, a, vector, p, q);
	return turned;
}

static void
swap(int n, double *x, double *y)
{
	for (int i = 0; i < n; i++) {
		const double was = x[i];
		x[i] = y[i];
		y[i] = was;
	}
}

static void
sort(int n, double *value, double *vector)
{
	for (int k = 0; k < n; k++) {
		int most = k;
		for (int i = k + 1; i < n; i++)
			most = value[i] > value[most] ? i : most;
		swap(1, value + k, value + most);
		if (most != k)
			swap(n, vector + k * n, vector + most * n);
	}
}

static void
make_largest_positive(int n, double *v)
{
	int most = 0;

	for (int i = 1; i < n; i++)
		most = fabs(v[i]) > fabs(v[most]) ? i : most;
	for (int i = 0, negative = v[most] < 0; i < n && negative; i++)
		v[i] = -v[i];
}

void
eigen_symmetric(int n, double *a, double *value, double *vector)
{
	memset(vector, 0, (size_t)n * (size_t)n * sizeof *vector);
	for (int k = 0; k < n; k++)
		vector[k * n + k] = 1;
	for (int i = 0; i < SWEEPS && sweep(n, a, vector); i++)
		;
	for (int k = 0; k < n; k++) {
		value[k] = a[k * n + k];
		make_largest_positive(n, vector + k * n);
	}
	sort(n, value, vector);
}
