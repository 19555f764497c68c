/* dropout: in training, sets random numbers to 0 and multiplies the others by 1 / (1 - rate), which keeps the mean */
#include "net/layer.h"

static const struct option options[] = {
	{ "rate", OPTION_REAL, NULL, "regularization", "fraction of the numbers that become 0", 0, 0.999, 0 },
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
run(const struct layer *l, const struct pass *p, const real *x, real *y)
{
	const size_t size = layer_in(l);

	kern->dropout(p->key, (size_t)p->first * size, (real)l->option[0].r, (size_t)p->n * size, x, y);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	run(l, p, p->x, p->y);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	run(l, p, p->dy, p->dx);
}

const struct layer_type layer_type_dropout = {
	.name = "dropout", .keras = "Dropout", .help = "in training, sets random numbers to 0", .options = options,
	.shape = shape, .forward = forward, .backward = backward, .in_place = layer_in_place, .idle = layer_idle_at_rate_0,
};
