/* 3x3 convolution with strides of 1 by Winograd's F(4x4, 3x3): a tile of 4x4 pixels costs 36 multiplications a channel
 * and filter instead of 144 (A. Lavin, S. Gray, "Fast algorithms for convolutional neural networks", 2016; the points
 * are 0, 1, -1, 2, -2 and infinity). Image tiles of 6x6 and kernels are transformed, which gives 36 products of
 * matrices, tiles x channels by channels x filters; and those are transformed back. Vectors run along channels and
 * filters. A tile depends on its own image only, and its sums do not depend on the tiles beside it.
 * A tile at the edge that has fewer pixels takes fewer points: of 7x7 pixels, 121 products instead of 144.
 * The kernel's points are computed once for all pieces of a batch, if the caller gives them room; else for each call, whole if the kernel
 * is small, or in blocks where they are needed: 256 to 256 filters make 9 MB, and to write and fetch those for one call takes longer
 * than the transform. */

#ifndef KERN_SIMD_WINOGRAD_F4_H
#define KERN_SIMD_WINOGRAD_F4_H

#include "kern/isa.h"

#define winograd_f4_scratch SET(winograd_f4_scratch)
#define winograd_f4_dw_scratch SET(winograd_f4_dw_scratch)
#define winograd_f4_points_size SET(winograd_f4_points_size)
#define winograd_f4_points SET(winograd_f4_points)
#define winograd_f4_y SET(winograd_f4_y)
#define winograd_f4_dx SET(winograd_f4_dx)
#define winograd_f4_dw SET(winograd_f4_dw)

/* numbers: of all three, and of dw alone */
size_t winograd_f4_scratch(const struct conv *g);
size_t winograd_f4_dw_scratch(const struct conv *g);
/* of the kernel's points, and part `part` of them: for y, or for dx (`back`) */
size_t winograd_f4_points_size(const struct conv *g, bool back);
void winograd_f4_points(const struct conv *g, bool back, int part, int parts, const float *w, float *points);
/* as conv_y, conv_dx, conv_dw (without db); points may be NULL */
void winograd_f4_y(const struct conv *g, int n, const float *x, const float *w, const float *points, const float *b, bool relu, float *y,
                   float *scratch);
void winograd_f4_dx(const struct conv *g, int n, const float *dy, const float *w, const float *points, float *dx, float *scratch);
void winograd_f4_dw(const struct conv *g, int n, const float *x, const float *dy, float *dw, float *scratch);

#endif
