/* randomrotation: in training, each image is turned around its middle */
#include <math.h>

#include "base/exact.h"
#include "net/warp.h"

enum { FACTOR, WARP };

static const struct option options[] = {
	[FACTOR] = { "factor", OPTION_INTERVAL, NULL, "data", "turns to the left, negative: to the right; 0.25 is a right angle", -1, 1, 0 },
	WARP_OPTIONS(WARP),
	OPTION_END,
};

/* cos(2 pi turns), exactly 0, 1 and -1 where it should be: a quarter turn moves whole pixels. */
static double
cosine(double turns)
{
	const double two_pi = 6.283185307179586;

	return exact_sin(two_pi * (0.25 - fabs(turns - floor(turns + 0.5))));
}

/* Turned to the left, what was below is seen at the right. */
static struct warp
draw(const struct layer *l, const struct pass *p, int sample)
{
	const double turns = augment_uniform(p, sample, 0, &l->option[FACTOR]), c = cosine(turns), s = cosine(turns - 0.25);

	return (struct warp){ .yy = c, .yx = s, .xy = -s, .xx = c, .options = &l->option[WARP] };
}

const struct layer_type layer_type_randomrotation = {
	.name = "randomrotation", .keras = "RandomRotation", .help = "in training, images are turned at random", .options = options,
	.shape = augment_shape, .warp = draw, .forward = warp_forward, .backward = warp_backward, .idle = augment_idle,
};
