/* Eigenvalues and eigenvectors against closed forms, and against what defines them. */
#include "base/eigen.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"

enum { MOST = 40 };
static int failures;
static double a[MOST * MOST], was[MOST * MOST], value[MOST], vector[MOST * MOST];

static void
check(int ok, const char *what, int n, double off)
{
	if (ok)
		return;
	fprintf(stderr, "eigen: n %d: %s: off by %g\n", n, what, off);
	failures++;
}

static double
dot(int n, const double *x, const double *y)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += x[i] * y[i];
	return sum;
}

/* a v = value v; the vectors are of length 1 and at right angles; the largest value comes first, the largest number is positive */
static void
holds(int n, double size)
{
	double most = 0;

	memcpy(was, a, sizeof a);
	eigen_symmetric(n, a, value, vector);
	for (int k = 0; k < n; k++) {
		const double *v = vector + k * n;
		double largest = v[0];
		for (int i = 0; i < n; i++) {
			most = fmax(most, fabs(dot(n, was + i * n, v) - value[k] * v[i]) / size);
			most = fmax(most, fabs(dot(n, vector + i * n, v) - (i == k)));
			largest = fabs(v[i]) > fabs(largest) ? v[i] : largest;
		}
		check(largest > 0, "the largest number of a vector is negative", n, largest);
		check(!k || value[k] <= value[k - 1], "the values are not in order", n, value[k] - value[k - 1]);
	}
	check(most < 1e-13 * n, "not eigenvectors", n, most);
}

static void
random_matrix(int n)
{
	for (int i = 0; i < n; i++)
		for (int k = 0; k <= i; k++)
			a[i * n + k] = a[k * n + i] = rng_normal(rng_key(4, "a", (uint64_t)n), (uint64_t)(i * n + k));
	holds(n, sqrt(n));
}

/* 2 on the diagonal, -1 beside it: 2 - 2 cos(pi k / (n + 1)) */
static void
second_difference(int n)
{
	memset(a, 0, sizeof a);
	for (int i = 0; i < n; i++) {
		a[i * n + i] = 2;
		if (i)
			a[i * n + i - 1] = a[(i - 1) * n + i] = -1;
	}
	holds(n, 4);
	for (int k = 0; k < n; k++) {
		const double want = 2 - 2 * cos(M_PI * (n - k) / (n + 1));
		check(fabs(value[k] - want) < 1e-14 * n, "second differences", n, value[k] - want);
	}
}

/* Small values are exact, too: diag(d) (1 + c for all pairs) diag(d) with d from 1 to 1e-6 is positive, and its determinant is known. */
static void
graded(void)
{
	const int n = 4;
	double product = 1, want = 1 + n;

	for (int i = 0; i < n; i++)
		for (int k = 0; k < n; k++)
			a[i * n + k] = ((i == k) + 1) * pow(0.01, i) * pow(0.01, k);
	for (int i = 0; i < n; i++)
		want *= pow(0.01, 2 * i);
	holds(n, 1);
	for (int k = 0; k < n; k++)
		product *= value[k];
	check(fabs(product / want - 1) < 1e-12, "the determinant of a graded matrix", n, product / want - 1);
}

int
main(void)
{
	for (int n = 1; n <= MOST; n += n < 13 ? 1 : 9)
		random_matrix(n);
	for (int n = 1; n < 20; n++)
		second_difference(n);
	graded();
	memset(a, 0, sizeof a);
	holds(5, 1);
	return failures > 0;
}
