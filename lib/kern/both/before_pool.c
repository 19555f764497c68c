/* What is done before a pool, row by row. */
#include "kern/both/before_pool.h"

#include "kern/both/maxpool_row.h"

void
before_pool_row(const struct pool *q, const struct before_pool *f, int image, int oy, const real *x, real *room, real *y, int32_t *at,
                real *inside)
{
	const size_t n = (size_t)q->ph * (size_t)q->w * (size_t)q->c, first = (size_t)oy * n, size = (size_t)q->h * (size_t)q->w * (size_t)q->c;
	const real *acted = x, *last;

	if (f->scale) {
		SET(bn_y)(n / (size_t)q->c, q->c, x, f->scale, f->shift, room);
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
