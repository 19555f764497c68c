#include "net/loss.h"

#include <assert.h>
#include <math.h>

#include "base/exact.h"

static const double CLIP = 1e-7; /* Keras's epsilon */
enum { LABELS = 256 };           /* a label is a byte */

static double
target(const struct loss *l, int label, int k)
{
	return (k == label ? 1 - l->smoothing : 0) + l->smoothing / l->classes;
}

/* -sum t log softmax(z) = log sum exp(z) - sum t z, as the targets t sum to 1; gradient softmax(z) - t */
static double
from_logits(const struct loss *l, int label, const real *z, double scale, real *d)
{
	double top = z[0], sum = 0, mean = 0, e[LABELS];

	for (int k = 1; k < l->classes; k++)
		top = z[k] > top ? z[k] : top;
	for (int k = 0; k < l->classes; k++) {
		sum += e[k] = exact_exp(z[k] - top);
		mean += target(l, label, k) * (z[k] - top);
	}
	for (int k = 0; d && k < l->classes; k++)
		d[k] = (real)(scale * (e[k] / sum - target(l, label, k)));
	return exact_log(sum) - mean;
}

/* Keras: q = p / sum p, clipped, -sum t log q. Where a dropout after the softmax left nothing of a sample, q is 0, not NaN. */
static double
from_probabilities(const struct loss *l, int label, const real *p, double scale, real *d)
{
	double sum = 0, loss = 0, dot = 0;

	for (int k = 0; k < l->classes; k++)
		sum += p[k];
	for (int k = 0; k < l->classes; k++) {
		double q = sum > 0 ? p[k] / sum : isnan(sum) ? sum : 0;
		double clipped = q < CLIP ? CLIP : q > 1 - CLIP ? 1 - CLIP : q;

		loss -= target(l, label, k) * exact_log(clipped);
		if (q == clipped)
			dot -= target(l, label, k); /* dloss/dq q */
	}
	for (int k = 0; d && k < l->classes; k++) {
		double q = sum > 0 ? p[k] / sum : 0;
		double dq = q >= CLIP && q <= 1 - CLIP ? -target(l, label, k) / q : 0;

		d[k] = sum > 0 ? (real)(scale * (dq - dot) / sum) : 0;
	}
	return loss;
}

static int
likeliest(int classes, const real *p)
{
	int best = 0;

	for (int k = 1; k < classes; k++)
		if (p[k] > p[best])
			best = k;
	return best;
}

void
loss_batch(const struct loss *l, int n, const uint8_t *y, const real *p, const real *logits, struct score *s, real *d)
{
	assert(l->classes <= LABELS);
	for (int i = 0; i < n; i++) {
		size_t row = (size_t)i * (size_t)l->classes;
		double weight = l->class_weight ? l->class_weight[y[i]] : 1;
		real *di = d ? d + row : NULL;

		s->loss += weight * (logits ? from_logits(l, y[i], logits + row, weight / n, di)
		                            : from_probabilities(l, y[i], p + row, weight / n, di));
		s->correct += likeliest(l->classes, p + row) == y[i];
	}
	s->n += n;
}
