/* A row of a pool's windows, side by side, with what is done before it. */
#ifndef KERN_BOTH_BEFORE_POOL_H
#define KERN_BOTH_BEFORE_POOL_H

#include "kern/isa.h"

#define before_pool_row SET(before_pool_row)

/* Is there an activation that the convolution has not done itself? */
static inline bool
before_pool_acts(const struct before_pool *f)
{
	return f->act != ACT_LINEAR && f->act != ACT_RELU;
}

/* Is there a relu that it has done? */
static inline bool
before_pool_relu(const struct before_pool *f)
{
	return f->act == ACT_RELU && !f->scale;
}

/* numbers of room that before_pool_row needs */
static inline size_t
before_pool_room(const struct pool *q)
{
	return 2 * (size_t)q->ph * (size_t)q->w * (size_t)q->c;
}

/* x (ph, w, c) is what the windows of row oy see, image `image` of those that have f's bits; y, at and inside as in conv_pool_y. */
void before_pool_row(const struct pool *q, const struct before_pool *f, int image, int oy, const real *x, real *room, real *y,
                     int32_t *at, real *inside);

#endif
