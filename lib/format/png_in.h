/* Reads PNG images from memory, within limits, row by row. */
#ifndef FORMAT_PNG_IN_H
#define FORMAT_PNG_IN_H

#include <stddef.h>
#include <stdint.h>

/* Decodes an RGB image of 8 bits a channel, not interlaced, of exactly width x height pixels; row(ctx, y, rgb) gets each
 * row, 3 * width bytes, in order. Returns NULL, or what is wrong (valid until the next call). Memory: a few rows. */
const char *png_rows(const uint8_t *png, size_t size, uint32_t width, uint32_t height,
                     void (*row)(void *ctx, uint32_t y, const uint8_t *rgb), void *ctx);

/* Decodes any PNG (grey or palette, 1 to 16 bits, transparent or not, interlaced or not) as rows of red, green, blue and opacity,
 * 16 bits each, high byte first. begin(ctx, width, height) comes before the rows. Returns NULL, or what is wrong (valid until
 * the next call). Memory: a few rows, but for interlaced images, which are therefore bounded by PNG_INTERLACED_MAX pixels;
 * others by PNG_PIXELS_MAX. As deflate packs up to 8,256 pixels in a byte and each takes some nanoseconds, more pixels than
 * PNG_PIXELS_FREE may be PNG_PIXELS_A_BYTE times as many as the file has bytes. Gamma and colour profiles are not applied. */
enum { PNG_PIXELS_MAX = 1 << 28, PNG_INTERLACED_MAX = 1 << 23, PNG_PIXELS_FREE = 1 << 24, PNG_PIXELS_A_BYTE = 1024 };
const char *png_any(const uint8_t *png, size_t size, void (*begin)(void *ctx, uint32_t width, uint32_t height),
                    void (*row)(void *ctx, uint32_t y, const uint8_t *rgba16), void *ctx);

#endif
