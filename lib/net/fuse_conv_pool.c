/* conv2d, its activation, perhaps a dropout, and the maxpool2d after them: the output of a convolution that sees few numbers is large
 * for the work that it is, and is never written to memory. On the way back, the gradients of activation and dropout are taken of the
 * largest numbers only. */
#include "net/fusion.h"
#include "net/norm.h"
#include "net/split.h"

extern const struct layer_type layer_type_activation, layer_type_batchnorm, layer_type_conv2d, layer_type_dropout, layer_type_maxpool2d;

static bool
joins(const struct layer *l, const struct layer *const between[BETWEEN], const struct layer *pool)
{
	(void)between;
	return l->type == &layer_type_conv2d && pool->type == &layer_type_maxpool2d && !split_is(l) && pool_side_by_side(&pool->pool) &&
	       l->act != ACTS && !fusion_many_taps(l);
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

/* Does the gradient of the activation need a number? That of relu is in the places: where it is 0, there is none. */
static bool
has_inside(const struct layer *l)
{
	return l->act != ACT_LINEAR && l->act != ACT_RELU;
}

/* What a piece saves: of each window what is inside and the place of the largest number, and of each number of the convolution a bit. */
struct saved {
	real *inside;
	int32_t *at;
	uint8_t *kept;
};

static struct saved
saved_of(const struct layer *l, const struct pass *p)
{
	const size_t n = (size_t)p->n * layer_out(p->second);
	real *const inside = has_inside(l) ? p->save : NULL;
	int32_t *const at = inside ? (void *)(inside + n) : p->save;

	return (struct saved){ inside, at, (uint8_t *)(at + n) };
}

static size_t
save_size(const struct layer *l, const struct layer *pool)
{
	return fusion_saved(pool->save_size + (has_inside(l) ? layer_out(pool) * sizeof(real) : 0));
}

static size_t
save_size_with_bits(const struct layer *l, const struct layer *pool)
{
	return save_size(l, pool) + fusion_saved((layer_out(l) + 7) / 8);
}

static real
rate(const struct pass *p)
{
	return (real)p->between[0]->option[0].r;
}

/* A window whose largest number was dropped has no gradient. */
static void
mark_dropped(const struct layer *l, const struct pass *p, const struct saved *s)
{
	const size_t size = layer_out(l), out = layer_out(p->second);

	for (size_t i = 0; i < (size_t)p->n * out; i++) {
		const size_t k = i / out * size + (size_t)s->at[i];
		s->at[i] = s->kept[k / 8] >> k % 8 & 1 ? s->at[i] : -1;
	}
}

static void
pool_y(const struct layer *l, const struct pass *p, const struct before_pool *f, int32_t *at, real *inside)
{
	const real *bias = l->params > 1 ? layer_w(l, p, 1) : NULL;

	kern->conv_pool_y(&l->conv, &p->second->pool, p->n, p->x, layer_w(l, p, 0), bias, f, p->y, at, inside, p->scratch);
}

static void
run(const struct layer *l, const struct pass *p, const struct saved *s, const struct before_pool *f)
{
	pool_y(l, p, f, p->keeps ? s->at : NULL, p->keeps ? s->inside : NULL);
	if (p->keeps && l->act == ACT_RELU)
		layer_pool_mark_dead((size_t)p->n * layer_out(p->second), p->y, s->at);
	else if (p->keeps && f->kept)
		mark_dropped(l, p, s);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const struct saved s = saved_of(l, p);
	const struct before_pool f = { .act = (enum act)l->act, .slope = l->slope };

	run(l, p, &s, &f);
}

static void
forward_with_dropout(const struct layer *l, const struct pass *p)
{
	const struct saved s = saved_of(l, p);
	const struct before_pool f = { .act = (enum act)l->act, .slope = l->slope, .kept = s.kept, .rate = rate(p) };

	kern->dropout_draw(p->key, (size_t)p->first * layer_out(l), f.rate, (size_t)p->n * layer_out(l), s.kept);
	run(l, p, &s, &f);
}

/* sample by sample, so that what dy becomes before the pool stays in the cache */
static void
backward(const struct layer *l, const struct pass *p)
{
	const struct layer *pool = p->second;
	const struct saved s = saved_of(l, p);
	const size_t in = layer_in(l), out = layer_out(pool);
	real *const dy = (real *)(void *)p->scratch;
	real *const db = l->params > 1 ? p->gradient + shape_count(&l->param[0].shape, 0) : NULL;

	if (p->between[0])
		kern->scale((size_t)p->n * out, dropout_scale(rate(p)), p->dy);
	if (s.inside)
		kern->act_dx((enum act)l->act, l->slope, (size_t)p->n * out, s.inside, s.inside, p->dy, p->dy);
	for (int i = 0; i < p->n; i++) {
		kern->maxpool_dx(&pool->pool, 1, s.at + (size_t)i * out, p->dy + (size_t)i * out, dy);
		kern->conv_dw(&l->conv, 1, p->x + (size_t)i * in, dy, p->gradient, db, p->scratch + unpooled(l));
	}
}

const struct fusion fuse_conv_pool = {
	.joins = joins, .forward = forward, .backward = backward, .scratch_size = scratch_size, .save_size = save_size, .reads = reads,
};

const struct fusion fuse_conv_dropout_pool = {
	.joins = joins, .over = { &layer_type_dropout }, .forward = forward_with_dropout, .backward = backward, .scratch_size = scratch_size,
	.save_size = save_size_with_bits, .reads = reads,
};

/* ---- with a batch normalization and an activation between them, in evaluation ---- */

static bool
joins_norm(const struct layer *l, const struct layer *const between[BETWEEN], const struct layer *pool)
{
	return joins(l, between, pool) && l->act == ACT_LINEAR && between[1]->act != ACTS;
}

static void
norm_forward(const struct layer *l, const struct pass *p)
{
	const struct norm k = norm_of(p->between[0], p);
	const struct before_pool f = { .scale = k.scale, .shift = k.shift, .act = (enum act)p->between[1]->act, .slope = p->between[1]->slope };

	pool_y(l, p, &f, NULL, NULL);
}

const struct fusion fuse_conv_norm_pool = {
	.joins = joins_norm, .over = { &layer_type_batchnorm, &layer_type_activation }, .only_forward = true, .forward = norm_forward,
	.scratch_size = scratch_size,
};
