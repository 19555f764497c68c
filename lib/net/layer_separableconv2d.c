/* separableconv2d: y (oh, ow, filters) = act(v (oh, ow, c m) * pointwise kernel (1, 1, c m, filters) + bias (filters)), where v is
 * each channel of x (h, w, c) * its m depthwise kernels (kh, kw, c, m). v is not kept: to compute it once more takes less than
 * memory does. */
#include "net/layer_options.h"

enum { FILTERS, KERNEL, STRIDES, PADDING, DILATION, MULTIPLIER, ACTIVATION, USE_BIAS, DEPTHWISE_INIT, POINTWISE_INIT, BIAS_INIT,
	L1, L2 };

static const struct option options[] = {
	[FILTERS] = FILTERS_OPTION,
	[KERNEL] = KERNEL_OPTION,
	[STRIDES] = STRIDES_OPTION("1x1"),
	[PADDING] = PADDING_OPTION(ZEROS_AROUND),
	[DILATION] = DILATION_OPTION,
	[MULTIPLIER] = MULTIPLIER_OPTION("depthwise outputs of each channel"),
	[ACTIVATION] = ACTIVATION_OPTION("linear", "function of every output"),
	[USE_BIAS] = BIAS_OPTION("filter"),
	[DEPTHWISE_INIT] = INITIALIZER_OPTION("depthwise", "glorot_uniform", "depthwise kernel"),
	[POINTWISE_INIT] = INITIALIZER_OPTION("pointwise", "glorot_uniform", "pointwise kernel"),
	[BIAS_INIT] = INITIALIZER_OPTION("bias", "zeros", "bias"),
	[L1] = L1_OPTION(", of both"),
	[L2] = L2_OPTION(", of both"),
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

	const int64_t middle = (int64_t)g->c * g->m, filters = o[FILTERS].i;
	const struct shape v = { 3, { g->oh, g->ow, middle } };
	if (shape_count(&v, 0) > INT32_MAX)
		return "its depthwise output has 2^31 numbers or more";
	activation_set(l, &o[ACTIVATION]);
	l->out = (struct shape){ 3, { g->oh, g->ow, filters } };
	l->conv = (struct conv){ .h = g->oh, .w = g->ow, .c = (int)middle, .kh = 1, .kw = 1, .sh = 1, .sw = 1, .oh = g->oh, .ow = g->ow,
		.f = (int)filters };
	const struct param *depthwise = layer_depthwise_param(l, "depthwise_kernel", &o[DEPTHWISE_INIT], o[L1].r, o[L2].r);
	struct param *pointwise = layer_param(l, "pointwise_kernel", (struct shape){ 4, { 1, 1, middle, filters } }, &o[POINTWISE_INIT]);
	pointwise->l1 = o[L1].r;
	pointwise->l2 = o[L2].r;
	if (o[USE_BIAS].i)
		layer_param(l, "bias", (struct shape){ 1, { filters } }, &o[BIAS_INIT]);
	const int64_t kernels = shape_count(&depthwise->shape, 0) + shape_count(&pointwise->shape, 0);
	if (kernels > INT32_MAX - filters)
		return "its kernels have 2^31 weights or more";
	l->gradient = (size_t)(kernels + (o[USE_BIAS].i ? filters : 0));
	l->save_size = activation_save_size(l);
	return NULL;
}

/* ---- scratch: v, its gradient, and what the kernels need ---- */

static size_t
middle(const struct layer *l)
{
	return ((size_t)l->conv.h * (size_t)l->conv.w * (size_t)l->conv.c + 15) / 16 * 16;
}

static size_t
scratch_size(const struct layer *l)
{
	const size_t a = kern->depthwise_scratch_size(&l->depthwise), b = kern->conv_scratch_size(&l->conv);

	return 2 * middle(l) * sizeof(real) + (a > b ? a : b);
}

/* sample by sample, so that v stays in the cache */
static void
forward(const struct layer *l, const struct pass *p)
{
	const real *bias = l->params > 2 ? layer_w(l, p, 2) : NULL;
	real *const v = (real *)(void *)p->scratch, *const rest = v + 2 * middle(l);

	for (size_t i = 0; i < (size_t)p->n; i++) {
		kern->depthwise_y(&l->depthwise, 1, p->x + i * layer_in(l), layer_w(l, p, 0), NULL, false, v, rest);
		kern->conv_y(&l->conv, 1, v, layer_w(l, p, 1), NULL, bias, l->act == ACT_RELU, activation_input(l, p) + i * layer_out(l), rest);
	}
	activate(l, p);
}

/* dv is the gradient at v */
static void
gradients(const struct layer *l, const struct pass *p, const real *x, const real *dy, real *v, real *dv, real *rest)
{
	real *const pointwise = p->gradient + shape_count(&l->param[0].shape, 0);
	real *const db = l->params > 2 ? pointwise + shape_count(&l->param[1].shape, 0) : NULL;

	kern->depthwise_y(&l->depthwise, 1, x, layer_w(l, p, 0), NULL, false, v, rest);
	kern->conv_dw(&l->conv, 1, v, dy, pointwise, db, rest);
	kern->depthwise_dw(&l->depthwise, 1, x, dv, p->gradient, NULL, rest);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	real *const v = (real *)(void *)p->scratch, *const dv = v + middle(l), *const rest = dv + middle(l);

	deactivate(l, p);
	for (size_t i = 0; i < (size_t)p->n; i++) {
		const real *dy = p->dy + i * layer_out(l);
		kern->conv_dx(&l->conv, 1, dy, layer_w(l, p, 1), NULL, dv, rest);
		if (p->gradient)
			gradients(l, p, p->x + i * layer_in(l), dy, v, dv, rest);
		if (p->dx)
			kern->depthwise_dx(&l->depthwise, 1, dv, layer_w(l, p, 0), p->dx + i * layer_in(l), rest);
	}
}

static int
reads(const struct layer *l)
{
	return activation_reads(l) | (layer_trained(l) ? READS_X : 0);
}

static int64_t
work(const struct layer *l)
{
	return (int64_t)l->conv.h * l->conv.w * l->conv.c * ((int64_t)l->depthwise.kh * l->depthwise.kw + l->conv.f);
}

static struct window
window(const struct layer *l)
{
	return window_of(&l->depthwise);
}

const struct layer_type layer_type_separableconv2d = {
	.name = "separableconv2d", .keras = "SeparableConv2D", .help = "convolution of each channel, then of each pixel",
	.options = options, .shape = shape, .forward = forward, .backward = backward, .reads = reads, .scratch_size = scratch_size, .work = work,
	.window = window,
};
