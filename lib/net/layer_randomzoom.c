/* randomzoom: in training, each image becomes larger or smaller around its middle */
#include "net/warp.h"

enum { HEIGHT, WIDTH, WARP };

static const struct option options[] = {
	[HEIGHT] = { "height", OPTION_INTERVAL, NULL, "data", "change of the visible height; 0.2: 1.2 times as much", -1, 1, 0 },
	[WIDTH] = { "width", OPTION_INTERVAL, "height", "data", "the same for the width; default: as drawn for the height", -1, 1, 0 },
	WARP_OPTIONS(WARP),
	OPTION_END,
};

static struct warp
draw(const struct layer *l, const struct pass *p, int sample)
{
	const struct value *o = l->option;

	return (struct warp){
		.yy = 1 + augment_uniform(p, sample, 0, &o[HEIGHT]),
		.xx = 1 + augment_uniform(p, sample, o[WIDTH].given, &o[WIDTH]), /* not given: the same draw, which keeps shapes */
		.options = &o[WARP],
	};
}

const struct layer_type layer_type_randomzoom = {
	.name = "randomzoom", .keras = "RandomZoom", .help = "in training, images are zoomed at random", .options = options,
	.shape = augment_shape, .warp = draw, .forward = warp_forward, .backward = warp_backward, .idle = augment_idle,
};
