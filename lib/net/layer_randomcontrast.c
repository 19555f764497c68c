/* randomcontrast: in training, the numbers of each channel move away from their mean over the image, or closer to it */
#include "net/augment.h"

enum { FACTOR, RANGE };

static const struct option options[] = {
	[FACTOR] = { "factor", OPTION_INTERVAL, NULL, "data", "how much farther from the mean: -1 is onto it, 1 twice as far", -1, 1, 0 },
	[RANGE] = VALUE_RANGE_OPTION,
	OPTION_END,
};

static int
reads(const struct layer *l)
{
	return augment_has_range(&l->option[RANGE]) ? READS_Y : 0;
}

static double
mean(size_t pixels, size_t c, const real *x)
{
	double sum = 0;

	for (size_t i = 0; i < pixels; i++)
		sum += (double)x[i * c];
	return sum / (double)pixels;
}

/* y = mean + factor (x - mean), of one image. Row and column of this matrix are alike, so the gradient goes back the same way. */
static void
stretch(size_t pixels, size_t c, real factor, const real *x, real *y)
{
	for (size_t k = 0; k < c; k++) {
		const real middle = (real)mean(pixels, c, x + k);
		for (size_t i = k; i < pixels * c; i += c)
			y[i] = (x[i] - middle) * factor + middle;
	}
}

static void
stretch_all(const struct layer *l, const struct pass *p, const real *x, real *y)
{
	const size_t n = layer_in(l), c = (size_t)l->in.d[2];

	for (int i = 0; i < p->n; i++) {
		const real factor = (real)(1 + augment_uniform(p, i, 0, &l->option[FACTOR]));
		stretch(n / c, c, factor, x + (size_t)i * n, y + (size_t)i * n);
	}
}

static void
forward(const struct layer *l, const struct pass *p)
{
	stretch_all(l, p, p->x, p->y);
	augment_clip(&l->option[RANGE], (size_t)p->n * layer_in(l), p->y);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	augment_unclip(&l->option[RANGE], (size_t)p->n * layer_in(l), p->y, p->dy);
	stretch_all(l, p, p->dy, p->dx);
}

const struct layer_type layer_type_randomcontrast = {
	.name = "randomcontrast", .keras = "RandomContrast", .help = "in training, the contrast of images changes at random",
	.options = options, .shape = augment_shape, .forward = forward, .backward = backward, .reads = reads, .idle = augment_idle,
};
