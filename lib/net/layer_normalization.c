/* normalization: y = (x - mean) / max(sqrt(variance), 1e-7), channel by channel, with numbers that were taken from data and are
 * not trained (cnn-init --adapt) */
#include <math.h>

#include "net/initializer.h"
#include "net/layer.h"

enum { MEAN, VARIANCE };
static const double least = 1e-7; /* Keras's */

static int
channels(const struct layer *l)
{
	return (int)l->in.d[l->in.n - 1];
}

static const char *
shape(struct layer *l)
{
	struct value zeros = { 0 }, ones = { 0 };
	const struct shape c = { 1, { channels(l) } };

	initializer_parse("zeros", &zeros);
	initializer_parse("ones", &ones);
	layer_param(l, "mean", c, &zeros)->fixed = true;
	layer_param(l, "variance", c, &ones)->fixed = true;
	l->out = l->in;
	l->keep_size = (size_t)channels(l) * sizeof(real);
	return NULL;
}

static void
prepare(const struct layer *l, const struct pass *p)
{
	const real *variance = layer_w(l, p, VARIANCE);
	real *inverse = p->keep;

	for (int i = 0; i < channels(l); i++)
		inverse[i] = (real)(1 / fmax(sqrt((double)variance[i]), least));
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const size_t c = (size_t)channels(l), rows = (size_t)p->n * (layer_in(l) / c);
	const real *mean = layer_w(l, p, MEAN), *inverse = p->keep;

	for (size_t i = 0; i < rows; i++)
		for (size_t k = 0; k < c; k++)
			p->y[i * c + k] = (p->x[i * c + k] - mean[k]) * inverse[k];
}

static void
backward(const struct layer *l, const struct pass *p)
{
	const size_t c = (size_t)channels(l), rows = (size_t)p->n * (layer_in(l) / c);
	const real *inverse = p->keep;

	for (size_t i = 0; i < rows; i++)
		for (size_t k = 0; k < c; k++)
			p->dx[i * c + k] = p->dy[i * c + k] * inverse[k];
}

static int64_t
work(const struct layer *l)
{
	return (int64_t)layer_out(l);
}

const struct layer_type layer_type_normalization = {
	.name = "normalization", .keras = "Normalization", .help = "mean 0 and deviation 1, with statistics of the data", .shape = shape,
	.prepare = prepare, .forward = forward, .backward = backward, .in_place = layer_in_place, .work = work,
};
