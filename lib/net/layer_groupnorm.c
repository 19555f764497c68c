/* groupnorm: the channels of each group, over all pixels of a sample, to mean 0 and deviation 1 (Wu and He, 2018).
 * layernorm: all channels of each pixel, or the numbers of a vector (Ba, Kiros and Hinton, 2016; over the last dimension, as Keras).
 * Either way a sample is cut into blocks of pixels: one block, or one for each pixel. The kernels of batchnorm sum up the channels
 * of a block, and what belongs to one group is added up here. */
#include <math.h>
#include <string.h>

#include "net/initializer.h"
#include "net/layer.h"

enum { EPSILON, CENTER, SCALE };
enum { GROUPS, GROUP_EPSILON }; /* groupnorm: groups, and then the three above */

#define EPSILON_OPTION { "epsilon", OPTION_REAL, "0.001", "regularization", "added to the variance", 1e-12, 100, 0 }
#define CENTER_OPTION { "center", OPTION_WORD, "true", "structure", "add beta, which is trained", 0, 0, no_yes }
#define SCALE_OPTION { "scale", OPTION_WORD, "true", "structure", "multiply by gamma, which is trained", 0, 0, no_yes }

static const struct option layer_options[] = { EPSILON_OPTION, CENTER_OPTION, SCALE_OPTION, OPTION_END };
static const struct option group_options[] = {
	{ "groups", OPTION_INT, "32", "structure", "how many groups of channels; -1: one for each channel", -1, SIZE_LIMIT, 0 },
	EPSILON_OPTION, CENTER_OPTION, SCALE_OPTION, OPTION_END,
};

extern const struct layer_type layer_type_groupnorm;

static bool
grouped(const struct layer *l)
{
	return l->type == &layer_type_groupnorm;
}

static const struct value *
option(const struct layer *l, int which)
{
	return &l->option[grouped(l) ? GROUP_EPSILON + which : which];
}

static int
channels(const struct layer *l)
{
	return (int)l->in.d[l->in.n - 1];
}

static int
groups(const struct layer *l)
{
	const int wanted = grouped(l) ? l->option[GROUPS].i : 1;

	return wanted < 0 ? channels(l) : wanted;
}

/* Pixels of a block, and blocks of a sample. */
static size_t
pixels(const struct layer *l)
{
	return grouped(l) ? layer_in(l) / (size_t)channels(l) : 1;
}

static size_t
blocks(const struct layer *l)
{
	return layer_in(l) / (size_t)channels(l) / pixels(l);
}

static const char *
shape(struct layer *l)
{
	struct value zeros = { 0 }, ones = { 0 };
	const struct shape c = { 1, { channels(l) } };

	zeros.init = initializer_parse("zeros", &zeros.init_value);
	ones.init = initializer_parse("ones", &ones.init_value);
	if (groups(l) == 0 || channels(l) % groups(l))
		return layer_wrong("groups=%d does not divide the %d channels of its input; take a divisor, or -1 for one group a channel",
		                   groups(l), channels(l));
	if (option(l, SCALE)->i)
		layer_param(l, "gamma", c, &ones);
	if (option(l, CENTER)->i)
		layer_param(l, "beta", c, &zeros);
	l->out = l->in;
	l->gradient = (size_t)l->params * (size_t)channels(l);
	l->save = 2 * blocks(l) * (size_t)groups(l) * sizeof(real);
	return NULL;
}

/* Arrays of a number a channel. Forward: the mean, and y = scale x + shift. Backward: also the sums of dy and of dy (x - mean), and
 * dx = scale dy + b x + shift. */
struct room {
	real *mean, *scale, *shift, *b, *sdy, *sdyx;
};
enum { ARRAYS = 6 };

static size_t
scratch(const struct layer *l)
{
	return ARRAYS * (size_t)channels(l) * sizeof(real);
}

static struct room
room(const struct layer *l, const struct pass *p)
{
	real *at = (real *)(void *)p->scratch;
	const int c = channels(l);

	return (struct room){ at, at + c, at + 2 * c, at + 3 * c, at + 4 * c, at + 5 * c };
}

/* NULL: the layer has none. */
static const real *
gamma_of(const struct layer *l, const struct pass *p)
{
	return option(l, SCALE)->i ? layer_w(l, p, 0) : NULL;
}

static const real *
beta_of(const struct layer *l, const struct pass *p)
{
	return option(l, CENTER)->i ? layer_w(l, p, l->params - 1) : NULL;
}

/* The sum of x, each times its weight unless NULL: four sums side by side, since an addition waits for the one before. */
static double
total(int n, const real *x, const real *weight)
{
	double sum[4] = { 0 };

	for (int i = 0; i < n; i++)
		sum[i % 4] += (double)x[i] * (weight ? (double)weight[i] : 1);
	return sum[0] + sum[1] + (sum[2] + sum[3]);
}

static void
fill(int n, real value, real *x)
{
	for (int i = 0; i < n; i++)
		x[i] = value;
}

/* Mean and 1 / sqrt(variance + epsilon) of each group of a block, for the backward, too. Two passes: the one-pass variance cancels
 * where the mean is large. */
static void
moments(const struct layer *l, const real *x, struct room r, real *mean, real *inverse)
{
	const int c = channels(l), width = c / groups(l);
	const double n = (double)width * (double)pixels(l);

	memset(r.scale, 0, (size_t)c * sizeof *r.scale);
	kern->bn_sum(pixels(l), c, x, r.scale);
	for (int g = 0; g < groups(l); g++) {
		mean[g] = (real)(total(width, r.scale + g * width, NULL) / n);
		fill(width, mean[g], r.mean + g * width);
	}
	memset(r.scale, 0, (size_t)c * sizeof *r.scale);
	kern->bn_square(pixels(l), c, x, r.mean, r.scale);
	for (int g = 0; g < groups(l); g++)
		inverse[g] = (real)(1 / sqrt(total(width, r.scale + g * width, NULL) / n + option(l, EPSILON)->r));
}

static void
forward_block(const struct layer *l, const struct pass *p, const real *x, real *mean, real *y)
{
	const real *gamma = gamma_of(l, p), *beta = beta_of(l, p), *inverse = mean + groups(l);
	const int c = channels(l), width = c / groups(l);
	const struct room r = room(l, p);

	moments(l, x, r, mean, mean + groups(l));
	for (int i = 0; i < c; i++) {
		r.scale[i] = (gamma ? gamma[i] : 1) * inverse[i / width];
		r.shift[i] = (beta ? beta[i] : 0) - r.mean[i] * r.scale[i];
	}
	kern->bn_y(pixels(l), c, x, r.scale, r.shift, y);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const size_t size = pixels(l) * (size_t)channels(l), saved = 2 * (size_t)groups(l);
	real *save = p->save;

	for (size_t i = 0; i < (size_t)p->n * blocks(l); i++)
		forward_block(l, p, p->x + i * size, save + i * saved, p->y + i * size);
}

static void
add_gradient(const struct layer *l, struct room r, const real *inverse, real *gradient)
{
	const int c = channels(l), width = c / groups(l);
	real *dbeta = gradient + (l->params - 1) * c;

	for (int i = 0; option(l, SCALE)->i && i < c; i++)
		gradient[i] += r.sdyx[i] * inverse[i / width];
	for (int i = 0; option(l, CENTER)->i && i < c; i++)
		dbeta[i] += r.sdy[i];
}

/* dx = inverse (d - mean(d) - (x - mean) inverse^2 mean(d (x - mean))), where d = gamma dy, means of a group */
static void
set_dx(const struct layer *l, const struct pass *p, struct room r, int g, double inverse)
{
	const int width = channels(l) / groups(l), from = g * width;
	const real *gamma = gamma_of(l, p) ? gamma_of(l, p) + from : NULL;
	const double n = (double)width * (double)pixels(l);
	const double b = -inverse * inverse * inverse * total(width, r.sdyx + from, gamma) / n;
	const double shift = -inverse * total(width, r.sdy + from, gamma) / n - b * (double)r.mean[from];

	for (int i = 0; i < width; i++)
		r.scale[from + i] = (real)((gamma ? (double)gamma[i] : 1) * inverse);
	fill(width, (real)b, r.b + from);
	fill(width, (real)shift, r.shift + from);
}

static void
backward_block(const struct layer *l, const struct pass *p, const real *x, const real *mean, const real *dy, real *dx)
{
	const real *inverse = mean + groups(l);
	const int c = channels(l), width = c / groups(l);
	const struct room r = room(l, p);

	for (int g = 0; g < groups(l); g++)
		fill(width, mean[g], r.mean + g * width);
	memset(r.sdy, 0, 2 * (size_t)c * sizeof *r.sdy);
	kern->bn_dsum(pixels(l), c, x, r.mean, dy, r.sdy, r.sdyx);
	if (p->gradient)
		add_gradient(l, r, inverse, p->gradient);
	for (int g = 0; dx && g < groups(l); g++)
		set_dx(l, p, r, g, (double)inverse[g]);
	if (dx)
		kern->bn_dx(pixels(l), c, x, dy, r.scale, r.b, r.shift, dx);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	const size_t size = pixels(l) * (size_t)channels(l), saved = 2 * (size_t)groups(l);
	const real *save = p->save;

	for (size_t i = 0; i < (size_t)p->n * blocks(l); i++)
		backward_block(l, p, p->x + i * size, save + i * saved, p->dy + i * size, p->dx ? p->dx + i * size : NULL);
}

static int
reads(const struct layer *l)
{
	(void)l;
	return READS_X;
}

static bool
in_place(const struct layer *l)
{
	(void)l;
	return true;
}

static int64_t
work(const struct layer *l)
{
	return (int64_t)layer_out(l);
}

#define NORMALIZES .shape = shape, .forward = forward, .backward = backward, .reads = reads, .in_place = in_place, .scratch = scratch, \
	.work = work

const struct layer_type layer_type_layernorm = {
	.name = "layernorm", .keras = "LayerNormalization", .help = "the channels of each pixel to mean 0 and deviation 1",
	.options = layer_options, NORMALIZES,
};

const struct layer_type layer_type_groupnorm = {
	.name = "groupnorm", .keras = "GroupNormalization", .help = "groups of channels of each sample to mean 0 and deviation 1",
	.options = group_options, NORMALIZES,
};
