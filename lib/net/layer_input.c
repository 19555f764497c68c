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

static bool
idle(const struct layer *l, bool training)
{
	(void)l, (void)training;
	return true;
}

const struct layer_type layer_type_input = {
	.name = "input", .keras = "InputLayer", .help = "the shape of one sample; the first layer, and only the first",
	.options = options, .shape = shape, .idle = idle,
};
