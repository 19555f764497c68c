/* reshape: the same numbers, in the same order, as another shape */
#include "net/layer.h"

static const struct option options[] = {
	{ "shape", OPTION_SHAPE, NULL, "structure", "shape of the output, with as many numbers as the input: 1x1x16", 1, SIZE_LIMIT, 0 },
	OPTION_END,
};

static const char *
shape(struct layer *l)
{
	char in[64], out[64];

	l->out = l->option[0].shape;
	if (shape_count(&l->out, 0) == shape_count(&l->in, 0))
		return NULL;
	return layer_wrong("%s does not have as many numbers as its input %s", shape_text(&l->out, out, sizeof out),
	                   shape_text(&l->in, in, sizeof in));
}

/* One number is one number; neighbours come from anywhere. */
static void
sees(const struct layer *l, int64_t *n)
{
	const bool one = n[0] * n[1] * n[2] == 1;

	for (int i = 0; i < 3 && !one && !shape_equal(&l->in, &l->out, 0); i++)
		n[i] = l->in.d[i];
}

const struct layer_type layer_type_reshape = {
	.name = "reshape", .keras = "Reshape", .help = "the same numbers in another shape", .options = options,
	.shape = shape, .idle = layer_always_idle, .sees = sees,
};
