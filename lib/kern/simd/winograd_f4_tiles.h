/* Tiles of images to points, for the products of winograd_f4.c and winograd_f4_dw.c. */
#ifndef KERN_SIMD_WINOGRAD_F4_TILES_H
#define KERN_SIMD_WINOGRAD_F4_TILES_H

#include "kern/simd/winograd_f4_points.h"

#define winograd_f4_tiles SET(winograd_f4_tiles)

/* Tiles t of images x, and of these the channels from k0 on: to PLANES matrices `pitch` numbers apart, cut into panels (some, width) of so
 * many channels; the last panel may have fewer. A tile's row has only the points that the tile has. */
void winograd_f4_tiles(const struct conv *g, const struct tiles *t, const float *x, int k0, int channels, int width, size_t pitch, float *v);

#endif
