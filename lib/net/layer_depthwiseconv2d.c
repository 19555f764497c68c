/* depthwiseconv2d: y (oh, ow, c m) = act(each channel of x (h, w, c) * its m kernels (kh, kw, c, m) + bias (c m)) */
#include "net/layer_options.h"

enum { KERNEL, STRIDES, PADDING, DILATION, MULTIPLIER, ACTIVATION, USE_BIAS, KERNEL_INIT, BIAS_INIT, L1, L2 };

static const struct option options[] = {
	[KERNEL] = KERNEL_OPTION,
	[STRIDES] = STRIDES_OPTION("1x1"),
	[PADDING] = PADDING_OPTION(ZEROS_AROUND),
	[DILATION] = DILATION_OPTION,
	[MULTIPLIER] = MULTIPLIER_OPTION("outputs of each channel"),
	[ACTIVATION] = ACTIVATION_OPTION("linear", "function of every output"),
	[USE_BIAS] = BIAS_OPTION("output channel"),
	[KERNEL_INIT] = INITIALIZER_OPTION("depthwise", "glorot_uniform", "kernel"),
	[BIAS_INIT] = INITIALIZER_OPTION("bias", "zeros", "bias"),
	[L1] = L1_OPTION(""),
	[L2] = L2_OPTION(""),
	OPTION_END,
};

static const char *
shape(struct layer *l)
{
	const struct value *o = l->option;
	struct depthwise *g = &l->depthwise;
	const char *what = layer_windows(l, &o[KERNEL], &o[STRIDES], &o[DILATION], o[PADDING].i, g);
	if (what || (what = layer_multiply(l, o[MULTIPLIER].i)))
		return what;

	const int64_t filters = (int64_t)g->c * g->m;
	activation_set(l, &o[ACTIVATION]);
	l->out = (struct shape){ 3, { g->oh, g->ow, filters } };
	const struct param *kernel = layer_depthwise_param(l, "kernel", &o[KERNEL_INIT], o[L1].r, o[L2].r);
	if (o[USE_BIAS].i)
		layer_param(l, "bias", (struct shape){ 1, { filters } }, &o[BIAS_INIT]);
	if (shape_count(&kernel->shape, 0) > INT32_MAX - filters)
		return "its kernel has 2^31 weights or more";
	l->gradient = (size_t)shape_count(&kernel->shape, 0) + (size_t)(o[USE_BIAS].i ? filters : 0);
	l->save_size = activation_save_size(l);
	return NULL;
}

static size_t
scratch_size(const struct layer *l)
{
	return kern->depthwise_scratch_size(&l->depthwise);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const real *bias = l->params > 1 ? layer_w(l, p, 1) : NULL;

	kern->depthwise_y(&l->depthwise, p->n, p->x, layer_w(l, p, 0), bias, l->act == ACT_RELU, activation_input(l, p), p->scratch);
	activate(l, p);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	deactivate(l, p);
	if (p->gradient) {
		real *db = l->params > 1 ? p->gradient + shape_count(&l->param[0].shape, 0) : NULL;
		kern->depthwise_dw(&l->depthwise, p->n, p->x, p->dy, p->gradient, db, p->scratch);
	}
	if (p->dx)
		kern->depthwise_dx(&l->depthwise, p->n, p->dy, layer_w(l, p, 0), p->dx, p->scratch);
}

static int
reads(const struct layer *l)
{
	return activation_reads(l) | (layer_trained(l) ? READS_X : 0);
}

static int64_t
work(const struct layer *l)
{
	return (int64_t)layer_out(l) * l->depthwise.kh * l->depthwise.kw;
}

static struct window
window(const struct layer *l)
{
	return window_of(&l->depthwise);
}

const struct layer_type layer_type_depthwiseconv2d = {
	.name = "depthwiseconv2d", .keras = "DepthwiseConv2D", .help = "convolution of each channel by itself", .options = options,
	.shape = shape, .forward = forward, .backward = backward, .reads = reads, .scratch_size = scratch_size, .work = work, .window = window,
};
