/* libxsmm's convolutions (its deep learning part, which versions from 2 on lack), on images that lie padded in memory already. */
#include "../peers.h"

#if __has_include(<libxsmm_dnn_convolution.h>)
#include <libxsmm.h>
#include <omp.h>
#include <stdlib.h>

static const libxsmm_dnn_tensor_type types[] = { LIBXSMM_DNN_REGULAR_INPUT, LIBXSMM_DNN_GRADIENT_INPUT, LIBXSMM_DNN_REGULAR_OUTPUT,
	LIBXSMM_DNN_GRADIENT_OUTPUT, LIBXSMM_DNN_REGULAR_FILTER, LIBXSMM_DNN_GRADIENT_FILTER, LIBXSMM_DNN_REGULAR_FILTER_TRANS };
enum { TENSORS = sizeof types / sizeof *types };

struct xsmm {
	libxsmm_dnn_layer *layer;
	libxsmm_dnn_compute_kind kind;
	void *memory[TENSORS + 1];
	int failed;
};

/* Memory of this size, filled with a small number: no subnormal numbers on the way. */
static void *
filled(size_t bytes)
{
	float *v = libxsmm_aligned_malloc(bytes, 64);

	for (size_t i = 0; v && i < bytes / sizeof *v; i++)
		v[i] = 0.01f;
	return v;
}

static void
give(struct xsmm *o, int i)
{
	libxsmm_dnn_err_t status;
	libxsmm_dnn_tensor_datalayout *layout = libxsmm_dnn_create_tensor_datalayout(o->layer, types[i], &status);

	o->memory[i] = filled(libxsmm_dnn_get_tensor_size(layout, &status));
	libxsmm_dnn_tensor *tensor = libxsmm_dnn_link_tensor(layout, o->memory[i], &status);
	libxsmm_dnn_destroy_tensor_datalayout(layout);
	o->failed |= libxsmm_dnn_bind_tensor(o->layer, tensor, types[i]) != LIBXSMM_DNN_SUCCESS;
}

static void
give_scratch(struct xsmm *o)
{
	libxsmm_dnn_err_t status;
	const size_t size = libxsmm_dnn_get_scratch_size(o->layer, LIBXSMM_DNN_COMPUTE_KIND_ALL, &status);

	if (size)
		o->memory[TENSORS] = filled(size);
	o->failed |= size && libxsmm_dnn_bind_scratch(o->layer, LIBXSMM_DNN_COMPUTE_KIND_ALL, o->memory[TENSORS]) != LIBXSMM_DNN_SUCCESS;
}

struct xsmm *
xsmm_conv(const struct conv *g, int n, enum direction d, int threads)
{
	static const libxsmm_dnn_compute_kind kinds[] = { LIBXSMM_DNN_COMPUTE_KIND_FWD, LIBXSMM_DNN_COMPUTE_KIND_BWD,
		LIBXSMM_DNN_COMPUTE_KIND_UPD };
	const libxsmm_dnn_conv_desc desc = { .N = n, .C = g->c, .H = g->h, .W = g->w, .K = g->f, .R = g->kh, .S = g->kw, .u = g->sh, .v = g->sw,
		.pad_h = g->top, .pad_w = g->left, .pad_h_in = g->top, .pad_w_in = g->left, .threads = threads,
		.datatype_in = LIBXSMM_DNN_DATATYPE_F32, .datatype_out = LIBXSMM_DNN_DATATYPE_F32,
		.buffer_format = LIBXSMM_DNN_TENSOR_FORMAT_LIBXSMM, .filter_format = LIBXSMM_DNN_TENSOR_FORMAT_LIBXSMM,
		.algo = LIBXSMM_DNN_CONV_ALGO_AUTO, .options = LIBXSMM_DNN_CONV_OPTION_OVERWRITE };
	libxsmm_dnn_err_t status;

	if (2 * g->top != (g->oh - 1) * g->sh + g->kh - g->h) /* it pads both sides alike, and would compute fewer pixels */
		return NULL;
	struct xsmm *o = calloc(1, sizeof *o);
	o->kind = kinds[d];
	o->layer = libxsmm_dnn_create_conv_layer(desc, &status);
	for (int i = 0; o->layer && i < TENSORS; i++)
		give(o, i);
	if (o->layer)
		give_scratch(o);
	if (o->layer && !o->failed)
		xsmm_run(o);
	if (o->layer && !o->failed)
		return o;
	xsmm_free(o);
	return NULL;
}

void
xsmm_run(void *conv)
{
	struct xsmm *o = conv;

#pragma omp parallel
	if (libxsmm_dnn_execute_st(o->layer, o->kind, 0, omp_get_thread_num()) != LIBXSMM_DNN_SUCCESS)
		o->failed = 1;
}

void
xsmm_free(struct xsmm *o)
{
	if (!o)
		return;
	if (o->layer)
		libxsmm_dnn_destroy_conv_layer(o->layer);
	for (int i = 0; i <= TENSORS; i++)
		libxsmm_free(o->memory[i]);
	free(o);
}
#else
struct xsmm *
xsmm_conv(const struct conv *g, int n, enum direction d, int threads)
{
	(void)g, (void)n, (void)d, (void)threads;
	return 0;
}

void
xsmm_run(void *conv)
{
	(void)conv;
}

void
xsmm_free(struct xsmm *conv)
{
	(void)conv;
}
#endif
