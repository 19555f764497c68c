/* randomflip: in training, each image is mirrored or not, at even odds a direction, or every other epoch (alternating flip: Jordan, 2024) */
#include "net/augment.h"

static const char *const modes[] = { "horizontal", "vertical", "horizontal_and_vertical", NULL };

enum { MODE, ALTERNATE };

static const struct option options[] = {
	[MODE] = { "mode", OPTION_WORD, "horizontal_and_vertical", "data", "horizontal: left becomes right", 0, 0, modes },
	[ALTERNATE] = { "alternate", OPTION_WORD, "false", "data", "draw once, then mirror each image in every other epoch", 0, 0, no_yes },
	OPTION_END,
};

static void
count(int n, bool mirrored, int *at)
{
	for (int i = 0; i < n; i++)
		at[i] = mirrored ? n - 1 - i : i;
}

static bool
mirrored(const struct layer *l, const struct pass *p, int sample, int which)
{
	return l->option[ALTERNATE].i ? augment_alternate(l, p, sample, which) : augment_draw(p, sample, which, 2);
}

static void
lookup(const struct layer *l, const struct pass *p, int sample, int *row, int *col)
{
	const int mode = l->option[MODE].i;

	count((int)l->in.d[0], mode != 0 && mirrored(l, p, sample, 0), row);
	count((int)l->in.d[1], mode != 1 && mirrored(l, p, sample, 1), col);
}

const struct layer_type layer_type_randomflip = {
	.name = "randomflip", .keras = "RandomFlip", .help = "in training, images are mirrored at random",
	.options = options, .shape = augment_shape, .lookup = lookup, .idle = augment_idle,
	.forward = augment_forward, .backward = augment_backward, .scratch_size = augment_scratch_size,
};
