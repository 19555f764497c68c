/* 3x3 convolution by Winograd's F(2x2, 3x3): y (oh, ow, f) of one image x (h, w, c). */
#ifndef KERN_PLAIN_WINOGRAD_F2_H
#define KERN_PLAIN_WINOGRAD_F2_H

#include "kern/isa.h"

#define winograd_f2_image SET(winograd_f2_image)
void winograd_f2_image(const struct conv *g, const real *x, const real *w, const real *b, bool relu, real *y);

#endif
