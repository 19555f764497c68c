/* Images laid out for the loops of products.h: copied into one with the padding around it. Then the taps of a kernel's row are
 * consecutive numbers for every pixel, and strides are only a distance between pixels. */
#ifndef KERN_SIMD_IMAGES_H
#define KERN_SIMD_IMAGES_H

#include "kern/isa.h"

/* A convolution as `mul` and `outer` see it: source pixels in a padded image. */
struct padding {
	int ph, pw;      /* the padded image */
	size_t row, image, pack, dy; /* floats */
	bool copy;
};

#define padding_x SET(padding_x)
#define pad SET(pad)
#define pad_planes SET(pad_planes)

/* of y and dw: what the output's windows see of x */
struct padding padding_x(const struct conv *g);
/* x (h, w, c) into the middle of `image`, whose border is 0, or x itself where nothing is to be copied; what lies outside is cut off */
const float *pad(const struct conv *g, const struct padding *p, const float *x, float *image);
/* the same into planes (c, ph, pw) */
void pad_planes(const struct conv *g, const struct padding *p, const float *x, float *planes);

#endif
