/* randomerasing: in training, a rectangle of each image becomes noise or one number (Zhong et al., 2020; sizes as Keras draws them) */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "net/augment.h"

enum { FACTOR, SCALE, FILL_VALUE, RANGE };

static const struct option options[] = {
	[FACTOR] = { "factor", OPTION_INTERVAL, "1", "data", "the probability that an image is erased is drawn from it", 0, 1, 0 },
	[SCALE] = { "scale", OPTION_INTERVAL, "0.02:0.33", "data", "height and width are the roots of numbers from it, parts of the image's",
		0, 1, 0 },
	[FILL_VALUE] = { "fill_value", OPTION_REAL_OR_NONE, "none", "data", "what comes in; none: normal random numbers", -1e9, 1e9, 0 },
	[RANGE] = VALUE_RANGE_OPTION,
	OPTION_END,
};

/* The numbers that one sample draws, by their place: after them comes one for each number of the image. */
enum { PROBABILITY, THRESHOLD, SIZE, POSITION = SIZE + 2, NOISE = POSITION + 2 };

/* Rows (or columns) from..to-1 of n: those whose middle lies in a stretch that begins at any place where it fits. Keras asks for
 * their upper (or left) edge instead, so it never erases the first ones. */
static void
stretch(const struct layer *l, uint64_t key, int which, int *from, int *to)
{
	const int n = (int)l->in.d[which];
	const double length = n * sqrt(augment_within(&l->option[SCALE], rng_unit(key, (uint64_t)(SIZE + which))));
	const double start = rng_unit(key, (uint64_t)(POSITION + which)) * (n - length);

	*from = (int)ceil(start - 0.5);
	*to = (int)ceil(start + length - 0.5);
}

struct box {
	int top, bottom, left, right;
};

/* What is erased of the sample; none of it: a box of no rows. */
static struct box
draw(const struct layer *l, uint64_t key)
{
	struct box b = { 0 };

	if (rng_unit(key, THRESHOLD) >= augment_within(&l->option[FACTOR], rng_unit(key, PROBABILITY)))
		return b;
	stretch(l, key, 0, &b.top, &b.bottom);
	stretch(l, key, 1, &b.left, &b.right);
	return b;
}

/* The n numbers of an image from the k-th on. Noise is wide as a standardized image, or as the range, and fits into it. */
static void
fill(const struct layer *l, uint64_t key, size_t k, size_t n, real *y)
{
	const struct value *range = &l->option[RANGE];
	const double value = l->option[FILL_VALUE].r, width = augment_has_range(range) ? range->high : 1;

	for (size_t i = 0; i < n; i++)
		y[k + i] = (real)(isnan(value) ? width * rng_normal(key, NOISE + k + i) : value);
	augment_clip(range, n, y + k);
}

/* All of from goes to `to`, which may be the same; what is erased becomes the fill, or zeros. */
static void
erase(const struct layer *l, const struct pass *p, bool zeros, const real *from, real *to)
{
	const size_t size = layer_in(l), w = (size_t)l->in.d[1], c = (size_t)l->in.d[2];

	memmove(to, from, (size_t)p->n * size * sizeof *to);
	for (int i = 0; i < p->n; i++, to += size) {
		const uint64_t key = rng_key(p->key, "erasing", (uint64_t)p->first + (uint64_t)i);
		const struct box b = draw(l, key);
		const size_t n = (size_t)(b.right - b.left) * c;
		for (int row = b.top; row < b.bottom; row++) {
			const size_t k = ((size_t)row * w + (size_t)b.left) * c;
			if (zeros)
				memset(to + k, 0, n * sizeof *to);
			else
				fill(l, key, k, n, to);
		}
	}
}

static void
forward(const struct layer *l, const struct pass *p)
{
	erase(l, p, false, p->x, p->y);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	erase(l, p, true, p->dy, p->dx);
}

const struct layer_type layer_type_randomerasing = {
	.name = "randomerasing", .keras = "RandomErasing", .help = "in training, a rectangle of noise or of one number at a random place",
	.options = options, .shape = augment_shape, .forward = forward, .backward = backward, .in_place = layer_in_place,
	.idle = augment_idle,
};
