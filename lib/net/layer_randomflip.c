/* randomflip: in training, each image is mirrored or not, at even odds a direction */
#include "net/augment.h"

static const char *const modes[] = { "horizontal", "vertical", "horizontal_and_vertical", NULL };

static const struct option options[] = {
	{ "mode", OPTION_WORD, "horizontal_and_vertical", "data", "horizontal: left becomes right", 0, 0, modes },
	OPTION_END,
};

static void
count(int n, bool mirrored, int *at)
{
	for (int i = 0; i < n; i++)
		at[i] = mirrored ? n - 1 - i : i;
}

static void
lookup(const struct layer *l, const struct pass *p, int sample, int *row, int *col)
{
	const int mode = l->option[0].i;

	count((int)l->in.d[0], mode != 0 && augment_draw(p, sample, 0, 2), row);
	count((int)l->in.d[1], mode != 1 && augment_draw(p, sample, 1, 2), col);
}

const struct layer_type layer_type_randomflip = {
	.name = "randomflip", .keras = "RandomFlip", .help = "in training, images are mirrored at random",
	.options = options, .shape = augment_shape, .lookup = lookup, .idle = augment_idle,
	.forward = augment_forward, .backward = augment_backward, .scratch = augment_scratch,
};
