/* A relu and the maxpool2d after it change places: the largest of what relu gives is relu of the largest, on a part of the numbers.
 * A window without a positive number has no gradient, and is marked so: nothing but the places is needed on the way back, so in
 * training what lies between never takes the memory of a batch, and what follows may write over the pool's output. */
#include "net/fusion.h"
#include "net/split.h"

extern const struct layer_type layer_type_activation, layer_type_conv2d, layer_type_maxpool2d;

static size_t
count(const struct layer *pool, const struct pass *p)
{
	return (size_t)p->n * layer_out(pool);
}

static void
pool_relu_y(const struct layer *pool, const struct pass *p)
{
	pool->type->forward(pool, p);
	kern->act_y(ACT_RELU, 0, count(pool, p), p->y, p->y);
	if (p->keeps)
		layer_pool_mark_dead(count(pool, p), p->y, p->save);
}

/* ---- a layer of its own ---- */

static bool
is_relu(const struct layer *l, const struct layer *const between[BETWEEN], const struct layer *pool)
{
	(void)between;
	return l->type == &layer_type_activation && l->act == ACT_RELU && pool->type == &layer_type_maxpool2d;
}

static void
forward(const struct layer *l, const struct pass *p)
{
	(void)l;
	pool_relu_y(p->second, p);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	(void)l;
	p->second->type->backward(p->second, p);
}

static int
reads(const struct layer *l, const struct layer *pool)
{
	(void)l, (void)pool;
	return 0;
}

static size_t
scratch_size(const struct layer *l, const struct layer *pool)
{
	(void)l;
	return pool->type->scratch_size(pool);
}

const struct fusion fuse_relu_pool = {
	.joins = is_relu, .gives_dx = true, .forward = forward, .backward = backward, .scratch_size = scratch_size, .reads = reads,
};

/* ---- the activation of a convolution ---- */

static bool
has_relu(const struct layer *l, const struct layer *const between[BETWEEN], const struct layer *pool)
{
	(void)between;
	return l->type == &layer_type_conv2d && !split_is(l) && l->act == ACT_RELU && pool->type == &layer_type_maxpool2d;
}

const struct fusion fuse_late_relu = {
	.joins = has_relu, .gives_dx = true, .second_forward = pool_relu_y,
};
