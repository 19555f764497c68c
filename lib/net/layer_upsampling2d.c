/* upsampling2d: a larger image. nearest: each pixel becomes a block; bilinear: pixels are mixed by distance, where those of the
 * output lie evenly within those of the input, as in Keras. */
#include <string.h>

#include "net/layer.h"

enum { SIZE, INTERPOLATION };
enum { NEAREST, BILINEAR };

static const char *const interpolations[] = { [NEAREST] = "nearest", [BILINEAR] = "bilinear", NULL };

static const struct option options[] = {
	[SIZE] = { "size", OPTION_PAIR, "2x2", "structure", "factors of height and width", 1, WINDOW_LIMIT, 0 },
	[INTERPOLATION] = { "interpolation", OPTION_WORD, "nearest", "structure", "how new pixels are computed: the nearest, or a mean of four",
		0, 0, interpolations },
	OPTION_END,
};

static const char *
shape(struct layer *l)
{
	const struct value *size = &l->option[SIZE];
	const char *what = layer_needs_rank(l, 3);

	if (what)
		return what;
	l->out = (struct shape){ 3, { l->in.d[0] * size->i, l->in.d[1] * size->j, l->in.d[2] } };
	return NULL;
}

/* A row or column of the output: from[0] (1 - part) + from[1] part of the input's. */
struct tap {
	int from[2];
	real part;
};

/* Place i of the output of n * factor; places beyond the border become the border. */
static struct tap
tap(int i, int n, int factor, int interpolation)
{
	const int below = (2 * i + 1 + factor) / (2 * factor) - 1; /* floor of the place in the input, (i + 1/2) / factor - 1/2 */
	const real part = (real)(2 * i + 1 - factor * (2 * below + 1)) / (real)(2 * factor);

	if (interpolation == NEAREST)
		return (struct tap){ { i / factor, i / factor }, 0 };
	return (struct tap){ { below < 0 ? 0 : below, below + 1 < n ? below + 1 : n - 1 }, part };
}

/* The weight of pixel k of the four that make one: rows k / 2, columns k % 2. */
static real
weight(struct tap row, struct tap col, int k)
{
	return (k / 2 ? row.part : 1 - row.part) * (k % 2 ? col.part : 1 - col.part);
}

static size_t
place(const struct layer *l, struct tap row, struct tap col, int k)
{
	return ((size_t)row.from[k / 2] * (size_t)l->in.d[1] + (size_t)col.from[k % 2]) * (size_t)l->in.d[2];
}

static struct tap
tap_along(const struct layer *l, int dim, int i)
{
	const struct value *size = &l->option[SIZE];

	return tap(i, (int)l->in.d[dim], dim ? size->j : size->i, l->option[INTERPOLATION].i);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const size_t c = (size_t)l->in.d[2];
	const real *x = p->x;
	real *y = p->y;

	memset(y, 0, (size_t)p->n * layer_out(l) * sizeof *y);
	for (int n = 0; n < p->n; n++, x += layer_in(l))
		for (int i = 0; i < l->out.d[0]; i++)
			for (int j = 0; j < l->out.d[1]; j++, y += c) {
				const struct tap row = tap_along(l, 0, i), col = tap_along(l, 1, j);
				for (int k = 0; k < 4; k++)
					if (weight(row, col, k) != 0)
						kern->axpy(c, weight(row, col, k), x + place(l, row, col, k), y);
			}
}

static void
backward(const struct layer *l, const struct pass *p)
{
	const size_t c = (size_t)l->in.d[2];
	const real *dy = p->dy;
	real *dx = p->dx;

	memset(dx, 0, (size_t)p->n * layer_in(l) * sizeof *dx);
	for (int n = 0; n < p->n; n++, dx += layer_in(l))
		for (int i = 0; i < l->out.d[0]; i++)
			for (int j = 0; j < l->out.d[1]; j++, dy += c) {
				const struct tap row = tap_along(l, 0, i), col = tap_along(l, 1, j);
				for (int k = 0; k < 4; k++)
					if (weight(row, col, k) != 0)
						kern->axpy(c, weight(row, col, k), dy, dx + place(l, row, col, k));
			}
}

static int64_t
work(const struct layer *l)
{
	return l->option[INTERPOLATION].i == BILINEAR ? 4 * (int64_t)layer_out(l) : 0;
}

/* n neighbours of the output are made of so many of the input: nearest, blocks and parts of blocks; bilinear, also one pixel on
 * either side, but where an odd factor has the outer two fall on pixels. */
static int64_t
seen(int64_t n, int factor, int interpolation)
{
	if (factor == 1)
		return n;
	if (interpolation == NEAREST)
		return 1 + (n - 1 + factor - 1) / factor;
	return 2 + (n - 1 - factor % 2 + factor - 1) / factor;
}

static void
sees(const struct layer *l, int64_t *n)
{
	const struct value *size = &l->option[SIZE];

	n[0] = seen(n[0], size->i, l->option[INTERPOLATION].i);
	n[1] = seen(n[1], size->j, l->option[INTERPOLATION].i);
}

const struct layer_type layer_type_upsampling2d = {
	.name = "upsampling2d", .keras = "UpSampling2D", .help = "a larger image", .options = options,
	.shape = shape, .forward = forward, .backward = backward, .idle = layer_idle_if_same_size, .work = work,
	.sees = sees,
};
