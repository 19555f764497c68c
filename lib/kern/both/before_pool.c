/* What is done before a pool, row by row. */
#include "kern/both/before_pool.h"

#include "kern/both/maxpool_row.h"

/* The largest gelu of each window, of x (ph, w, c): that of its largest number or of its smallest, for gelu falls up to -0.75 and rises from
 * there. Where gelus of two numbers differ by no more than roundings, another one's may be larger, by these roundings. x may be room. */
static void
largest_gelus(const struct pool *q, int oy, const real *x, real *room, real *y)
{
	const size_t n = (size_t)q->ph * (size_t)q->w * (size_t)q->c, out = (size_t)q->ow * (size_t)q->c;
	real *const negated = room + n;

	maxpool_row(q, oy, x, y, NULL);
	SET(act_y)(ACT_GELU, 0, out, y, y);
	for (size_t i = 0; i < n; i++)
		negated[i] = -x[i];
	maxpool_row(q, oy, negated, room, NULL);
	for (size_t i = 0; i < out; i++)
		room[i] = -room[i];
	SET(act_y)(ACT_GELU, 0, out, room, room);
	for (size_t i = 0; i < out; i++)
		y[i] = room[i] > y[i] ? room[i] : y[i];
}

void
before_pool_row(const struct pool *q, const struct before_pool *f, int image, int oy, const real *x, real *room, real *y, int32_t *at,
                real *inside)
{
	const size_t n = (size_t)q->ph * (size_t)q->w * (size_t)q->c, first = (size_t)oy * n, size = (size_t)q->h * (size_t)q->w * (size_t)q->c;
	const real *acted = x, *last;

	if (f->scale)
		SET(bn_y)(n / (size_t)q->c, q->c, x, f->scale, f->shift, room);
	if (f->act == ACT_GELU && !f->kept && !at) {
		largest_gelus(q, oy, f->scale ? room : x, room, y);
		return;
	}
	if (f->scale) {
		SET(act_y)(f->act, f->slope, n, room, room);
		acted = room;
	} else if (before_pool_acts(f)) {
		SET(act_y)(f->act, f->slope, n, x, room);
		acted = room;
	}
	last = acted;
	if (f->kept) {
		SET(dropout)(f->kept, (size_t)image * size + first, f->rate, n, acted, room + n);
		last = room + n;
	}
	maxpool_row(q, oy, last, y, at);
	for (size_t i = 0; inside && i < (size_t)q->ow * (size_t)q->c; i++)
		inside[i] = (act_needs_x(f->act) ? x : acted)[(size_t)at[i] - first];
}
