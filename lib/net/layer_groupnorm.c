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
	{ "groups", OPTION_INT, "32", "structure", "number of groups of channels; -1: one for each channel", -1, SIZE_LIMIT, 0 },
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

	initializer_parse("zeros", &zeros);
	initializer_parse("ones", &ones);
	if (groups(l) == 0 || channels(l) % groups(l))
		return layer_wrong("groups=%d does not divide the %d channels of its input; take a divisor, or -1 for one group a channel",
		                   groups(l), channels(l));
	if (option(l, SCALE)->i)
		layer_param(l, "gamma", c, &ones);
	if (option(l, CENTER)->i)
		layer_param(l, "beta", c, &zeros);
	l->out = l->in;
	l->gradient = (size_t)l->params * (size_t)channels(l);
	l->save_size = 2 * blocks(l) * (size_t)groups(l) * sizeof(real);
	return NULL;
}

/* What the work on a piece needs, looked up once: sizes, parameters (NULL: none), and arrays of a number a channel. Forward: the mean, and
 * y = scale x + shift. Backward: also the sums of dy and of dy (x - mean), and dx = scale dy + b x + shift. */
struct groupnorm_job {
	int c, groups, width;
	size_t pixels, block, blocks; /* pixels and numbers of a block, and how many there are */
	double n, epsilon; /* n: numbers of a group */
	const real *gamma, *beta;
	real *dgamma, *dbeta;
	real *mean, *scale, *shift, *b, *sdy, *sdyx;
};
enum { ARRAYS = 6 };

static size_t
scratch_size(const struct layer *l)
{
	return ARRAYS * (size_t)channels(l) * sizeof(real);
}

static struct groupnorm_job
job_of(const struct layer *l, const struct pass *p)
{
	const int c = channels(l), width = c / groups(l), last = l->params - 1;
	const bool scales = option(l, SCALE)->i, centers = option(l, CENTER)->i;
	real *at = (real *)(void *)p->scratch;

	return (struct groupnorm_job){ .c = c, .groups = groups(l), .width = width, .pixels = pixels(l), .block = pixels(l) * (size_t)c,
		.blocks = (size_t)p->n * blocks(l),
		.n = (double)width * (double)pixels(l), .epsilon = option(l, EPSILON)->r,
		.gamma = scales ? layer_w(l, p, 0) : NULL, .beta = centers ? layer_w(l, p, last) : NULL,
		.dgamma = scales ? p->gradient : NULL, .dbeta = centers && p->gradient ? p->gradient + last * c : NULL,
		.mean = at, .scale = at + c, .shift = at + 2 * c, .b = at + 3 * c, .sdy = at + 4 * c, .sdyx = at + 5 * c };
}

/* The sum of x, each times its weight unless NULL: four sums side by side, since an addition waits for the one before. */
static double
total(int n, const real *x, const real *weight)
{
	double sum[4] = { 0 };
	int i = 0;

	for (; i + 4 <= n; i += 4)
		for (int k = 0; k < 4; k++)
			sum[k] += (double)x[i + k] * (weight ? (double)weight[i + k] : 1);
	for (; i < n; i++)
		sum[0] += (double)x[i] * (weight ? (double)weight[i] : 1);
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
moments(const struct groupnorm_job *w, const real *x, real *mean, real *inverse)
{
	memset(w->scale, 0, (size_t)w->c * sizeof *w->scale);
	kern->bn_sum(w->pixels, w->c, x, w->scale);
	for (int g = 0; g < w->groups; g++) {
		mean[g] = (real)(total(w->width, w->scale + g * w->width, NULL) / w->n);
		fill(w->width, mean[g], w->mean + g * w->width);
	}
	memset(w->scale, 0, (size_t)w->c * sizeof *w->scale);
	kern->bn_square(w->pixels, w->c, x, w->mean, w->scale);
	for (int g = 0; g < w->groups; g++)
		inverse[g] = (real)(1 / sqrt(total(w->width, w->scale + g * w->width, NULL) / w->n + w->epsilon));
}

static void
forward_block(const struct groupnorm_job *w, const real *x, real *mean, real *y)
{
	real *inverse = mean + w->groups;

	moments(w, x, mean, inverse);
	for (int g = 0, i = 0; g < w->groups; g++)
		for (const int end = i + w->width; i < end; i++) {
			w->scale[i] = (w->gamma ? w->gamma[i] : 1) * inverse[g];
			w->shift[i] = (w->beta ? w->beta[i] : 0) - mean[g] * w->scale[i];
		}
	kern->bn_y(w->pixels, w->c, x, w->scale, w->shift, y);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const struct groupnorm_job w = job_of(l, p);
	real *save = p->save;

	for (size_t i = 0; i < w.blocks; i++, save += 2 * w.groups)
		forward_block(&w, p->x + i * w.block, save, p->y + i * w.block);
}

/* dx = inverse (d - mean(d) - (x - mean) inverse^2 mean(d (x - mean))), where d = gamma dy, means of the group that begins at `from` */
static void
set_dx(const struct groupnorm_job *w, int from, double mean, double inverse)
{
	const real *gamma = w->gamma ? w->gamma + from : NULL;
	const double b = -inverse * inverse * inverse * total(w->width, w->sdyx + from, gamma) / w->n;
	const double shift = -inverse * total(w->width, w->sdy + from, gamma) / w->n - b * mean;

	for (int i = 0; i < w->width; i++)
		w->scale[from + i] = (gamma ? gamma[i] : 1) * (real)inverse;
	fill(w->width, (real)b, w->b + from);
	fill(w->width, (real)shift, w->shift + from);
}

static void
add_gradient(const struct groupnorm_job *w, int from, real inverse)
{
	for (int i = from; w->dgamma && i < from + w->width; i++)
		w->dgamma[i] += w->sdyx[i] * inverse;
	for (int i = from; w->dbeta && i < from + w->width; i++)
		w->dbeta[i] += w->sdy[i];
}

static void
backward_block(const struct groupnorm_job *w, const real *x, const real *mean, const real *dy, real *dx)
{
	const real *inverse = mean + w->groups;

	for (int g = 0; g < w->groups; g++)
		fill(w->width, mean[g], w->mean + g * w->width);
	memset(w->sdy, 0, 2 * (size_t)w->c * sizeof *w->sdy);
	kern->bn_dsum(w->pixels, w->c, x, w->mean, dy, w->sdy, w->sdyx);
	for (int g = 0; g < w->groups; g++) {
		add_gradient(w, g * w->width, inverse[g]);
		if (dx)
			set_dx(w, g * w->width, (double)mean[g], (double)inverse[g]);
	}
	if (dx)
		kern->bn_dx(w->pixels, w->c, x, dy, w->scale, w->b, w->shift, dx);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	const struct groupnorm_job w = job_of(l, p);
	const real *save = p->save;

	for (size_t i = 0; i < w.blocks; i++, save += 2 * w.groups)
		backward_block(&w, p->x + i * w.block, save, p->dy + i * w.block, p->dx ? p->dx + i * w.block : NULL);
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

#define NORMALIZES .shape = shape, .forward = forward, .backward = backward, .reads = reads, .in_place = layer_in_place, \
	.scratch_size = scratch_size, .work = work

const struct layer_type layer_type_layernorm = {
	.name = "layernorm", .keras = "LayerNormalization", .help = "the channels of each pixel to mean 0 and deviation 1",
	.options = layer_options, NORMALIZES,
};

const struct layer_type layer_type_groupnorm = {
	.name = "groupnorm", .keras = "GroupNormalization", .help = "groups of channels of each sample to mean 0 and deviation 1",
	.options = group_options, NORMALIZES,
};
