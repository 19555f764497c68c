/* randomtranslation: in training, each image is moved by whole pixels, up to a part of its height and width */
#include "net/augment.h"

enum { HEIGHT, WIDTH, FILL };

static const struct option options[] = {
	[HEIGHT] = { "height", OPTION_REAL, "0.1", "data", "longest move up or down, as a fraction of the height", 0, 1, 0 },
	[WIDTH] = { "width", OPTION_REAL, "0.1", "data", "longest move left or right, as a fraction of the width", 0, 1, 0 },
	[FILL] = { "fill", OPTION_WORD, "reflect", "data", "fills the empty part: dcba|abcd|dcba, zeros, aaaa|abcd|dddd, abcd|abcd|abcd, dcb|abcd|cba",
		0, 0, augment_fills },
	OPTION_END,
};

static void
moved(int n, int by, int fill, int *at)
{
	for (int i = 0; i < n; i++)
		at[i] = augment_inside(i - by, n, fill);
}

/* The largest k with k / n <= part. Not floor(part * n): 0.7 * 90 is 62.99... in floating point, while 63 / 90 is 0.7. */
static int
farthest(double part, int n)
{
	const int k = (int)(part * n);

	return k + ((k + 1) / (double)n <= part);
}

/* A whole number from -farthest..farthest. */
static int
draw(const struct pass *p, int sample, int which, double part, int n)
{
	const int most = farthest(part, n);

	return augment_draw(p, sample, which, 2 * most + 1) - most;
}

static void
lookup(const struct layer *l, const struct pass *p, int sample, int *row, int *col)
{
	const struct value *o = l->option;
	const int h = (int)l->in.d[0], w = (int)l->in.d[1];

	moved(h, draw(p, sample, 0, o[HEIGHT].r, h), o[FILL].i, row);
	moved(w, draw(p, sample, 1, o[WIDTH].r, w), o[FILL].i, col);
}

const struct layer_type layer_type_randomtranslation = {
	.name = "randomtranslation", .keras = "RandomTranslation", .help = "in training, images are moved at random",
	.options = options, .shape = augment_shape, .lookup = lookup, .idle = augment_idle,
	.forward = augment_forward, .backward = augment_backward, .scratch_size = augment_scratch_size,
};
