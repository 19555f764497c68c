/* maxpool2d: the maximum of each window, channel by channel; the gradient goes to the maximum, ties go to the first.
 * globalmaxpool2d: the window is the whole image. */
#include "net/cut.h"
#include "net/layer_options.h"

enum { POOL, STRIDES, PADDING };

static const struct option options[] = {
	[POOL] = { "pool", OPTION_PAIR, "2x2", "structure", "height and width of the window", 1, WINDOW_LIMIT, 0 },
	[STRIDES] = STRIDES_OPTION("pool"),
	[PADDING] = PADDING_OPTION("windows reach over the border"),
	OPTION_END,
};

static const char *
shape(struct layer *l)
{
	const char *what = layer_pool(l, &l->option[POOL], &l->option[STRIDES], l->option[PADDING].i);

	l->save_size = layer_out(l) * sizeof(int32_t);
	return what;
}

static const char *
global_shape(struct layer *l)
{
	const struct value whole = { .i = (int)l->in.d[0], .j = (int)l->in.d[1] };
	const char *what = layer_pool(l, &whole, &whole, false);

	if (!what)
		l->out = (struct shape){ 1, { l->in.d[2] } };
	l->save_size = layer_out(l) * sizeof(int32_t);
	return what;
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const struct pool q = cut_pool(l, p);

	kern->maxpool_y(&q, p->n, p->x, p->y, p->keeps ? p->save : NULL, p->scratch);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	const struct pool q = cut_pool(l, p);

	kern->maxpool_dx(&q, p->n, p->save, p->dy, p->dx);
}

static struct window
window(const struct layer *l)
{
	return (struct window){ l->pool.ph, l->pool.pw, l->pool.sh, l->pool.sw };
}

const struct layer_type layer_type_maxpool2d = {
	.name = "maxpool2d", .keras = "MaxPooling2D", .help = "the largest number of each window", .options = options,
	.shape = shape, .forward = forward, .backward = backward, .scratch_size = layer_pool_scratch_size,
	.work = layer_pool_work, .window = window,
};

const struct layer_type layer_type_globalmaxpool2d = {
	.name = "globalmaxpool2d", .keras = "GlobalMaxPooling2D", .help = "the largest number of each channel",
	.shape = global_shape, .forward = forward, .backward = backward, .scratch_size = layer_pool_scratch_size,
	.work = layer_pool_work, .window = window,
};
