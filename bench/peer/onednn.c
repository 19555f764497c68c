/* oneDNN's convolutions (its C API, version 2). */
#include "../peers.h"

#if __has_include(<dnnl.h>)
#include <dnnl.h>
#include <stdlib.h>
#include <string.h>

enum { ARGS = 4 };

struct onednn {
	dnnl_primitive_t primitive;
	dnnl_exec_arg_t arg[ARGS];
	int args;
};

static dnnl_engine_t engine;
static dnnl_stream_t queue;

static int
start(void)
{
	return engine || (!dnnl_engine_create(&engine, dnnl_cpu, 0) && !dnnl_stream_create(&queue, engine, dnnl_stream_default_flags));
}

/* Memory in the layout the primitive asks for, filled with ones: no subnormal numbers on the way. */
static int
give(struct onednn *o, const_dnnl_primitive_desc_t pd, dnnl_query_t what, int arg)
{
	const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(pd, what, 0);
	dnnl_exec_arg_t *a = &o->arg[o->args];
	void *data;

	if (!md || dnnl_memory_create(&a->memory, md, engine, DNNL_MEMORY_ALLOCATE))
		return 0;
	a->arg = arg;
	o->args++;
	if (dnnl_memory_get_data_handle(a->memory, &data))
		return 0;
	float *v = data;
	for (size_t i = 0; i < dnnl_memory_desc_get_size(md) / sizeof *v; i++)
		v[i] = 0.01f;
	return 1;
}

static int
give_all(struct onednn *o, const_dnnl_primitive_desc_t pd, enum direction d)
{
	switch (d) {
	case FORWARD:
		return give(o, pd, dnnl_query_src_md, DNNL_ARG_SRC) && give(o, pd, dnnl_query_weights_md, DNNL_ARG_WEIGHTS) &&
		       give(o, pd, dnnl_query_dst_md, DNNL_ARG_DST);
	case BACKWARD_DATA:
		return give(o, pd, dnnl_query_diff_dst_md, DNNL_ARG_DIFF_DST) &&
		       give(o, pd, dnnl_query_weights_md, DNNL_ARG_WEIGHTS) &&
		       give(o, pd, dnnl_query_diff_src_md, DNNL_ARG_DIFF_SRC);
	default:
		return give(o, pd, dnnl_query_src_md, DNNL_ARG_SRC) && give(o, pd, dnnl_query_diff_dst_md, DNNL_ARG_DIFF_DST) &&
		       give(o, pd, dnnl_query_diff_weights_md, DNNL_ARG_DIFF_WEIGHTS);
	}
}

/* The bias is the one memory with a plain layout; its query needs index 1. */
static int
give_bias(struct onednn *o, const dnnl_memory_desc_t *bias, int arg)
{
	dnnl_exec_arg_t *a = &o->arg[o->args];
	void *data;

	if (dnnl_memory_create(&a->memory, bias, engine, DNNL_MEMORY_ALLOCATE))
		return 0;
	a->arg = arg;
	o->args++;
	if (dnnl_memory_get_data_handle(a->memory, &data))
		return 0;
	memset(data, 0, dnnl_memory_desc_get_size(bias));
	return 1;
}

static dnnl_primitive_attr_t
with_relu(void)
{
	dnnl_primitive_attr_t attr;
	dnnl_post_ops_t ops;

	dnnl_primitive_attr_create(&attr);
	dnnl_post_ops_create(&ops);
	dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_relu, 0.0f, 0.0f);
	dnnl_primitive_attr_set_post_ops(attr, ops);
	dnnl_post_ops_destroy(ops);
	return attr;
}

struct onednn *
onednn_conv(const struct conv *g, int n, enum direction d, int winograd)
{
	const dnnl_alg_kind_t alg = winograd ? dnnl_convolution_winograd : dnnl_convolution_direct;
	const dnnl_dims_t xs = { n, g->c, g->h, g->w }, ws = { g->f, g->c, g->kh, g->kw }, ys = { n, g->f, g->oh, g->ow };
	const dnnl_dims_t bs = { g->f }, strides = { g->sh, g->sw }, before = { g->top, g->left };
	const dnnl_dims_t after = { (g->oh - 1) * g->sh + g->kh - g->h - g->top, (g->ow - 1) * g->sw + g->kw - g->w - g->left };
	dnnl_memory_desc_t x, w, y, b;
	dnnl_convolution_desc_t desc;
	dnnl_primitive_desc_t forward = NULL, pd = NULL;

	if (!start())
		return NULL;
	dnnl_memory_desc_init_by_tag(&x, 4, xs, dnnl_f32, dnnl_format_tag_any);
	dnnl_memory_desc_init_by_tag(&w, 4, ws, dnnl_f32, dnnl_format_tag_any);
	dnnl_memory_desc_init_by_tag(&y, 4, ys, dnnl_f32, dnnl_format_tag_any);
	dnnl_memory_desc_init_by_tag(&b, 1, bs, dnnl_f32, dnnl_a);
	dnnl_primitive_attr_t relu = with_relu();
	if (dnnl_convolution_forward_desc_init(&desc, dnnl_forward_training, alg, &x, &w, &b, &y, strides, before, after) ||
	    dnnl_primitive_desc_create(&forward, &desc, relu, engine, NULL)) {
		dnnl_primitive_attr_destroy(relu);
		return NULL;
	}
	dnnl_primitive_attr_destroy(relu);
	if (d == BACKWARD_DATA)
		dnnl_convolution_backward_data_desc_init(&desc, alg, &x, &w, &y, strides, before, after);
	else if (d == BACKWARD_WEIGHTS)
		dnnl_convolution_backward_weights_desc_init(&desc, alg, &x, &w, &b, &y, strides, before, after);
	if (d == FORWARD)
		pd = forward;
	else if (dnnl_primitive_desc_create(&pd, &desc, NULL, engine, forward))
		pd = NULL;

	struct onednn *o = pd ? calloc(1, sizeof *o) : NULL;
	if (o && (dnnl_primitive_create(&o->primitive, pd) || !give_all(o, pd, d) ||
	          (d != BACKWARD_DATA && !give_bias(o, &b, d == FORWARD ? DNNL_ARG_BIAS : DNNL_ARG_DIFF_BIAS)))) {
		onednn_free(o);
		o = NULL;
	}
	if (pd && pd != forward)
		dnnl_primitive_desc_destroy(pd);
	dnnl_primitive_desc_destroy(forward);
	return o;
}

void
onednn_run(void *conv)
{
	const struct onednn *o = conv;

	dnnl_primitive_execute(o->primitive, queue, o->args, o->arg);
	dnnl_stream_wait(queue);
}

void
onednn_free(struct onednn *o)
{
	if (!o)
		return;
	for (int i = 0; i < o->args; i++)
		dnnl_memory_destroy(o->arg[i].memory);
	if (o->primitive)
		dnnl_primitive_destroy(o->primitive);
	free(o);
}
#else
struct onednn *
onednn_conv(const struct conv *g, int n, enum direction d, int winograd)
{
	(void)g, (void)n, (void)d, (void)winograd;
	return 0;
}

void
onednn_run(void *conv)
{
	(void)conv;
}

void
onednn_free(struct onednn *conv)
{
	(void)conv;
}
#endif
