/* Reads PNG images from memory, within limits, row by row. */
#ifndef IO_PNG_IN_H
#define IO_PNG_IN_H

#include <stddef.h>
#include <stdint.h>

/* Decodes an RGB image of 8 bits a channel, not interlaced, of exactly width x height pixels; row(ctx, y, rgb) gets each
 * row, 3 * width bytes, in order. Returns NULL, or what is wrong (valid until the next call). Memory: a few rows. */
const char *png_rows(const uint8_t *png, size_t size, uint32_t width, uint32_t height,
                     void (*row)(void *ctx, uint32_t y, const uint8_t *rgb), void *ctx);

#endif
