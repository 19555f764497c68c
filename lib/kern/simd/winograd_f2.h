/* 3x3 convolution of few channels with strides of 1 by Winograd's F(2x2, 3x3): a tile of 2x2 pixels costs 16 multiplications a
 * channel and filter instead of 36 (A. Lavin, S. Gray, "Fast algorithms for convolutional neural networks", 2016; the points are
 * 0, 1, -1 and infinity). Vectors run along the tiles of two rows of pixels: so few channels would not fill them, a number of the
 * kernel serves many tiles, and the 2x2 windows of a pool are compared lane by lane. Rows of an image are taken apart into
 * planes, one a channel, and transformed along x when it is laid out, and along y where they are multiplied. */

#ifndef KERN_SIMD_WINOGRAD_F2_H
#define KERN_SIMD_WINOGRAD_F2_H

#include "kern/isa.h"
#include "kern/simd/vectors.h"

/* How an image is laid out: planes (c, oh + 2, ow + 2), and after them points (4, blocks, 4, c, ROW_TILES) of the four rows
 * that a row of tiles reads: pairs of rows take turns. Tiles of the last block may be some of the block before, once more. */
struct winograd_f2 {
	const struct conv *g;
	int blocks;
	size_t plane, row;       /* numbers; of points */
	int pairs;               /* of which the points were computed since the planes are there */
	const float *kernel, *b; /* kernel (4, 4, c, f): along x, along y; b (f) or NULL */
	VEC least;               /* lower bound of the outputs: 0 for relu, otherwise - infinity */
};

#define winograd_f2_image SET(winograd_f2_image)
#define winograd_f2_pack SET(winograd_f2_pack)
#define winograd_f2_prepare SET(winograd_f2_prepare)
#define winograd_f2_rows SET(winograd_f2_rows)
#define winograd_f2_pool_row SET(winograd_f2_pool_row)

/* numbers of an image laid out, and of the kernel */
size_t winograd_f2_image(const struct conv *g);
size_t winograd_f2_pack(const struct conv *g);
void winograd_f2_prepare(struct winograd_f2 *m, const struct conv *g, const float *w, const float *b, bool relu, float *packed);
/* y (rows, ow, f), from row oy of the output on */
void winograd_f2_rows(struct winograd_f2 *m, int oy, int rows, float *image, float *y);
/* y (ow / 2, f) = the largest of each 2x2 of two rows of pixels from oy on, after what f says, with the bits of image i; at: which
 * numbers of the whole output; inside: as in conv_pool_y */
void winograd_f2_pool_row(struct winograd_f2 *m, const struct before_pool *f, int i, int oy, float *image, float *y, int32_t *at,
                          float *inside);

#endif
