#include "base/moments.h"

#include <math.h>

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
