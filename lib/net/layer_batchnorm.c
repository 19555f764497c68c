/* batchnorm: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, per channel of images or element of vectors; mean and
 * variance are the batch's in training, the moving ones otherwise (Ioffe and Szegedy, 2015; Keras's rules) */
#include <math.h>
#include <string.h>

#include "net/initializer.h"
#include "net/norm.h"
#include "net/pieces.h"
#include "net/ranks.h"

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

size_t
norm_rows(const struct layer *l, int samples)
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
	l->keep_size = 7 * (size_t)c.d[0] * sizeof(real);
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

struct norm
norm_of(const struct layer *l, const struct pass *p)
{
	real *at = p->keep;
	const int c = channels(l);

	return (struct norm){ c, at, at + c, at + 2 * c, at + 3 * c, at + 4 * c, at + 5 * c, at + 6 * c };
}

/* The squares of n + m numbers around their mean, from those of n and of m numbers around theirs (Chan, Golub, LeVeque, 1979). */
static real
joined(real square, real other, real difference, real n, real m)
{
	return square + other + difference * difference * (n * m / (n + m));
}

/* sums has the sums of n rows, and squares those around their mean: adds m rows. */
static void
join_rows(int c, real *sums, real *squares, size_t n, const real *sum, const real *mean, const real *square, size_t m)
{
	for (int i = 0; i < c; i++) {
		const real difference = n ? mean[i] - sums[i] / (real)n : 0;
		squares[i] = joined(squares[i], square[i], difference, (real)n, (real)m);
		sums[i] += sum[i];
	}
}

/* Of a piece: the sums of x, and the squares of its distances from the piece's mean; a few rows at a time, which are read twice while
 * they are in the first cache. */
static void
piece_sums(const struct layer *l, const struct pass *p)
{
	const size_t rows = norm_rows(l, p->n), n = (size_t)channels(l), room = NORM_BLOCKS * n;
	real *const sum = (real *)(void *)p->scratch, *const mean = sum + room, *const square = mean + room;

	memset(p->partial, 0, l->partial * sizeof(real));
	for (size_t r = 0, here; r < rows; r += here) {
		here = norm_rows_from(r, rows, channels(l));
		kern->bn_moments(here, channels(l), p->x + r * n, sum, mean, square);
		for (size_t k = 0, at = 0; k < here; k += BN_ROWS, at += n)
			join_rows(channels(l), p->partial, p->partial + n, r + k, sum + at, mean + at, square + at,
				here - k < BN_ROWS ? here - k : BN_ROWS);
	}
}

/* Turns the squares of each piece into those around `mean`, that of the batch. */
static void
move_squares(const struct layer *l, const struct pass *p, const real *mean)
{
	const int c = channels(l);
	const struct owned own = layer_block(p);

	for (int piece = own.first; piece < own.first + own.pieces; piece++) {
		const struct pass part = layer_piece(l, p, piece, 0);
		const real n = (real)norm_rows(l, part.n);
		for (int i = 0; i < c; i++) {
			const real difference = part.partial[i] / n - mean[i];
			part.partial[c + i] += n * (difference * difference);
		}
	}
}

static void
move(real *average, real value, double momentum)
{
	*average = (real)(*average * momentum + value * (1 - momentum));
}

/* k.mean and the variance, and the moving ones. The squares are around means: those around 0 cancel where the mean is large. */
static void
batch_moments(const struct layer *l, const struct pass *p, struct norm k, real *variance)
{
	const int c = channels(l);
	const double n = (double)norm_rows(l, p->n);

	layer_partial_sum(l, p, 0, (size_t)c, k.mean);
	for (int i = 0; i < c; i++)
		k.mean[i] = (real)(k.mean[i] / n);
	move_squares(l, p, k.mean);
	layer_partial_sum(l, p, (size_t)c, (size_t)c, variance);
	real *const mean = moving_mean(l, p), *const moving = moving_variance(l, p);
	for (int i = 0; i < c; i++) {
		variance[i] = (real)(variance[i] / n);
		move(&mean[i], k.mean[i], l->option[MOMENTUM].r);
		move(&moving[i], variance[i], l->option[MOMENTUM].r);
	}
}

/* y = gamma (x - mean) / sqrt(variance + epsilon) + beta as scale x + shift, from k.mean and the variance in k.scale. */
static void
set_scale(const struct layer *l, const struct pass *p, struct norm k)
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
	const struct norm k = norm_of(l, p);

	if (p->training)
		return;
	memcpy(k.mean, moving_mean(l, p), (size_t)channels(l) * sizeof(real));
	memcpy(k.scale, moving_variance(l, p), (size_t)channels(l) * sizeof(real));
	set_scale(l, p, k);
}

static void
batch_forward(const struct layer *l, const struct pass *p)
{
	const struct norm k = norm_of(l, p);

	batch_moments(l, p, k, k.scale);
	set_scale(l, p, k);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	kern->bn_y(norm_rows(l, p->n), channels(l), p->x, norm_of(l, p).scale, norm_of(l, p).shift, p->y);
}

static void
piece_dsums(const struct layer *l, const struct pass *p)
{
	memset(p->partial, 0, l->partial * sizeof(real));
	kern->bn_dsum(norm_rows(l, p->n), channels(l), p->x, norm_of(l, p).mean, p->dy, p->partial, p->partial + channels(l));
}

/* dx = scale (dy - mean(dy) - (x - mean) inverse^2 mean(dy (x - mean))); scale dy where the moments are the moving ones,
 * which do not depend on x */
static void
batch_backward(const struct layer *l, const struct pass *p)
{
	const int c = channels(l);
	const real n = (real)norm_rows(l, p->n);
	const struct norm k = norm_of(l, p);
	const bool trains = p->dw && layer_trained(l);
	real *dgamma = trains && l->option[SCALE].i ? layer_dw(l, p, 0) : NULL;
	real *dbeta = trains && l->option[CENTER].i ? layer_dw(l, p, beta_at(l)) : NULL;

	layer_partial_sum(l, p, 0, 2 * (size_t)c, k.a);
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
	const struct norm k = norm_of(l, p);

	if (p->dx)
		kern->bn_dx(norm_rows(l, p->n), channels(l), p->x, p->dy, k.a, k.b, k.k, p->dx);
}

/* room for layer_partial_sum of two sums, or for the moments of a few rows */
static size_t
scratch_size(const struct layer *l)
{
	const size_t ranks = 2 * (size_t)ranks_active(PIECES) + 1, blocks = 3 * NORM_BLOCKS;

	return (ranks > blocks ? ranks : blocks) * (size_t)channels(l) * sizeof(real);
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
	.options = options, .shape = shape, .prepare = prepare, .piece_sums = piece_sums, .batch_forward = batch_forward,
	.forward = forward, .piece_dsums = piece_dsums, .batch_backward = batch_backward, .backward = backward, .scratch_size = scratch_size,
	.reads = reads, .in_place = layer_in_place, .work = work,
};
