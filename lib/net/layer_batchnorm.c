/* batchnorm: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, per channel of images or element of vectors; mean and
 * variance are the batch's in training, the moving ones otherwise (Ioffe and Szegedy, 2015; Keras's rules) */
#include <math.h>
#include <string.h>

#include "net/initializer.h"
#include "net/layer.h"

enum { MOMENTUM, EPSILON, CENTER, SCALE };

static const struct option options[] = {
	[MOMENTUM] = { "momentum", OPTION_REAL, "0.99", "regularization", "fraction of the moving averages that each step keeps",
		0, 1, 0 },
	[EPSILON] = { "epsilon", OPTION_REAL, "0.001", "regularization", "added to the variance", 1e-12, 100, 0 },
	[CENTER] = { "center", OPTION_WORD, "true", "structure", "add beta, which is trained", 0, 0, no_yes },
	[SCALE] = { "scale", OPTION_WORD, "true", "structure", "multiply by gamma, which is trained", 0, 0, no_yes },
	OPTION_END,
};

static int
channels(const struct layer *l)
{
	return (int)l->in.d[l->in.n - 1];
}

static size_t
rows(const struct layer *l, int samples)
{
	return (size_t)samples * (layer_in(l) / (size_t)channels(l));
}

static const char *
shape(struct layer *l)
{
	struct value zeros = { 0 }, ones = { 0 };
	const struct shape c = { 1, { channels(l) } };

	initializer_parse("zeros", &zeros);
	initializer_parse("ones", &ones);
	if (l->option[SCALE].i)
		layer_param(l, "gamma", c, &ones);
	if (l->option[CENTER].i)
		layer_param(l, "beta", c, &zeros);
	layer_param(l, "moving_mean", c, &zeros)->fixed = true;
	layer_param(l, "moving_variance", c, &ones)->fixed = true;
	l->out = l->in;
	l->inference = l->frozen; /* as in Keras: then the moving averages neither move nor give way to the batch's */
	l->keep = 7 * (size_t)c.d[0] * sizeof(real);
	l->partial = 2 * (size_t)c.d[0];
	return NULL;
}

/* The parameters in the order of shape(): gamma and beta where they are, and the moving averages last. */
static int
beta_at(const struct layer *l)
{
	return l->option[SCALE].i ? 1 : 0;
}

static real *
moving_mean(const struct layer *l, const struct pass *p)
{
	return layer_w(l, p, l->params - 2);
}

static real *
moving_variance(const struct layer *l, const struct pass *p)
{
	return layer_w(l, p, l->params - 1);
}

/* What is kept, per channel; a, b, k: backward's dx = a dy + b x + k, and before that two sums. */
struct keep {
	real *mean, *inverse, *scale, *shift, *a, *b, *k;
};

static struct keep
keep(const struct layer *l, const struct pass *p)
{
	real *at = p->keep;
	const int c = channels(l);

	return (struct keep){ at, at + c, at + 2 * c, at + 3 * c, at + 4 * c, at + 5 * c, at + 6 * c };
}

static void
sum_piece(const struct layer *l, const struct pass *p)
{
	memset(p->partial, 0, l->partial * sizeof(real));
	kern->bn_sum(rows(l, p->n), channels(l), p->x, p->partial);
}

static void
square_piece(const struct layer *l, const struct pass *p)
{
	memset(p->partial, 0, l->partial * sizeof(real));
	kern->bn_square(rows(l, p->n), channels(l), p->x, keep(l, p).mean, p->partial);
}

static void
move(real *average, real value, double momentum)
{
	*average = (real)(*average * momentum + value * (1 - momentum));
}

/* k.mean and the variance, and the moving ones. Two passes: the one-pass variance cancels where the mean is large. */
static void
batch_moments(const struct layer *l, const struct pass *p, struct keep k, real *variance)
{
	const int c = channels(l);
	const double n = (double)rows(l, p->n);

	layer_pieces(l, p, sum_piece);
	layer_partial_sum(l, p, (size_t)c, k.mean);
	for (int i = 0; i < c; i++)
		k.mean[i] = (real)(k.mean[i] / n);
	layer_pieces(l, p, square_piece);
	layer_partial_sum(l, p, (size_t)c, variance);
	real *const mean = moving_mean(l, p), *const moving = moving_variance(l, p);
	for (int i = 0; i < c; i++) {
		variance[i] = (real)(variance[i] / n);
		move(&mean[i], k.mean[i], l->option[MOMENTUM].r);
		move(&moving[i], variance[i], l->option[MOMENTUM].r);
	}
}

/* y = gamma (x - mean) / sqrt(variance + epsilon) + beta as scale x + shift, from k.mean and the variance in k.scale. */
static void
set_scale(const struct layer *l, const struct pass *p, struct keep k)
{
	const real *gamma = l->option[SCALE].i ? layer_w(l, p, 0) : NULL;
	const real *beta = l->option[CENTER].i ? layer_w(l, p, beta_at(l)) : NULL;

	for (int i = 0; i < channels(l); i++) {
		k.inverse[i] = (real)(1 / sqrt(k.scale[i] + l->option[EPSILON].r));
		k.scale[i] = (gamma ? gamma[i] : 1) * k.inverse[i];
		k.shift[i] = (beta ? beta[i] : 0) - k.mean[i] * k.scale[i];
	}
}

static void
prepare(const struct layer *l, const struct pass *p)
{
	const struct keep k = keep(l, p);

	if (p->training)
		return;
	memcpy(k.mean, moving_mean(l, p), (size_t)channels(l) * sizeof(real));
	memcpy(k.scale, moving_variance(l, p), (size_t)channels(l) * sizeof(real));
	set_scale(l, p, k);
}

static void
batch_forward(const struct layer *l, const struct pass *p)
{
	const struct keep k = keep(l, p);

	batch_moments(l, p, k, k.scale);
	set_scale(l, p, k);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	kern->bn_y(rows(l, p->n), channels(l), p->x, keep(l, p).scale, keep(l, p).shift, p->y);
}

static void
dsum_piece(const struct layer *l, const struct pass *p)
{
	memset(p->partial, 0, l->partial * sizeof(real));
	kern->bn_dsum(rows(l, p->n), channels(l), p->x, keep(l, p).mean, p->dy, p->partial, p->partial + channels(l));
}

/* dx = scale (dy - mean(dy) - (x - mean) inverse^2 mean(dy (x - mean))); scale dy where the moments are the moving ones,
 * which do not depend on x */
static void
batch_backward(const struct layer *l, const struct pass *p)
{
	const int c = channels(l);
	const real n = (real)rows(l, p->n);
	const struct keep k = keep(l, p);
	const bool trains = p->dw && layer_trained(l);
	real *dgamma = trains && l->option[SCALE].i ? layer_dw(l, p, 0) : NULL;
	real *dbeta = trains && l->option[CENTER].i ? layer_dw(l, p, beta_at(l)) : NULL;

	layer_pieces(l, p, dsum_piece);
	layer_partial_sum(l, p, 2 * (size_t)c, k.a);
	for (int i = 0; i < c; i++) {
		const real sdy = k.a[i], sdyx = k.b[i];
		if (dgamma)
			dgamma[i] = sdyx * k.inverse[i];
		if (dbeta)
			dbeta[i] = sdy;
		k.a[i] = k.scale[i];
		k.b[i] = p->training ? -k.scale[i] * k.inverse[i] * k.inverse[i] * sdyx / n : 0;
		k.k[i] = p->training ? -k.scale[i] * sdy / n - k.b[i] * k.mean[i] : 0;
	}
}

static void
backward(const struct layer *l, const struct pass *p)
{
	const struct keep k = keep(l, p);

	if (p->dx)
		kern->bn_dx(rows(l, p->n), channels(l), p->x, p->dy, k.a, k.b, k.k, p->dx);
}

static int
reads(const struct layer *l)
{
	(void)l;
	return READS_X;
}

static int64_t
work(const struct layer *l)
{
	return (int64_t)layer_out(l);
}

const struct layer_type layer_type_batchnorm = {
	.name = "batchnorm", .keras = "BatchNormalization", .help = "mean 0 and deviation 1, then a trained scale and shift",
	.options = options, .shape = shape, .prepare = prepare, .batch_forward = batch_forward, .forward = forward,
	.batch_backward = batch_backward, .backward = backward, .reads = reads, .in_place = layer_in_place, .work = work,
};
