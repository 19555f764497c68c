/* Kernels packed panel by panel: the filters of a panel lie next to each other, tap after tap; then the loops of products.h read
 * them in order. */
#ifndef KERN_SIMD_PACKED_H
#define KERN_SIMD_PACKED_H

#include "kern/isa.h"
#include "kern/simd/products.h"

#define pack_panel SET(pack_panel)
#define pack_kernel SET(pack_kernel)
#define pack_turned_kernel SET(pack_turned_kernel)
#define mul_image SET(mul_image)

/* one panel of w (taps, f): filters f0.. of all taps, next to each other */
void pack_panel(size_t taps, int f, int f0, int width, const float *w, float *to);
/* w (taps, f), packed for mul_image */
void pack_kernel(const struct conv *g, const float *w, float *to);
/* some rows or columns of a kernel: `first`, `first` + step, ... */
struct taps_of_phase {
	int first, count, step;
};
/* the same of those seen from the other side: turned around, its inputs in the place of its filters */
void pack_turned_kernel(const struct conv *g, struct taps_of_phase rows, struct taps_of_phase columns, const float *w, float *to);
/* all rows of an image, panel by panel: those of x and y are x_stride and y_stride numbers apart; w packed, b may be NULL */
void mul_image(struct mul m, int rows, int columns, int f, ptrdiff_t x_stride, ptrdiff_t y_stride, const float *x, const float *w,
               const float *b, float *y);

#endif
