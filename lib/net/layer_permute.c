/* permute: the dimensions of each sample in another order */
#include "net/layer.h"

static const struct option options[] = {
	{ "dims", OPTION_SHAPE, NULL, "structure", "which dimension of the input, counted from 1, becomes the first, second, third: 3x1x2",
		1, 3, 0 },
	OPTION_END,
};

static const char *
shape(struct layer *l)
{
	const struct shape *dims = &l->option[0].shape;
	char in[64];
	int seen = 0;

	l->out = l->in;
	for (int i = 0; i < dims->n && i < l->in.n; i++)
		if (dims->d[i] <= l->in.n) {
			seen |= 1 << dims->d[i];
			l->out.d[i] = l->in.d[dims->d[i] - 1];
		}
	if (dims->n == l->in.n && seen == (2 << l->in.n) - 2)
		return NULL;
	return layer_wrong("dims must name each of the %d dimensions of its input %s once", l->in.n, shape_text(&l->in, in, sizeof in));
}

/* The distance in the input of two neighbours along each dimension of the output; three dimensions, the first may be of size 1. */
struct walk {
	size_t size[3], step[3];
};

static struct walk
walk(const struct layer *l)
{
	const struct shape *dims = &l->option[0].shape;
	struct walk w = { { 1, 1, 1 }, { 0, 0, 0 } };

	for (int i = 0; i < dims->n; i++) {
		const int at = 3 - dims->n + i;
		w.size[at] = (size_t)l->out.d[i];
		w.step[at] = 1;
		for (int j = (int)dims->d[i]; j < l->in.n; j++)
			w.step[at] *= (size_t)l->in.d[j];
	}
	return w;
}

/* place (numbers of the output), of one sample: the place of each in the input. */
static void
places(const struct layer *l, int *place)
{
	const struct walk w = walk(l);

	for (size_t i = 0; i < w.size[0]; i++)
		for (size_t j = 0; j < w.size[1]; j++)
			for (size_t k = 0; k < w.size[2]; k++)
				*place++ = (int)(i * w.step[0] + j * w.step[1] + k * w.step[2]);
}

static size_t
scratch_size(const struct layer *l)
{
	return layer_out(l) * sizeof(int);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const size_t size = layer_in(l);
	int *place = (int *)(void *)p->scratch;

	places(l, place);
	for (size_t i = 0; i < (size_t)p->n; i++)
		for (size_t k = 0; k < size; k++)
			p->y[i * size + k] = p->x[i * size + (size_t)place[k]];
}

static void
backward(const struct layer *l, const struct pass *p)
{
	const size_t size = layer_in(l);
	int *place = (int *)(void *)p->scratch;

	places(l, place);
	for (size_t i = 0; i < (size_t)p->n; i++)
		for (size_t k = 0; k < size; k++)
			p->dx[i * size + (size_t)place[k]] = p->dy[i * size + k];
}

static bool
idle(const struct layer *l, bool training)
{
	(void)training;
	for (int i = 0; i < l->in.n; i++)
		if (l->option[0].shape.d[i] != i + 1)
			return false;
	return true;
}

static void
sees(const struct layer *l, int64_t *n)
{
	const int64_t out[3] = { n[0], n[1], n[2] };

	for (int i = 0; i < l->in.n; i++)
		n[l->option[0].shape.d[i] - 1] = out[i];
}

const struct layer_type layer_type_permute = {
	.name = "permute", .keras = "Permute", .help = "the dimensions in another order", .options = options,
	.shape = shape, .forward = forward, .backward = backward, .idle = idle, .scratch_size = scratch_size,
	.sees = sees,
};
