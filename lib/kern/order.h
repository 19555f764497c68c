/* The order of sums is part of a kernel's definition: every set with fused multiply-adds, and the plain kernels, add the same
 * numbers in the same order, and so give the same bits. Here are the numbers and the rules that the order depends on; none of
 * them depends on the width of vectors. plain/ has the sums themselves. */
#ifndef KERN_ORDER_H
#define KERN_ORDER_H

#include "kern/kern.h"

enum {
	UNITS_TOGETHER = 256,     /* dense_dx: sums of so many units are added up */
	SAMPLES_TOGETHER = 64,    /* dense_dw: of so many samples */
	PIXELS_TOGETHER = 16,     /* depthwise_dw: of so many pixels of a row */
	TAPS_TOGETHER = 4,        /* depthwise_dw: of a kernel's row, that see the same pixels */
	CHANNELS_TOGETHER = 256,  /* winograd_f4: of so many channels, where the kernel is large */
	LARGE_KERNEL = 128 * 128, /* channels times filters above which it is */
	TILES_TOGETHER = 48,      /* winograd_f4's dw: of so many tiles */
	TILES_TOGETHER_LARGE = 192
};

/* The last two to four of f filters where the others fill vectors of eight: the even and the odd taps of a kernel's rows are
 * summed apart. Filters are the channels in dx. */
static inline bool
narrow_filter(int f, int k)
{
	return f % 8 >= 2 && f % 8 <= 4 && k >= f / 8 * 8;
}

/* 3x3 convolution of few channels to 8 filters, forward: Winograd's F(2x2, 3x3) */
static inline bool
winograd_f2_fits(const struct conv *g)
{
	return g->kh == 3 && g->kw == 3 && g->sh == 1 && g->sw == 1 && g->c <= 4 && g->f == 8 && g->oh % 2 == 0 && g->ow % 2 == 0 &&
	       g->ow >= 32;
}

/* F(4x4, 3x3): pixels, 4 or fewer, that the tile at `at` has of a side of `size` pixels. On a side of r pixels it has the first r + 1 of the
 * points 0, 1, -1, 2, -2, and infinity. */
static inline int
winograd_f4_side(int size, int at)
{
	return size - at < 4 ? size - at : 4;
}

static inline bool
winograd_f4_has_point(int pixels, int point)
{
	return point <= pixels || point == 5;
}

/* The kind of a tile: it lacks columns, nothing, rows, or both. Tiles that dw sums in one go are added in this order, in which those that
 * have a point lie side by side. */
enum { WINOGRAD_F4_KINDS = 4 };

static inline int
winograd_f4_kind(int rows, int columns)
{
	return rows == 4 ? columns == 4 : columns == 4 ? 2 : 3;
}

/* Is the kernel too large to be transformed whole? */
static inline bool
winograd_f4_large(const struct conv *g)
{
	return (size_t)g->c * (size_t)g->f > LARGE_KERNEL;
}

/* 3x3 convolution of many channels to many filters: F(4x4, 3x3). Channels and filters fill vectors of any set, whole ones where
 * the kernel is large. */
static inline bool
winograd_f4_fits(const struct conv *g)
{
	const int unit = winograd_f4_large(g) ? 16 : 8;

	return g->kh == 3 && g->kw == 3 && g->sh == 1 && g->sw == 1 && g->c % unit == 0 && g->f % unit == 0 && g->c >= 16 &&
	       g->f >= 16;
}

#endif
