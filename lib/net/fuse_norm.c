/* batchnorm and the activation after it, or relu with the sum of a residual block between them, in one pass over memory. On the way
 * back, the activation's gradient is taken in the pass that sums dy, and what it leaves of dy is also the gradient of the other summand.
 * Each works on a few rows at a time with the kernels that the layers have, so that no bit differs from theirs. */
#include <string.h>

#include "net/fusion.h"
#include "net/norm.h"

extern const struct layer_type layer_type_activation, layer_type_add, layer_type_batchnorm;

static bool
joins(const struct layer *l, const struct layer *const between[BETWEEN], const struct layer *act)
{
	(void)between;
	return l->type == &layer_type_batchnorm && act->type == &layer_type_activation && act->act != ACTS;
}

static bool
joins_relu(const struct layer *l, const struct layer *const between[BETWEEN], const struct layer *act)
{
	return joins(l, between, act) && act->act == ACT_RELU;
}

static size_t
scratch_size(const struct layer *l, const struct layer *act)
{
	const int c = (int)l->in.d[l->in.n - 1];
	const size_t rows = norm_chunk(c) * (size_t)c * sizeof(real), sums = l->type->scratch_size(l);

	(void)act;
	return rows > sums ? rows : sums;
}

/* y = act(scale x + shift + other); other may be NULL */
static void
norm_act_y(const struct norm *k, const struct layer *act, size_t rows, const real *x, const real *other, real *y)
{
	const size_t c = (size_t)k->c;

	for (size_t r = 0, here; r < rows; r += here) {
		const size_t at = r * c;
		here = norm_rows_from(r, rows, k->c);
		kern->bn_y(here, k->c, x + at, k->scale, k->shift, y + at);
		if (other)
			kern->add(here * c, other + at, y + at);
		kern->act_y((enum act)act->act, act->slope, here * c, y + at, y + at);
	}
}

/* What act_dx reads of n numbers, once more in `room`: what went into the activation, or where it needs that, what came out. relu's
 * gradient is the same from both. */
static void
again(const struct norm *k, const struct layer *act, size_t rows, const real *x, real *room)
{
	kern->bn_y(rows, k->c, x, k->scale, k->shift, room);
	if (!act_needs_x((enum act)act->act) && act->act != ACT_RELU)
		kern->act_y((enum act)act->act, act->slope, rows * (size_t)k->c, room, room);
}

/* dy becomes that before the activation, and is summed as bn_dsum does. y: what the activation wrote, if it needs that only; NULL: what
 * it needs is computed once more, in `room`. */
static void
norm_act_dsums(const struct norm *k, const struct layer *act, size_t rows, const real *x, const real *y, real *room, real *dy, real *sums)
{
	const size_t c = (size_t)k->c;

	memset(sums, 0, 2 * c * sizeof *sums);
	for (size_t r = 0, here; r < rows; r += here) {
		const size_t at = r * c;
		here = norm_rows_from(r, rows, k->c);
		if (!y)
			again(k, act, here, x + at, room);
		const real *const known = y ? y + at : room;
		kern->act_dx((enum act)act->act, act->slope, here * c, known, known, dy + at, dy + at);
		kern->bn_dsum(here, k->c, x + at, k->mean, dy + at, sums, sums + c);
	}
}

/* ---- batchnorm and an activation ---- */

static void
forward(const struct layer *l, const struct pass *p)
{
	const struct norm k = norm_of(l, p);

	norm_act_y(&k, p->second, norm_rows(l, p->n), p->x, NULL, p->y);
}

static void
piece_dsums(const struct layer *l, const struct pass *p)
{
	const struct norm k = norm_of(l, p);

	norm_act_dsums(&k, p->second, norm_rows(l, p->n), p->x, NULL, (real *)(void *)p->scratch, p->dy, p->partial);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	l->type->backward(l, p);
}

static int
reads(const struct layer *l, const struct layer *relu)
{
	(void)l, (void)relu;
	return READS_X;
}

const struct fusion fuse_norm_act = {
	.joins = joins, .gives_dx = true, .in_place = true, .forward = forward, .piece_dsums = piece_dsums, .backward = backward,
	.scratch_size = scratch_size, .reads = reads,
};

/* ---- with a sum between them ---- */

static void
sum_forward(const struct layer *l, const struct pass *p)
{
	const struct norm k = norm_of(l, p);

	norm_act_y(&k, p->second, norm_rows(l, p->n), p->x, p->xs[1], p->y);
}

static void
sum_piece_dsums(const struct layer *l, const struct pass *p)
{
	const struct norm k = norm_of(l, p);

	norm_act_dsums(&k, p->second, norm_rows(l, p->n), p->x, p->y, NULL, p->dy, p->partial);
}

static void
sum_backward(const struct layer *l, const struct pass *p)
{
	const size_t n = (size_t)p->n * layer_out(l);
	real *const other = p->dxs[1];

	if (other && p->adds[1])
		kern->add(n, p->dy, other);
	else if (other && other != p->dy)
		memcpy(other, p->dy, n * sizeof *other);
	l->type->backward(l, p);
}

static int
sum_reads(const struct layer *l, const struct layer *relu)
{
	(void)l, (void)relu;
	return READS_X | READS_Y;
}

const struct fusion fuse_norm_add_relu = {
	.joins = joins_relu, .over = { &layer_type_add }, .gives_dx = true, .in_place = true, .forward = sum_forward,
	.piece_dsums = sum_piece_dsums, .backward = sum_backward, .scratch_size = scratch_size,
	.reads = sum_reads,
};
