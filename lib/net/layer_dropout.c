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
	l->save_size = (layer_in(l) + 7) / 8; /* a bit a number */
	return NULL;
}

/* Samples whose bits follow each other: each one's begin with a byte. */
static int
together(const struct layer *l, const struct pass *p)
{
	return layer_in(l) % 8 ? 1 : p->n;
}

static void
run(const struct layer *l, const struct pass *p, const real *x, real *y)
{
	const size_t size = layer_in(l);
	const uint8_t *const bits = p->save;

	for (int i = 0, n = together(l, p); i < p->n; i += n)
		kern->dropout(bits + (size_t)i * l->save_size, 0, (real)l->option[0].r, (size_t)n * size, x + (size_t)i * size,
		              y + (size_t)i * size);
}

/* The draws are numbered by place in the batch: cutting it changes nothing. */
static void
forward(const struct layer *l, const struct pass *p)
{
	const size_t size = layer_in(l);
	uint8_t *const bits = p->save;

	for (int i = 0, n = together(l, p); i < p->n; i += n)
		kern->dropout_draw(p->key, (size_t)(p->first + i) * size, (real)l->option[0].r, (size_t)n * size,
		                   bits + (size_t)i * l->save_size);
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
