/* zeropadding2d: zeros around an image */
#include <string.h>

#include "net/layer.h"

enum { PADDING, AFTER };

static const struct option options[] = {
	[PADDING] = { "padding", OPTION_PAIR, "1x1", "structure", "rows above and below, columns left and right", 0, WINDOW_LIMIT, 0 },
	[AFTER] = { "after", OPTION_PAIR, "padding", "structure", "rows below and columns right, if they differ", 0, WINDOW_LIMIT, 0 },
	OPTION_END,
};

static const char *
shape(struct layer *l)
{
	const struct value *before = &l->option[PADDING], *after = &l->option[AFTER];
	const char *what = layer_needs_rank(l, 3);

	if (what)
		return what;
	l->out = (struct shape){ 3, { l->in.d[0] + before->i + after->i, l->in.d[1] + before->j + after->j, l->in.d[2] } };
	return NULL;
}

/* Row i of an input image begins here in the output. */
static size_t
place(const struct layer *l, int64_t i)
{
	return (size_t)(((i + l->option[PADDING].i) * l->out.d[1] + l->option[PADDING].j) * l->out.d[2]);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const size_t row = (size_t)(l->in.d[1] * l->in.d[2]);
	const real *x = p->x;
	real *y = p->y;

	memset(y, 0, (size_t)p->n * layer_out(l) * sizeof *y);
	for (int n = 0; n < p->n; n++, y += layer_out(l))
		for (int64_t i = 0; i < l->in.d[0]; i++, x += row)
			memcpy(y + place(l, i), x, row * sizeof *x);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	const size_t row = (size_t)(l->in.d[1] * l->in.d[2]);
	const real *dy = p->dy;
	real *dx = p->dx;

	for (int n = 0; n < p->n; n++, dy += layer_out(l))
		for (int64_t i = 0; i < l->in.d[0]; i++, dx += row)
			memcpy(dx, dy + place(l, i), row * sizeof *dx);
}

const struct layer_type layer_type_zeropadding2d = {
	.name = "zeropadding2d", .keras = "ZeroPadding2D", .help = "zeros around an image", .options = options,
	.shape = shape, .forward = forward, .backward = backward, .idle = layer_idle_if_same_size,
};
