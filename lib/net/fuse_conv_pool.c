/* conv2d and the maxpool2d after it: the output of a convolution that sees few numbers is large for the work that it is, and is
 * never written to memory. */
#include "net/fusion.h"
#include "net/split.h"

extern const struct layer_type layer_type_conv2d, layer_type_maxpool2d;

static bool
side_by_side(const struct pool *q)
{
	return q->sh == q->ph && q->sw == q->pw && !q->top && !q->left && q->oh * q->ph <= q->h && q->ow * q->pw <= q->w;
}

static bool
joins(const struct layer *l, const struct layer *pool)
{
	enum { TAPS = 128 };

	return l->type == &layer_type_conv2d && pool->type == &layer_type_maxpool2d && !split_is(l) && side_by_side(&pool->pool) &&
	       (l->act == ACT_LINEAR || l->act == ACT_RELU) && l->conv.kh * l->conv.kw * l->conv.c < TAPS;
}

/* bytes of the gradient of one sample's output, before the pool */
static size_t
unpooled(const struct layer *l)
{
	return (layer_out(l) * sizeof(real) + 63) / 64 * 64;
}

static size_t
scratch_size(const struct layer *l, const struct layer *pool)
{
	const size_t forward = kern->conv_pool_scratch_size(&l->conv, &pool->pool);
	const size_t backward = unpooled(l) + kern->conv_scratch_size(&l->conv);

	return forward > backward ? forward : backward;
}

static int
reads(const struct layer *l, const struct layer *pool)
{
	(void)pool;
	return layer_trained(l) ? READS_X : 0;
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const real *bias = l->params > 1 ? layer_w(l, p, 1) : NULL;

	kern->conv_pool_y(&l->conv, &p->second->pool, p->n, p->x, layer_w(l, p, 0), bias, l->act == ACT_RELU, p->y,
	                  p->keeps ? p->save : NULL, p->scratch);
	if (p->keeps && l->act == ACT_RELU)
		layer_pool_mark_dead((size_t)p->n * layer_out(p->second), p->y, p->save);
}

/* sample by sample, so that what dy becomes before the pool stays in the cache */
static void
backward(const struct layer *l, const struct pass *p)
{
	const struct layer *pool = p->second;
	const size_t in = layer_in(l), out = layer_out(pool);
	real *const dy = (real *)(void *)p->scratch;
	real *const db = l->params > 1 ? p->gradient + shape_count(&l->param[0].shape, 0) : NULL;

	for (int i = 0; i < p->n; i++) {
		kern->maxpool_dx(&pool->pool, 1, (const int32_t *)p->save + (size_t)i * out, p->dy + (size_t)i * out, dy);
		kern->conv_dw(&l->conv, 1, p->x + (size_t)i * in, dy, p->gradient, db, p->scratch + unpooled(l));
	}
}

const struct fusion fuse_conv_pool = {
	.joins = joins, .forward = forward, .backward = backward, .scratch_size = scratch_size, .reads = reads,
};
