/* Count, mean, squared deviations and range of numbers, which can be joined in pieces. */
#ifndef BASE_MOMENTS_H
#define BASE_MOMENTS_H

#include <stdint.h>

struct moments {
	uint64_t n;
	double mean, m2; /* m2: sum of squared deviations from the mean */
	double min, max;
};

/* *a becomes the moments of both sets (Chan, Golub, LeVeque 1983); plain sums of squares would cancel. */
void moments_join(struct moments *a, const struct moments *b);
/* Standard deviation, by n; 0 of nothing. */
double moments_deviation(const struct moments *m);

#endif
