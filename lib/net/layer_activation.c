/* activation: a function of every number; softmax: of the numbers along the last dimension */
#include <string.h>

#include "net/layer.h"

static const struct option options[] = {
	{ "activation", OPTION_WORD, NULL, "structure", "the function", 0, 0, activation_words },
	OPTION_END,
};

static const char *
shape(struct layer *l)
{
	l->out = l->in;
	l->act = l->option[0].i;
	return NULL;
}

/* All numbers of n samples, as rows of the last dimension. */
static size_t
rows(const struct layer *l, int n)
{
	return (size_t)n * (layer_out(l) / (size_t)l->out.d[l->out.n - 1]);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	activation_y(l->act, rows(l, p->n), (int)l->out.d[l->out.n - 1], p->x, p->y);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	if (p->from_logits)
		memcpy(p->dx, p->dy, (size_t)p->n * layer_out(l) * sizeof *p->dx);
	else
		activation_dx(l->act, rows(l, p->n), (int)l->out.d[l->out.n - 1], p->x, p->y, p->dy, p->dx);
}

static bool
idle(const struct layer *l, bool training)
{
	(void)training;
	return l->act == ACT_LINEAR;
}

const struct layer_type layer_type_activation = {
	.name = "activation", .keras = "Activation", .help = "a function of every number", .options = options,
	.shape = shape, .forward = forward, .backward = backward, .idle = idle,
};
