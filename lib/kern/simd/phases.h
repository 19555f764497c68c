/* The gradient of a convolution's input. Strides cut the input into phases: rows p, p + s, p + 2 s, ... see the same rows of the
 * kernel, every s-th, and successive outputs; likewise columns. So each phase is a dense convolution of dy with a part of the kernel,
 * turned around, and no zeros between pixels are multiplied. */
#ifndef KERN_SIMD_PHASES_H
#define KERN_SIMD_PHASES_H

#include "kern/isa.h"

#define phases_scratch SET(phases_scratch)
#define phases_dx SET(phases_dx)

/* numbers */
size_t phases_scratch(const struct conv *g);
/* as conv_dx */
void phases_dx(const struct conv *g, int n, const float *dy, const float *w, float *dx, float *scratch);

#endif
