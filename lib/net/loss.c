#include "net/loss.h"

#include <assert.h>
#include <math.h>

#include "base/exact.h"
#include "base/team.h"
#include "net/layer.h"

static const double CLIP = 1e-7; /* Keras's epsilon */
enum { LABELS = 256 };           /* a label is a byte */

static double
target_of_one(const struct loss *l, int label, int k)
{
	return (k == label ? 1 - l->smoothing : 0) + l->smoothing / l->classes;
}

static double
target(const struct loss *l, struct label y, int k)
{
	return y.share * target_of_one(l, y.first, k) + (1 - y.share) * target_of_one(l, y.second, k);
}

/* -sum t log softmax(z) = log sum exp(z) - sum t z, as the targets t sum to 1; gradient softmax(z) - t */
static double
from_logits(const struct loss *l, struct label y, const real *z, double scale, real *d)
{
	double top = z[0], sum = 0, mean = 0, e[LABELS];

	for (int k = 1; k < l->classes; k++)
		top = z[k] > top ? z[k] : top;
	for (int k = 0; k < l->classes; k++) {
		sum += e[k] = exact_exp(z[k] - top);
		mean += target(l, y, k) * (z[k] - top);
	}
	for (int k = 0; d && k < l->classes; k++)
		d[k] = (real)(scale * (e[k] / sum - target(l, y, k)));
	return exact_log(sum) - mean;
}

/* Keras: q = p / sum p, clipped, -sum t log q. Where a dropout after the softmax left nothing of a sample, q is 0, not NaN. */
static double
from_probabilities(const struct loss *l, struct label y, const real *p, double scale, real *d)
{
	double sum = 0, loss = 0, dot = 0;

	for (int k = 0; k < l->classes; k++)
		sum += p[k];
	for (int k = 0; k < l->classes; k++) {
		double q = sum > 0 ? p[k] / sum : isnan(sum) ? sum : 0;
		double clipped = q < CLIP ? CLIP : q > 1 - CLIP ? 1 - CLIP : q;

		const double t = target(l, y, k);

		if (t > 0) /* mostly one of many: logarithms take time */
			loss -= t * exact_log(clipped);
		if (q == clipped)
			dot -= t; /* dloss/dq q */
	}
	for (int k = 0; d && k < l->classes; k++) {
		double q = sum > 0 ? p[k] / sum : 0;
		double dq = q >= CLIP && q <= 1 - CLIP ? -target(l, y, k) / q : 0;

		d[k] = sum > 0 ? (real)(scale * (dq - dot) / sum) : 0;
	}
	return loss;
}

int
likeliest(int classes, const real *p)
{
	int best = 0;

	for (int k = 1; k < classes; k++)
		if (p[k] > p[best])
			best = k;
	return best;
}

static double
weight_of(const struct loss *l, int label)
{
	return l->class_weight ? l->class_weight[label] : 1;
}

/* The labels' losses, weighted, are one loss: of the target in which the weights shift the shares. */
static double
weigh(const struct loss *l, struct label *y)
{
	const double first = y->share * weight_of(l, y->first), both = first + (1 - y->share) * weight_of(l, y->second);

	if (both > 0)
		y->share = first / both;
	return both;
}

static int
larger_label(struct label y)
{
	return y.share > 0.5 || (y.share == 0.5 && y.first < y.second) ? y.first : y.second;
}

/* Sample i of n. */
static void
add_sample(const struct loss *l, int n, int i, struct label y, const real *p, const real *logits, struct score *s, real *d)
{
	const size_t row = (size_t)i * (size_t)l->classes;
	const int answer = larger_label(y);
	const double weight = weigh(l, &y);
	real *di = d ? d + row : NULL;

	s->loss += weight * (logits ? from_logits(l, y, logits + row, weight / n, di)
	                            : from_probabilities(l, y, p + row, weight / n, di));
	s->correct += likeliest(l->classes, p + row) == answer;
	s->n++;
}

struct loss_batch_part {
	const struct loss *l;
	int n, pieces; /* of the batch */
	const struct label *y;
	const real *p, *logits;
	real *d;
};

void
score_add(struct score *s, struct score second)
{
	s->loss += second.loss;
	s->correct += second.correct;
	s->n += second.n;
}

/* Of so many pieces of the batch, from the first-th on. */
static struct score
score_tree(const struct loss_batch_part *b, int first, int pieces)
{
	struct score s = { 0 };
	int i0, i1;

	if (pieces > 1) {
		s = score_tree(b, first, pieces / 2);
		score_add(&s, score_tree(b, first + pieces / 2, pieces / 2));
		return s;
	}
	piece_range(b->n, b->pieces, first, &i0, &i1);
	for (int i = i0; i < i1; i++)
		add_sample(b->l, b->n, i, b->y[i], b->p, b->logits, &s, b->d);
	return s;
}

struct score
loss_shared(const struct loss *l, int n, const struct label *y, const real *p, const real *logits, real *d)
{
	const struct loss_batch_part b = { l, n, piece_count(n), y, p, logits, d };
	const struct owned own = ranks_block(n, b.pieces, true);
	struct score s[PIECES] = { { 0 } };

	assert(l->classes <= LABELS);
	if (own.pieces)
		s[team_rank()] = score_tree(&b, own.first, own.pieces);
	ranks_gather_each(b.pieces, sizeof *s, s);
	for (int step = 1; step < ranks_active(b.pieces); step *= 2)
		for (int k = 0; k < ranks_active(b.pieces); k += 2 * step)
			score_add(&s[k], s[k + step]);
	return s[0];
}

void
loss_batch(const struct loss *l, int n, const uint8_t *y, const real *p, const real *logits, struct score *s, real *d)
{
	assert(l->classes <= LABELS);
	for (int i = 0; i < n; i++)
		add_sample(l, n, i, (struct label){ y[i], y[i], 1 }, p, logits, s, d);
}
