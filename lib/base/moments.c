#include "base/moments.h"

#include <math.h>

struct moments
moments_of(size_t n, const double x[])
{
	struct moments m = { .n = n, .min = INFINITY, .max = -INFINITY };

	for (size_t i = 0; i < n; i++)
		m.mean += x[i];
	m.mean /= n ? (double)n : 1;
	for (size_t i = 0; i < n; i++) {
		m.m2 += (x[i] - m.mean) * (x[i] - m.mean);
		m.min = fmin(m.min, x[i]);
		m.max = fmax(m.max, x[i]);
	}
	return m;
}

void
moments_join(struct moments *a, const struct moments *b)
{
	if (b->n == 0)
		return;
	if (a->n == 0) {
		*a = *b;
		return;
	}
	const double n = (double)a->n + (double)b->n, d = b->mean - a->mean;
	a->mean += d * ((double)b->n / n);
	a->m2 += b->m2 + d * d * ((double)a->n * (double)b->n / n);
	a->min = fmin(a->min, b->min);
	a->max = fmax(a->max, b->max);
	a->n += b->n;
}

double
moments_deviation(const struct moments *m)
{
	return m->n ? sqrt(m->m2 / (double)m->n) : 0;
}

double
moments_sample_deviation(const struct moments *m)
{
	return m->n > 1 ? sqrt(m->m2 / (double)(m->n - 1)) : 0;
}
