/* Tiles of images to points, for the products of winograd_f4.c and winograd_f4_dw.c. */
#ifndef KERN_SIMD_WINOGRAD_F4_TILES_H
#define KERN_SIMD_WINOGRAD_F4_TILES_H

#include "kern/isa.h"

#define winograd_f4_tiles SET(winograd_f4_tiles)

/* Tiles t0.. of images x, counted through all of them, `some` of them, and of these the channels from k0 on: to PLANES matrices `pitch`
 * numbers apart, cut into panels (some, width) of so many channels; the last panel may have fewer. */
void winograd_f4_tiles(const struct conv *g, size_t t0, int some, const float *x, int k0, int channels, int width, size_t pitch, float *v);

#endif
