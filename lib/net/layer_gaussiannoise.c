/* gaussiannoise: in training, adds normal random numbers */
#include <string.h>

#include "base/rng.h"
#include "net/layer.h"

static const struct option options[] = {
	{ "stddev", OPTION_REAL, NULL, "regularization", "standard deviation of the numbers added", 0, 1e30, 0 },
	OPTION_END,
};

static const char *
shape(struct layer *l)
{
	l->out = l->in;
	return NULL;
}

/* The draws are numbered by place in the batch: cutting it changes nothing. */
static void
forward(const struct layer *l, const struct pass *p)
{
	const size_t size = layer_in(l), first = (size_t)p->first * size;

	for (size_t i = 0; i < (size_t)p->n * size; i++)
		p->y[i] = p->x[i] + (real)(l->option[0].r * rng_normal(p->key, first + i));
}

static void
backward(const struct layer *l, const struct pass *p)
{
	memmove(p->dx, p->dy, (size_t)p->n * layer_in(l) * sizeof *p->dx);
}

const struct layer_type layer_type_gaussiannoise = {
	.name = "gaussiannoise", .keras = "GaussianNoise", .help = "in training, adds normal random numbers", .options = options,
	.shape = shape, .forward = forward, .backward = backward, .in_place = layer_in_place, .idle = layer_idle_at_rate_0,
};
