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

static int
last(const struct layer *l)
{
	return (int)l->out.d[l->out.n - 1];
}

static void
forward_piece(const struct layer *l, const struct pass *p, const struct slice *piece)
{
	const size_t size = layer_out(l);
	const int n = last(l);

	for (size_t i = (size_t)piece->i0; i < (size_t)piece->i1; i++)
		activation_y(l->act, (int)(size / (size_t)n), n, p->x + i * size, p->y + i * size);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	layer_pieces(l, p, forward_piece);
}

static void
backward_piece(const struct layer *l, const struct pass *p, const struct slice *piece)
{
	const size_t size = layer_out(l);
	const int n = last(l);

	for (size_t i = (size_t)piece->i0; i < (size_t)piece->i1; i++)
		activation_dx(l->act, (int)(size / (size_t)n), n, p->x + i * size, p->y + i * size, p->dy + i * size,
		              p->dx + i * size);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	if (p->dx && p->from_logits)
		memcpy(p->dx, p->dy, (size_t)p->n * layer_out(l) * sizeof *p->dx);
	else if (p->dx)
		layer_pieces(l, p, backward_piece);
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
