/* dropout: in training, zeros at random; what is kept grows by 1 / (1 - rate), so that the mean stays */
#include "net/layer.h"

static const struct option options[] = {
	{ "rate", OPTION_REAL, NULL, "regularization", "part of the numbers that become 0", 0, 0.999, 0 },
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
forward_piece(const struct layer *l, const struct pass *p, const struct slice *piece)
{
	const size_t from = (size_t)piece->i0 * layer_in(l), n = (size_t)(piece->i1 - piece->i0) * layer_in(l);

	kern->dropout(p->key, from, (real)l->option[0].r, n, p->x + from, p->y + from);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	layer_pieces(l, p, forward_piece);
}

static void
backward_piece(const struct layer *l, const struct pass *p, const struct slice *piece)
{
	const size_t from = (size_t)piece->i0 * layer_in(l), n = (size_t)(piece->i1 - piece->i0) * layer_in(l);

	kern->dropout(p->key, from, (real)l->option[0].r, n, p->dy + from, p->dx + from);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	if (p->dx)
		layer_pieces(l, p, backward_piece);
}

static bool
idle(const struct layer *l, bool training)
{
	return !training || l->option[0].r == 0;
}

const struct layer_type layer_type_dropout = {
	.name = "dropout", .keras = "Dropout", .help = "in training, zeros at random places", .options = options,
	.shape = shape, .forward = forward, .backward = backward, .idle = idle,
};
