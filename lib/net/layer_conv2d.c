/* conv2d: y (oh, ow, filters) = act(x (h, w, c) * kernel (kh, kw, c / groups, filters) + bias (filters)) */
#include "net/cut.h"
#include "net/layer_options.h"
#include "net/split.h"

enum { FILTERS, KERNEL, STRIDES, PADDING, DILATION, GROUPS, ACTIVATION, USE_BIAS, KERNEL_INIT, BIAS_INIT, L1, L2 };

static const struct option options[] = {
	[FILTERS] = FILTERS_OPTION,
	[KERNEL] = KERNEL_OPTION,
	[STRIDES] = STRIDES_OPTION("1x1"),
	[PADDING] = PADDING_OPTION(ZEROS_AROUND),
	[DILATION] = DILATION_OPTION,
	[GROUPS] = { "groups", OPTION_INT, "1", "structure", "parts of the channels, each read by its part of the filters", 1, SIZE_LIMIT, 0 },
	[ACTIVATION] = ACTIVATION_OPTION("linear", "function of every output"),
	[USE_BIAS] = BIAS_OPTION("filter"),
	[KERNEL_INIT] = INITIALIZER_OPTION("kernel", "glorot_uniform", "kernel"),
	[BIAS_INIT] = INITIALIZER_OPTION("bias", "zeros", "bias"),
	[L1] = L1_OPTION(""),
	[L2] = L2_OPTION(""),
	OPTION_END,
};

static const char *
geometry(struct layer *l)
{
	const struct value *o = l->option;
	struct depthwise win;
	const char *what = layer_windows(l, &o[KERNEL], &o[STRIDES], &o[DILATION], o[PADDING].i, &win);

	if (what)
		return what;
	const int groups = o[GROUPS].i;
	if (win.c % groups || o[FILTERS].i % groups)
		return layer_wrong("%d groups: %d channels and %d filters cannot both be divided into them", groups, win.c, o[FILTERS].i);
	l->depthwise = win;
	l->conv = (struct conv){ .h = win.h, .w = win.w, .c = win.c, .kh = win.kh, .kw = win.kw, .sh = win.sh, .sw = win.sw,
		.top = win.top, .left = win.left, .oh = win.oh, .ow = win.ow, .f = o[FILTERS].i };
	split_set(l, groups, win.dh, win.dw);
	/* kernels may lay out the image with its border */
	const struct conv *g = split_is(l) ? &l->split.part : &l->conv;
	const struct shape padded = { 3, { g->h + g->kh, g->w + g->kw, g->c } };
	if (shape_count(&padded, 0) > INT32_MAX)
		return "its input with a border has 2^31 numbers or more";
	return NULL;
}

static const char *
shape(struct layer *l)
{
	const struct value *o = l->option;
	const char *what = geometry(l);
	if (what)
		return what;

	const struct conv *g = &l->conv;
	activation_set(l, &o[ACTIVATION]);
	l->out = (struct shape){ 3, { g->oh, g->ow, g->f } };
	struct param *kernel = layer_param(l, "kernel", (struct shape){ 4, { g->kh, g->kw, g->c / l->split.groups, g->f } }, &o[KERNEL_INIT]);
	kernel->group_out = g->f / l->split.groups;
	kernel->l1 = o[L1].r;
	kernel->l2 = o[L2].r;
	if (o[USE_BIAS].i)
		layer_param(l, "bias", (struct shape){ 1, { g->f } }, &o[BIAS_INIT]);
	if (shape_count(&kernel->shape, 0) > INT32_MAX - g->f)
		return "its kernel has 2^31 weights or more";
	l->gradient = (size_t)shape_count(&kernel->shape, 0) + (size_t)(o[USE_BIAS].i ? g->f : 0);
	l->save_size = activation_save_size(l);
	return NULL;
}

static size_t
scratch_size(const struct layer *l)
{
	return split_is(l) ? split_scratch_size(l) : kern->conv_scratch_size(&l->conv);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const real *bias = l->params > 1 ? layer_w(l, p, 1) : NULL;
	const struct conv g = cut_conv(l, p);

	if (split_is(l))
		split_y(l, p->n, p->x, layer_w(l, p, 0), bias, activation_input(l, p), p->scratch);
	else
		kern->conv_y(&g, p->n, p->x, layer_w(l, p, 0), p->common, bias, l->act == ACT_RELU && !p->bare, activation_input(l, p), p->scratch);
	activate(l, p);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	deactivate(l, p);
	const struct conv g = cut_conv(l, p);
	real *const db = p->gradient && l->params > 1 ? p->gradient + shape_count(&l->param[0].shape, 0) : NULL;
	if (split_is(l)) {
		split_back(l, p->n, p->x, p->dy, layer_w(l, p, 0), p->dx, p->gradient, db, p->scratch);
		return;
	}
	if (p->gradient)
		kern->conv_dw(&g, p->n, p->x, p->dy, p->gradient, db, p->scratch);
	if (p->dx)
		kern->conv_dx(&g, p->n, p->dy, layer_w(l, p, 0), p->common, p->dx, p->scratch);
}

static size_t
common_size(const struct layer *l, bool back)
{
	return split_is(l) ? 0 : kern->conv_points_size(&l->conv, back);
}

static void
share(const struct layer *l, const struct pass *p, bool back, int part, int parts)
{
	kern->conv_points(&l->conv, back, part, parts, layer_w(l, p, 0), p->common);
}

static int
reads(const struct layer *l)
{
	return activation_reads(l) | (layer_trained(l) ? READS_X : 0);
}

static int64_t
work(const struct layer *l)
{
	return (int64_t)layer_out(l) * l->conv.kh * l->conv.kw * (l->conv.c / l->split.groups);
}

static struct window
window(const struct layer *l)
{
	return window_of(&l->depthwise);
}

const struct layer_type layer_type_conv2d = {
	.name = "conv2d", .keras = "Conv2D", .help = "convolution of images", .options = options, .shape = shape,
	.forward = forward, .backward = backward, .reads = reads, .common_size = common_size, .share = share,
	.scratch_size = scratch_size, .work = work, .window = window,
};
