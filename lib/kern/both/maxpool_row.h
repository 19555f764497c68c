/* Row oy of a pool's windows of one image; x is the first row of the image that they see, at may be NULL. */
#ifndef KERN_BOTH_MAXPOOL_ROW_H
#define KERN_BOTH_MAXPOOL_ROW_H

#include "kern/isa.h"

#define maxpool_row SET(maxpool_row)
void maxpool_row(const struct pool *g, int oy, const real *x, real *y, int32_t *at);

#endif
