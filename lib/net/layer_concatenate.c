/* concatenate: the channels of its inputs side by side; of vectors, one after the other */
#include <string.h>

#include "net/layer.h"

static size_t
channels(const struct layer *l)
{
	return (size_t)l->out.d[l->out.n - 1];
}

static const char *
shape(struct layer *l)
{
	char a[64], b[64];

	l->out = l->in;
	for (int k = 1; k < l->inputs; k++) {
		struct shape s = l->input[k]->out;
		const int64_t c = s.d[s.n - 1];
		s.d[s.n - 1] = l->in.d[l->in.n - 1];
		if (!shape_equal(&s, &l->in, 0))
			return layer_wrong("its inputs differ in more than their channels: %s is %s, but %s is %s", l->input[0]->name,
			                   shape_text(&l->in, a, sizeof a), l->input[k]->name,
			                   shape_text(&l->input[k]->out, b, sizeof b));
		l->out.d[l->out.n - 1] += c;
	}
	return NULL;
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const size_t all = channels(l), rows = (size_t)p->n * (layer_out(l) / all);
	real *y = p->y;

	for (int k = 0; k < l->inputs; k++) {
		const size_t c = channels(l->input[k]);
		for (size_t i = 0; i < rows; i++)
			memcpy(y + i * all, p->xs[k] + i * c, c * sizeof *y);
		y += c;
	}
}

static void
backward(const struct layer *l, const struct pass *p)
{
	const size_t all = channels(l), rows = (size_t)p->n * (layer_out(l) / all);
	const real *dy = p->dy;

	for (int k = 0; k < l->inputs; k++) {
		const size_t c = channels(l->input[k]);
		for (size_t i = 0; i < rows && p->dxs[k]; i++) {
			if (p->adds[k])
				kern->add(c, dy + i * all, p->dxs[k] + i * c);
			else
				memcpy(p->dxs[k] + i * c, dy + i * all, c * sizeof *dy);
		}
		dy += c;
	}
}

const struct layer_type layer_type_concatenate = {
	.name = "concatenate", .keras = "Concatenate", .help = "the channels of its inputs, side by side",
	.shape = shape, .forward = forward, .backward = backward, .merges = true,
};
