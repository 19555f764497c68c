/* 3x3 convolution by Winograd's F(4x4, 3x3): as conv_y, conv_dx, conv_dw (without db). */
#ifndef KERN_PLAIN_WINOGRAD_F4_H
#define KERN_PLAIN_WINOGRAD_F4_H

#include "kern/isa.h"

#define winograd_f4_scratch SET(winograd_f4_scratch)
#define winograd_f4_y SET(winograd_f4_y)
#define winograd_f4_dx SET(winograd_f4_dx)
#define winograd_f4_dw SET(winograd_f4_dw)

size_t winograd_f4_scratch(const struct conv *g); /* numbers */
void winograd_f4_y(const struct conv *g, int n, const real *x, const real *w, const real *b, bool relu, real *y, real *scratch);
void winograd_f4_dx(const struct conv *g, int n, const real *dy, const real *w, real *dx, real *scratch);
void winograd_f4_dw(const struct conv *g, int n, const real *x, const real *dy, real *dw, real *scratch);

#endif
