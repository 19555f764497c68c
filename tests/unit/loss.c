/* The loss against numbers computed by hand, and its gradient against finite differences. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "net/loss.h"

enum { N = 3, CLASSES = 4 };
static int failures;

static void __attribute__((format(printf, 2, 3)))
check(int ok, const char *fmt, ...)
{
	va_list ap;

	if (ok)
		return;
	va_start(ap, fmt);
	fputs("loss: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	failures++;
}

static void
near(double got, double want, double tolerance, const char *what)
{
	check(fabs(got - want) <= tolerance * fmax(1, fabs(want)), "%s: %.12g, expected %.12g", what, got, want);
}

static void
numbers_by_hand(void)
{
	const real p[] = { (real)0.5, (real)0.25, (real)0.125, (real)0.125, (real)0.25, (real)0.25, (real)0.25, (real)0.25 };
	const uint8_t y[] = { 0, 3 };
	const double weight[] = { 2, 1, 1, 0.5 };
	struct loss l = { .classes = CLASSES };
	struct score s = { 0 };

	loss_batch(&l, 2, y, p, NULL, &s, NULL);
	near(s.loss, log(2) + log(4), 1e-12, "cross-entropy of 1/2 and 1/4");
	check(s.correct == 1 && s.n == 2, "of equal probabilities the first counts as the answer");

	s = (struct score){ 0 };
	l.class_weight = weight;
	loss_batch(&l, 2, y, p, NULL, &s, NULL);
	near(s.loss, 2 * log(2) + 0.5 * log(4), 1e-12, "class weights");

	s = (struct score){ 0 };
	l.class_weight = NULL;
	l.smoothing = 0.2; /* targets 0.85 and 0.05 */
	loss_batch(&l, 1, y, p, NULL, &s, NULL);
	near(s.loss, 0.85 * log(2) + 0.05 * log(4) + 0.1 * log(8), 1e-12, "label smoothing");
}

/* Of samples i0..i1-1, each with its own loss: halves by themselves, down to single pieces. */
static double
tree_by_hand(const double *loss, int n, int pieces, int first, int count)
{
	double sum = 0;

	if (count > 1)
		return tree_by_hand(loss, n, pieces, first, count / 2) +
		       tree_by_hand(loss, n, pieces, first + count / 2, count / 2);
	for (int i = n * first / pieces; i < n * (first + 1) / pieces; i++)
		sum += loss[i];
	return sum;
}

static void
batch_is_a_tree_of_pieces(void)
{
	enum { MANY = 45 };
	const struct loss l = { .classes = CLASSES };
	struct label y[MANY];
	real z[MANY * CLASSES];
	double loss[MANY], in_order = 0;

	for (int i = 0; i < MANY; i++)
		for (int k = 0; k < CLASSES; k++)
			z[i * CLASSES + k] = (real)rng_normal(45, (uint64_t)(i * CLASSES + k));
	for (int i = 0; i < MANY; i++) {
		y[i] = (struct label){ (uint8_t)(i % CLASSES), (uint8_t)(i % 3), i % 5 * 0.25 };
		loss[i] = loss_shared(&l, 1, &y[i], z + i * CLASSES, z + i * CLASSES, NULL).loss;
		in_order += loss[i];
	}
	const struct score s = loss_shared(&l, MANY, y, z, z, NULL);
	check(s.n == MANY && s.loss == tree_by_hand(loss, MANY, 8, 0, 8), "a batch's loss is not the tree of its 8 pieces'");
	check(s.loss != in_order, "this batch cannot tell a tree from a sum in order");
}

static void
logits_where_probabilities_underflow(void)
{
	const real z[] = { 0, 500, -300, 0 }, p[] = { 0, 1, 0, 0 };
	const uint8_t y[] = { 2 };
	const struct loss l = { .classes = CLASSES };
	struct score s = { 0 };
	real d[CLASSES];

	loss_batch(&l, 1, y, p, z, &s, d);
	near(s.loss, 800, 1e-12, "loss from logits");
	check(d[0] == 0 && d[1] == 1 && d[2] == -1, "gradient at extreme logits");
	s = (struct score){ 0 };
	loss_batch(&l, 1, y, p, NULL, &s, d);
	near(s.loss, -log(1e-7), 1e-12, "loss of a probability 0 is clipped");
}

static void
nothing_left_of_a_sample(void)
{
	const real p[CLASSES] = { 0 };
	const uint8_t y[] = { 1 };
	const struct loss l = { .classes = CLASSES };
	struct score s = { 0 };
	real d[CLASSES] = { 9, 9, 9, 9 };

	loss_batch(&l, 1, y, p, NULL, &s, d);
	near(s.loss, -log(1e-7), 1e-12, "all probabilities dropped");
	check(d[0] == 0 && d[1] == 0 && d[2] == 0 && d[3] == 0, "all probabilities dropped: no gradient");
}

static void
not_finite_stays_not_finite(void)
{
	const real bad[] = { NAN, INFINITY };
	const uint8_t y[] = { 1 };
	const struct loss l = { .classes = CLASSES };

	for (int b = 0; b < 2; b++)
		for (int k = 0; k < CLASSES; k++) {
			struct score s = { 0 };
			real z[CLASSES] = { 1, 2, 3, 4 };
			z[k] = bad[b];
			loss_batch(&l, 1, y, z, z, &s, NULL);
			check(!isfinite(s.loss), "logit %d = %g gives the loss %g", k, (double)bad[b], s.loss);
		}
	struct score s = { 0 };
	const real p[CLASSES] = { (real)0.5, NAN, 0, 0 };
	loss_batch(&l, 1, y, p, NULL, &s, NULL);
	check(isnan(s.loss), "a probability that is no number gives the loss %g", s.loss);
}

static void
softmax(const real *z, real *p)
{
	for (int i = 0; i < N; i++) {
		double sum = 0;
		for (int k = 0; k < CLASSES; k++)
			sum += exp(z[i * CLASSES + k]);
		for (int k = 0; k < CLASSES; k++)
			p[i * CLASSES + k] = (real)(exp(z[i * CLASSES + k]) / sum);
	}
}

/* mean loss at x, taken as logits or as probabilities that need not sum to 1 */
static double
mean_loss(const struct loss *l, const uint8_t *y, const real *x, bool logits, real *d)
{
	struct score s = { 0 };
	real p[N * CLASSES];

	softmax(x, p);
	loss_batch(l, N, y, logits ? p : x, logits ? x : NULL, &s, d);
	return s.loss / N;
}

static void
gradient_by_differences(double smoothing, const double *weight, bool logits)
{
	const struct loss l = { .classes = CLASSES, .smoothing = smoothing, .class_weight = weight };
	const uint8_t y[N] = { 1, 0, 3 };
	const real h = (real)0x1p-9;
	real x[N * CLASSES], d[N * CLASSES];

	for (uint64_t i = 0; i < N * CLASSES; i++)
		x[i] = (real)(logits ? rng_normal(rng_key(1, "x", 0), i) : 0.2 + rng_unit(rng_key(1, "x", 1), i));
	mean_loss(&l, y, x, logits, d);
	for (int i = 0; i < N * CLASSES; i++) {
		const real at = x[i];
		x[i] = at + h;
		double more = mean_loss(&l, y, x, logits, NULL), up = x[i];
		x[i] = at - h;
		double slope = (more - mean_loss(&l, y, x, logits, NULL)) / (up - x[i]);
		x[i] = at;
		near(d[i], slope, 1e-4, logits ? "gradient at the logits" : "gradient at the probabilities");
	}
}

/* of a sample with these logits, which are the probabilities' logarithms */
static double
one_loss(const struct loss *l, struct label y, bool logits, real *d, double *correct)
{
	const real z[CLASSES] = { (real)0.5, (real)-1, 2, (real)0.25 };
	struct score s = { 0 };
	real p[CLASSES], sum = 0;

	for (int k = 0; k < CLASSES; k++)
		sum += (real)exp(z[k]);
	for (int k = 0; k < CLASSES; k++)
		p[k] = (real)exp(z[k]) / sum;
	if (y.share < 1)
		s = loss_shared(l, 1, &y, p, logits ? z : NULL, d);
	else
		loss_batch(l, 1, &y.first, p, logits ? z : NULL, &s, d);
	*correct = s.correct;
	return s.loss;
}

static void
shared_loss_is_the_sum_of_its_parts(double smoothing, const double *weight, bool logits)
{
	static const double shares[] = { 0, 0.25, 0.5, 0.75 };
	const struct loss l = { .classes = CLASSES, .smoothing = smoothing, .class_weight = weight };
	const struct label first = { 2, 2, 1 }, second = { 1, 1, 1 };
	real d[CLASSES], d1[CLASSES], d2[CLASSES];
	double correct;
	const double loss1 = one_loss(&l, first, logits, d1, &correct), loss2 = one_loss(&l, second, logits, d2, &correct);

	for (int i = 0; i < 4; i++) {
		const double s = shares[i];
		const struct label both = { 2, 1, s };
		near(one_loss(&l, both, logits, d, &correct), s * loss1 + (1 - s) * loss2, 1e-12, "a shared loss");
		check(correct == (s > 0.5), "a share of %g makes %g correct: of equal shares the lower class counts", s, correct);
		for (int k = 0; k < CLASSES; k++)
			near(d[k], s * (double)d1[k] + (1 - s) * (double)d2[k], 1e-6, "the gradient of a shared loss");
	}
}

int
main(void)
{
	static const double none[CLASSES] = { 1, 0, 0, 1 };
	static const double weight[CLASSES] = { 0.5, 2, 1, 3 };

	numbers_by_hand();
	batch_is_a_tree_of_pieces();
	logits_where_probabilities_underflow();
	nothing_left_of_a_sample();
	not_finite_stays_not_finite();
	for (int logits = 0; logits < 2; logits++) {
		gradient_by_differences(0, NULL, logits);
		gradient_by_differences(0.1, NULL, logits);
		gradient_by_differences(0.1, weight, logits);
		shared_loss_is_the_sum_of_its_parts(0, NULL, logits);
		shared_loss_is_the_sum_of_its_parts(0.1, weight, logits);
		shared_loss_is_the_sum_of_its_parts(0.1, none, logits);
	}
	return failures != 0;
}
