/* Convolution of few channels with vectors along the pixels of a row. Vectors of filters need a number of the image in all lanes
 * for each multiplication, which is as many loads as a processor can do, and leave lanes empty where filters are few; here a load
 * serves several filters. Images are taken apart into planes, one a channel, with their padding around (pad_planes), and what
 * comes out is put together again in registers, 2x2 pooling included. The bits are those of the loops of products.h. */
#ifndef KERN_SIMD_FEW_CHANNELS_H
#define KERN_SIMD_FEW_CHANNELS_H

#include "kern/isa.h"
#include "kern/simd/images.h"

enum { FEW_TAPS = 128 };

/* How a row of the output is computed. */
struct few_channels {
	int taps, f;
	ptrdiff_t place[FEW_TAPS]; /* where the taps (kh, kw, c) of a pixel lie in the planes */
	const float *w, *b;           /* w: of some filters at a time (taps, filters), b (f) or NULL */
	bool relu;
};

#define few_channels_fits SET(few_channels_fits)
#define few_channels_prepare SET(few_channels_prepare)
#define few_channels_row SET(few_channels_row)
#define few_channels_pool_row SET(few_channels_pool_row)

/* Where it is faster, by measurement. */
bool few_channels_fits(const struct conv *g);
/* `packed` has room for the kernel's numbers, and is read by what follows */
void few_channels_prepare(struct few_channels *m, const struct conv *g, const struct padding *p, const float *w, const float *b,
                          bool relu, float *packed);
/* y (ow, f) of the pixels from x on */
void few_channels_row(const struct few_channels *m, int ow, const float *x, float *y);
/* y (q->ow, f) = the largest of each 2x2 of the pixels from x and from the row below on; at: which numbers of the whole output */
void few_channels_pool_row(const struct few_channels *m, const struct pool *q, int oy, const float *x, ptrdiff_t below, float *y,
                           int32_t *at);

#endif
