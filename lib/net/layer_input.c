/* input: the shape of one sample */
#include "net/layer.h"

static const struct option options[] = {
	{ "shape", OPTION_SHAPE, NULL, "data", "height, width, channels: 32x32x3; or one size, for vectors", 1, SIZE_LIMIT, 0 },
	OPTION_END,
};

static const char *
shape(struct layer *l)
{
	l->in = l->out = l->option[0].shape;
	return NULL;
}

/* Each piece is written where and when the layers after it read it, while it is warm in the cache. */
static void
forward(const struct layer *l, const struct pass *p)
{
	(void)l;
	if (p->fill)
		p->fill(p->ctx, p->first, p->n, p->y);
}

const struct layer_type layer_type_input = {
	.name = "input", .keras = "InputLayer", .help = "the shape of one sample; always the first layer",
	.options = options, .shape = shape, .forward = forward,
};
