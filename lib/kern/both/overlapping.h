/* Pools whose windows overlap a great deal (pool_overlaps), one image at a time; scratch: pool_scratch_size bytes. */
#ifndef KERN_BOTH_OVERLAPPING_H
#define KERN_BOTH_OVERLAPPING_H

#include "kern/isa.h"

#define maxpool_overlapping SET(maxpool_overlapping)
#define avgpool_overlapping SET(avgpool_overlapping)
#define avgpool_dx_overlapping SET(avgpool_dx_overlapping)
void maxpool_overlapping(const struct pool *g, const real *x, real *y, int32_t *at, void *scratch);
void avgpool_overlapping(const struct pool *g, const real *x, real *y, void *scratch);
void avgpool_dx_overlapping(const struct pool *g, const real *dy, real *dx, void *scratch);

#endif
