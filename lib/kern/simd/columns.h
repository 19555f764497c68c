/* db (f) += column sums of d (pixels, pitch). */
#ifndef KERN_SIMD_COLUMNS_H
#define KERN_SIMD_COLUMNS_H

#include "kern/isa.h"

#define add_columns SET(add_columns)
void add_columns(size_t pixels, size_t pitch, int f, const float *d, float *db);

#endif
