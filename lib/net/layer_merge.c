/* add, subtract, multiply, average, maximum: of several layers' outputs, number by number. An input of 1 x 1 x C counts for
 * every pixel of the others, as in Keras. */
#include <string.h>

#include "net/layer.h"

extern const struct layer_type layer_type_add, layer_type_subtract, layer_type_multiply, layer_type_average, layer_type_maximum;

static int
channels(const struct layer *l)
{
	return (int)l->out.d[l->out.n - 1];
}

static size_t
pixels(const struct layer *l)
{
	return layer_out(l) / (size_t)channels(l);
}

static bool
one_pixel(const struct shape *s)
{
	return s->n == 3 && s->d[0] == 1 && s->d[1] == 1;
}

static const char *
shape(struct layer *l)
{
	char a[64], b[64];

	l->out = l->in;
	for (int k = 1; k < l->inputs; k++) {
		const struct shape *s = &l->input[k]->out;
		const bool same_channels = s->n == l->out.n && s->d[s->n - 1] == channels(l);
		if (same_channels && one_pixel(&l->out))
			l->out = *s;
		else if (!shape_equal(s, &l->out, 0) && !(same_channels && one_pixel(s)))
			return layer_wrong("its inputs differ in shape: %s is %s, but %s is %s", l->input[0]->name,
			                   shape_text(&l->in, a, sizeof a), l->input[k]->name, shape_text(s, b, sizeof b));
	}
	return NULL;
}

static const char *
subtract_shape(struct layer *l)
{
	return l->inputs == 2 ? shape(l) : "takes one layer from another: from= needs two names";
}

/* Two arrays of a sample: an input spread over all pixels, and a gradient. */
static size_t
scratch_size(const struct layer *l)
{
	return 2 * layer_out(l) * sizeof(real);
}

static bool
everywhere(const struct layer *l, int k)
{
	return layer_out(l->input[k]) == layer_out(l);
}

/* Sample i of input k, as large as the output. */
static const real *
input(const struct layer *l, const struct pass *p, int k, int i)
{
	const size_t c = (size_t)channels(l);
	const real *x = p->xs[k] + (size_t)i * layer_out(l->input[k]);
	real *spread = (real *)(void *)p->scratch;

	if (everywhere(l, k))
		return x;
	for (size_t j = 0; j < pixels(l); j++)
		memcpy(spread + j * c, x, c * sizeof *x);
	return spread;
}

static void
larger(size_t n, const real *x, real *y)
{
	for (size_t i = 0; i < n; i++)
		y[i] = x[i] > y[i] || x[i] != x[i] ? x[i] : y[i];
}

/* y = y op x, where y holds the inputs before; of the first, y = x. */
static void
merge(const struct layer *l, int k, const real *x, real *y)
{
	const size_t n = layer_out(l);

	if (k == 0) {
		if (x != y)
			memcpy(y, x, n * sizeof *y);
	} else if (l->type == &layer_type_multiply) {
		kern->mul(n, x, y);
	} else if (l->type == &layer_type_subtract) {
		kern->axpy(n, -1, x, y);
	} else if (l->type == &layer_type_maximum) {
		larger(n, x, y);
	} else {
		kern->add(n, x, y);
	}
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const size_t n = layer_out(l);

	for (int i = 0; i < p->n; i++) {
		real *y = p->y + (size_t)i * n;
		for (int k = 0; k < l->inputs; k++)
			merge(l, k, input(l, p, k, i), y);
		for (size_t j = 0; l->type == &layer_type_average && j < n; j++)
			y[j] /= (real)l->inputs;
	}
}

/* dy times all inputs but the k-th. */
static void
multiply_dx(const struct layer *l, const struct pass *p, int k, int i, const real *dy, real *d)
{
	memcpy(d, dy, layer_out(l) * sizeof *d);
	for (int j = 0; j < l->inputs; j++)
		if (j != k)
			kern->mul(layer_out(l), input(l, p, j, i), d);
}

/* dy where the k-th input is the largest; ties go to the first. */
static void
maximum_dx(const struct layer *l, const struct pass *p, int k, int i, const real *dy, real *d)
{
	const size_t n = layer_out(l);
	const real *y = p->y + (size_t)i * n;

	memcpy(d, dy, n * sizeof *d);
	for (int j = 0; j <= k; j++) {
		const real *x = input(l, p, j, i);
		for (size_t q = 0; q < n; q++)
			d[q] = (x[q] == y[q]) == (j == k) ? d[q] : 0;
	}
}

static void
scaled(size_t n, real scale, const real *dy, real *d)
{
	for (size_t i = 0; i < n; i++)
		d[i] = scale * dy[i];
}

/* The gradient of input k in sample i, as large as the output; dy itself, or d. */
static const real *
gradient(const struct layer *l, const struct pass *p, int k, int i, const real *dy, real *d)
{
	if (l->type == &layer_type_add || (l->type == &layer_type_subtract && k == 0))
		return dy;
	if (l->type == &layer_type_multiply)
		multiply_dx(l, p, k, i, dy, d);
	else if (l->type == &layer_type_maximum)
		maximum_dx(l, p, k, i, dy, d);
	else
		scaled(layer_out(l), l->type == &layer_type_average ? 1 / (real)l->inputs : -1, dy, d);
	return d;
}

static void
give(const struct layer *l, const struct pass *p, int k, int i, const real *d)
{
	const size_t size = layer_out(l->input[k]);
	real *dx = p->dxs[k] + (size_t)i * size;

	if (everywhere(l, k) && p->adds[k]) {
		kern->add(size, d, dx);
	} else if (everywhere(l, k)) {
		memcpy(dx, d, size * sizeof *dx);
	} else {
		if (!p->adds[k])
			memset(dx, 0, size * sizeof *dx);
		kern->bn_sum(pixels(l), channels(l), d, dx);
	}
}

static void
backward(const struct layer *l, const struct pass *p)
{
	real *d = (real *)(void *)p->scratch + layer_out(l);

	for (int k = 0; k < l->inputs; k++)
		for (int i = 0; i < p->n && p->dxs[k] && p->dxs[k] != p->dy; i++)
			give(l, p, k, i, gradient(l, p, k, i, p->dy + (size_t)i * layer_out(l), d));
}

static int
reads(const struct layer *l)
{
	return l->type == &layer_type_multiply ? READS_X : l->type == &layer_type_maximum ? READS_X | READS_Y : 0;
}

/* The gradient of a sum is that of each of its inputs. */
static int64_t
work(const struct layer *l)
{
	return (int64_t)layer_out(l) * (l->inputs - 1);
}

#define MERGES .merges = true, .forward = forward, .backward = backward, .reads = reads, .scratch_size = scratch_size, .work = work

const struct layer_type layer_type_add = {
	.name = "add", .keras = "Add", .help = "the sum of its inputs", .shape = shape, .in_place = layer_in_place, MERGES,
};

const struct layer_type layer_type_subtract = {
	.name = "subtract", .keras = "Subtract", .help = "the first input minus the second", .shape = subtract_shape, MERGES,
};

const struct layer_type layer_type_multiply = {
	.name = "multiply", .keras = "Multiply", .help = "the product of its inputs", .shape = shape, MERGES,
};

const struct layer_type layer_type_average = {
	.name = "average", .keras = "Average", .help = "the mean of its inputs", .shape = shape, MERGES,
};

const struct layer_type layer_type_maximum = {
	.name = "maximum", .keras = "Maximum", .help = "the largest of its inputs", .shape = shape, MERGES,
};
