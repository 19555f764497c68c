/* cutout: in training, a square of zeros around a random pixel of each image, cut off at the border (DeVries and Taylor,
 * 2017) */
#include <string.h>

#include "net/augment.h"

static const struct option options[] = {
	{ "size", OPTION_INT, "8", "data", "height and width of the square", 1, SIZE_LIMIT, 0 },
	OPTION_END,
};

/* Rows (or columns) from..to-1 of n, around a random one. */
static void
draw(const struct layer *l, const struct pass *p, int sample, int which, int *from, int *to)
{
	const int n = (int)l->in.d[which], size = l->option[0].i;
	const int start = augment_draw(p, sample, which, n) - size / 2;

	*from = start < 0 ? 0 : start;
	*to = start + size > n ? n : start + size;
}

static void
cut(const struct layer *l, const struct pass *p, int sample, const real *x, real *y)
{
	const size_t w = (size_t)l->in.d[1], c = (size_t)l->in.d[2];
	int top, bottom, left, right;

	draw(l, p, sample, 0, &top, &bottom);
	draw(l, p, sample, 1, &left, &right);
	memcpy(y, x, layer_in(l) * sizeof *y);
	for (int i = top; i < bottom && left < right; i++)
		memset(y + ((size_t)i * w + (size_t)left) * c, 0, (size_t)(right - left) * c * sizeof *y);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	for (int i = 0; i < p->n; i++)
		cut(l, p, i, p->x + (size_t)i * layer_in(l), p->y + (size_t)i * layer_in(l));
}

static void
backward(const struct layer *l, const struct pass *p)
{
	for (int i = 0; i < p->n; i++)
		cut(l, p, i, p->dy + (size_t)i * layer_in(l), p->dx + (size_t)i * layer_in(l));
}

const struct layer_type layer_type_cutout = {
	.name = "cutout", .keras = "Cutout", .help = "in training, a square of zeros at a random place",
	.options = options, .shape = augment_shape, .forward = forward, .backward = backward, .idle = augment_idle,
};
