/* b (columns, rows) = a (rows, columns), both with a pitch. */
#ifndef KERN_SIMD_TRANSPOSE_H
#define KERN_SIMD_TRANSPOSE_H

#include "kern/isa.h"

#define transpose SET(transpose)
void transpose(int rows, int columns, size_t a_pitch, const float *a, size_t b_pitch, float *b);

#endif
