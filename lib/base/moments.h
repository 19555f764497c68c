/* Count, mean, squared deviations and range of numbers, which can be joined in pieces. */
#ifndef BASE_MOMENTS_H
#define BASE_MOMENTS_H

#include <stddef.h>
#include <stdint.h>

struct moments {
	uint64_t n;
	double mean, m2; /* m2: sum of squared deviations from the mean */
	double min, max;
};

/* Of x[0..n), by two passes: the one-pass form would cancel. */
struct moments moments_of(size_t n, const double x[]);
/* *a becomes the moments of both sets (Chan, Golub, LeVeque 1983); plain sums of squares would cancel. */
void moments_join(struct moments *a, const struct moments *b);
/* Standard deviation, by n; 0 of nothing. */
double moments_deviation(const struct moments *m);
/* Sample standard deviation, by n - 1; 0 of fewer than two. */
double moments_sample_deviation(const struct moments *m);

#endif
