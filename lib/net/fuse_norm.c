/* batchnorm and the relu after it, perhaps with the sum of a residual block between them, in one pass over memory. On the way back,
 * relu's gradient is taken in the pass that sums dy, and what it leaves of dy is also the gradient of the other summand.
 * Each works on a few rows at a time with the kernels that the layers have, so that no bit differs from theirs. */
#include <string.h>

#include "net/fusion.h"
#include "net/norm.h"

extern const struct layer_type layer_type_activation, layer_type_add, layer_type_batchnorm;

static bool
joins(const struct layer *l, const struct layer *relu)
{
	return l->type == &layer_type_batchnorm && relu->type == &layer_type_activation && relu->act == ACT_RELU;
}

static size_t
scratch_size(const struct layer *l, const struct layer *relu)
{
	const size_t rows = NORM_ROWS * (size_t)l->in.d[l->in.n - 1] * sizeof(real), sums = l->type->scratch_size(l);

	(void)relu;
	return rows > sums ? rows : sums;
}

/* y = relu(scale x + shift + other); other may be NULL */
static void
norm_relu_y(const struct norm *k, size_t rows, const real *x, const real *other, real *y)
{
	const size_t c = (size_t)k->c;

	for (size_t r = 0; r < rows; r += NORM_ROWS) {
		const size_t here = norm_rows_from(r, rows), at = r * c;
		kern->bn_y(here, k->c, x + at, k->scale, k->shift, y + at);
		if (other)
			kern->add(here * c, other + at, y + at);
		kern->act_y(ACT_RELU, 0, here * c, y + at, y + at);
	}
}

/* dy becomes that before relu, and is summed as bn_dsum does. y: what relu wrote; NULL: it is computed once more, in `room`. */
static void
norm_relu_dsums(const struct norm *k, size_t rows, const real *x, const real *y, real *room, real *dy, real *sums)
{
	const size_t c = (size_t)k->c;

	memset(sums, 0, 2 * c * sizeof *sums);
	for (size_t r = 0; r < rows; r += NORM_ROWS) {
		const size_t here = norm_rows_from(r, rows), at = r * c;
		if (!y)
			kern->bn_y(here, k->c, x + at, k->scale, k->shift, room);
		kern->act_dx(ACT_RELU, 0, here * c, NULL, y ? y + at : room, dy + at, dy + at);
		kern->bn_dsum(here, k->c, x + at, k->mean, dy + at, sums, sums + c);
	}
}

/* ---- batchnorm and relu ---- */

static void
forward(const struct layer *l, const struct pass *p)
{
	const struct norm k = norm_of(l, p);

	norm_relu_y(&k, norm_rows(l, p->n), p->x, NULL, p->y);
}

static void
piece_dsums(const struct layer *l, const struct pass *p)
{
	const struct norm k = norm_of(l, p);

	norm_relu_dsums(&k, norm_rows(l, p->n), p->x, NULL, (real *)(void *)p->scratch, p->dy, p->partial);
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

const struct fusion fuse_norm_relu = {
	.joins = joins, .gives_dx = true, .in_place = true, .forward = forward, .piece_dsums = piece_dsums, .backward = backward,
	.scratch_size = scratch_size, .reads = reads,
};

/* ---- with a sum between them ---- */

static void
sum_forward(const struct layer *l, const struct pass *p)
{
	const struct norm k = norm_of(l, p);

	norm_relu_y(&k, norm_rows(l, p->n), p->x, p->xs[1], p->y);
}

static void
sum_piece_dsums(const struct layer *l, const struct pass *p)
{
	const struct norm k = norm_of(l, p);

	norm_relu_dsums(&k, norm_rows(l, p->n), p->x, p->y, NULL, p->dy, p->partial);
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
	.joins = joins, .over = &layer_type_add, .gives_dx = true, .in_place = true, .forward = sum_forward,
	.piece_dsums = sum_piece_dsums, .backward = sum_backward, .scratch_size = scratch_size,
	.reads = sum_reads,
};
