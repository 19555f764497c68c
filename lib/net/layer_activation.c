/* activation: a function of every number; softmax: of the numbers along the last dimension */
#include <string.h>

#include "net/layer.h"

static const struct option options[] = {
	ACTIVATION_OPTION(NULL, "the function"),
	OPTION_END,
};

static const char *
shape(struct layer *l)
{
	l->out = l->in;
	activation_set(l, &l->option[0]);
	return NULL;
}

static void
forward(const struct layer *l, const struct pass *p)
{
	activation_y(l, p->n, p->x, p->y);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	if (p->from_logits)
		memmove(p->dx, p->dy, (size_t)p->n * layer_out(l) * sizeof *p->dx);
	else
		activation_dx(l, p->n, p->x, p->y, p->dy, p->dx);
}

static int
reads(const struct layer *l)
{
	return l->act != ACTS && act_needs_x((enum act)l->act) ? READS_X : READS_Y;
}

static bool
in_place(const struct layer *l)
{
	return l->act != ACTS;
}

static bool
idle(const struct layer *l, bool training)
{
	(void)training;
	return l->act == ACT_LINEAR;
}

const struct layer_type layer_type_activation = {
	.name = "activation", .keras = "Activation", .help = "a function of every number", .options = options,
	.shape = shape, .forward = forward, .backward = backward, .reads = reads, .in_place = in_place, .idle = idle,
};
