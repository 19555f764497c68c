/* batchnorm, the activation after it and the maxpool2d after that, in one: neither writes an image. Of each window, the place of the largest
 * number is kept for the way back, and its x, of which the gradients of the activation and of the normalization are taken. */
#include <string.h>

#include "net/fusion.h"
#include "net/norm.h"

extern const struct layer_type layer_type_activation, layer_type_batchnorm, layer_type_maxpool2d;

static bool
joins(const struct layer *l, const struct layer *const between[BETWEEN], const struct layer *pool)
{
	return l->type == &layer_type_batchnorm && between[0]->act != ACTS && pool->type == &layer_type_maxpool2d && bn_pool_fits(&pool->pool);
}

/* what needs the larger alignment first */
struct saved_tops {
	real *top;
	int32_t *at;
};

static struct saved_tops
saved_of(const struct pass *p)
{
	real *const top = p->save;

	return (struct saved_tops){ top, (int32_t *)(void *)(top + (size_t)p->n * layer_out(p->second)) };
}

static size_t
save_size(const struct layer *l, const struct layer *pool)
{
	(void)l;
	return fusion_saved(layer_out(pool) * (sizeof(int32_t) + sizeof(real)));
}

/* room for a row of windows forward, for an image's windows back */
static size_t
scratch_size(const struct layer *l, const struct layer *pool)
{
	const size_t row = (size_t)pool->pool.ph * (size_t)pool->pool.w * (size_t)pool->pool.c, image = layer_out(pool);
	const size_t room = (row > image ? row : image) * sizeof(real), sums = l->type->scratch_size(l);

	return room > sums ? room : sums;
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const struct norm k = norm_of(l, p);
	const struct saved_tops s = saved_of(p);
	const struct before_pool f = { .act = (enum act)p->between[0]->act, .slope = p->between[0]->slope };

	kern->bn_pool_y(&p->second->pool, &f, p->n, p->x, k.scale, k.shift, p->y, p->keeps ? s.at : NULL, p->keeps ? s.top : NULL,
	                (real *)(void *)p->scratch);
}

/* dy of an image's windows becomes that before the activation; relu's is in the places. */
static void
before_act(const struct norm *k, const struct layer *act, size_t windows, const real *top, real *room, real *dy)
{
	const enum act a = (enum act)act->act;
	const size_t n = windows * (size_t)k->c;

	if (a == ACT_RELU || a == ACT_LINEAR)
		return;
	kern->bn_y(windows, k->c, top, k->scale, k->shift, room);
	if (!act_needs_x(a))
		kern->act_y(a, act->slope, n, room, room);
	kern->act_dx(a, act->slope, n, room, room, dy, dy);
}

static void
piece_dsums(const struct layer *l, const struct pass *p)
{
	const struct norm k = norm_of(l, p);
	const struct pool *const q = &p->second->pool;
	const struct saved_tops s = saved_of(p);
	const size_t out = layer_out(p->second);

	for (size_t i = 0; i < (size_t)p->n; i++)
		before_act(&k, p->between[0], out / (size_t)k.c, s.top + i * out, (real *)(void *)p->scratch, p->dy + i * out);
	memset(p->partial, 0, l->partial * sizeof(real));
	kern->bn_pool_dsum(q, p->n, s.at, s.top, k.mean, p->dy, p->partial, p->partial + k.c);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	const struct norm k = norm_of(l, p);

	if (p->dx)
		kern->bn_pool_dx(&p->second->pool, p->n, p->x, saved_of(p).at, p->dy, k.a, k.b, k.k, p->dx);
}

static int
reads(const struct layer *l, const struct layer *pool)
{
	(void)l, (void)pool;
	return READS_X;
}

const struct fusion fuse_norm_pool = {
	.joins = joins, .over = { &layer_type_activation }, .gives_dx = true, .forward = forward, .piece_dsums = piece_dsums, .backward = backward,
	.scratch_size = scratch_size, .save_size = save_size, .reads = reads,
};
