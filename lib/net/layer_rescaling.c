/* rescaling: y = scale x + offset, with numbers that are given and not trained */
#include "net/layer.h"

enum { SCALE, OFFSET };

static const struct option options[] = {
	[SCALE] = { "scale", OPTION_REAL, NULL, "data", "factor for every number", -1e30, 1e30, 0 },
	[OFFSET] = { "offset", OPTION_REAL, "0", "data", "added to every number afterwards", -1e30, 1e30, 0 },
	OPTION_END,
};

static const char *
shape(struct layer *l)
{
	l->out = l->in;
	return NULL;
}

static void
run(const struct layer *l, const struct pass *p, real offset, const real *x, real *y)
{
	const real scale = (real)l->option[SCALE].r;

	for (size_t i = 0; i < (size_t)p->n * layer_in(l); i++)
		y[i] = scale * x[i] + offset;
}

static void
forward(const struct layer *l, const struct pass *p)
{
	run(l, p, (real)l->option[OFFSET].r, p->x, p->y);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	run(l, p, 0, p->dy, p->dx);
}

static int64_t
work(const struct layer *l)
{
	return (int64_t)layer_out(l);
}

const struct layer_type layer_type_rescaling = {
	.name = "rescaling", .keras = "Rescaling", .help = "every number times a factor, plus an offset", .options = options,
	.shape = shape, .forward = forward, .backward = backward, .in_place = layer_in_place, .work = work,
};
