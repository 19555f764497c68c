/* spatialdropout2d: dropout of whole channels; in images, neighbouring pixels are too alike for dropout of single ones */
#include "net/layer.h"

static const struct option options[] = {
	{ "rate", OPTION_REAL, NULL, "regularization", "fraction of the channels that become 0", 0, 0.999, 0 },
	OPTION_END,
};

static const char *
shape(struct layer *l)
{
	l->out = l->in;
	return layer_needs_rank(l, 3);
}

/* ones, mask, zeros and a bit, one a channel */
static size_t
scratch_size(const struct layer *l)
{
	return 3 * (size_t)l->in.d[2] * sizeof(real) + ((size_t)l->in.d[2] + 7) / 8;
}

/* y = x * mask, where the mask of a sample is what dropout makes of ones */
static void
run(const struct layer *l, const struct pass *p, const real *x, real *y)
{
	const int c = (int)l->in.d[2];
	const size_t size = layer_in(l), channels = (size_t)c;
	real *ones = (real *)(void *)p->scratch, *mask = ones + c, *zeros = mask + c;
	uint8_t *bits = (uint8_t *)(zeros + c);

	for (int i = 0; i < c; i++) {
		ones[i] = 1;
		zeros[i] = 0;
	}
	for (size_t i = 0; i < (size_t)p->n; i++) {
		kern->dropout_draw(p->key, ((size_t)p->first + i) * channels, (real)l->option[0].r, channels, bits);
		kern->dropout(bits, 0, (real)l->option[0].r, channels, ones, mask);
		kern->bn_y(size / channels, c, x + i * size, mask, zeros, y + i * size);
	}
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

const struct layer_type layer_type_spatialdropout2d = {
	.name = "spatialdropout2d", .keras = "SpatialDropout2D", .help = "in training, sets random channels to 0",
	.options = options, .shape = shape, .forward = forward, .backward = backward, .in_place = layer_in_place, .idle = layer_idle_at_rate_0,
	.scratch_size = scratch_size,
};
