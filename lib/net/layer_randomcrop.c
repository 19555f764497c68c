/* randomcrop: in training, each image gets a border of zeros and is cut to size at a random place; otherwise in the middle */
#include "net/augment.h"

enum { PADDING, SIZE };

static const struct option options[] = {
	[PADDING] = { "padding", OPTION_INT, "4", "data", "rows and columns of zeros on each side", 0, WINDOW_LIMIT, 0 },
	[SIZE] = { "size", OPTION_PAIR, "0", "data", "height and width of the output; 0: those of the input", 0, SIZE_LIMIT, 0 },
	OPTION_END,
};

static const char *
shape(struct layer *l)
{
	const struct value *o = l->option;
	const char *what = layer_needs_rank(l, 3);
	if (what)
		return what;

	const int64_t h = o[SIZE].i ? o[SIZE].i : l->in.d[0], w = o[SIZE].j ? o[SIZE].j : l->in.d[1];
	const int border = 2 * o[PADDING].i;
	char in[64];
	if (h > l->in.d[0] + border || w > l->in.d[1] + border)
		return layer_wrong("size %dx%d is larger than its input %s with a border of %d", (int)h, (int)w,
		                   shape_text(&l->in, in, sizeof in), o[PADDING].i);
	l->out = (struct shape){ 3, { h, w, l->in.d[2] } };
	return NULL;
}

/* The first row of the output in the input; negative in the border. */
static int
first(const struct pass *p, int sample, int which, int in, int out, int padding)
{
	const int places = in + 2 * padding - out + 1;

	return (p->training ? augment_draw(p, sample, which, places) : (places - 1) / 2) - padding;
}

static void
cut(int in, int out, int from, int *at)
{
	for (int i = 0; i < out; i++)
		at[i] = from + i >= 0 && from + i < in ? from + i : -1;
}

static void
lookup(const struct layer *l, const struct pass *p, int sample, int *row, int *col)
{
	const int h = (int)l->in.d[0], w = (int)l->in.d[1], oh = (int)l->out.d[0], ow = (int)l->out.d[1];
	const int padding = l->option[PADDING].i;

	cut(h, oh, first(p, sample, 0, h, oh, padding), row);
	cut(w, ow, first(p, sample, 1, w, ow, padding), col);
}

static bool
idle(const struct layer *l, bool training)
{
	return !training && shape_equal(&l->in, &l->out, 0);
}

const struct layer_type layer_type_randomcrop = {
	.name = "randomcrop", .keras = "RandomCrop", .help = "in training, images are cut out at a random place",
	.options = options, .shape = shape, .lookup = lookup, .idle = idle,
	.forward = augment_forward, .backward = augment_backward, .scratch_size = augment_scratch_size,
};
