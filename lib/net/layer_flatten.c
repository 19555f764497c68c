/* flatten: an image as one vector, in the order height, width, channel */
#include "net/layer.h"

static const char *
shape(struct layer *l)
{
	l->out = (struct shape){ 1, { (int64_t)layer_in(l) } };
	return NULL;
}

const struct layer_type layer_type_flatten = {
	.name = "flatten", .keras = "Flatten", .help = "images as vectors, in the order height, width, channel",
	.shape = shape, .idle = layer_always_idle,
};
