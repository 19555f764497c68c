/* Pictures out: 8 bits a channel, no time, no text: the same pixels are the same bytes. */
#ifndef FORMAT_PNG_OUT_H
#define FORMAT_PNG_OUT_H

#include <stdint.h>
#include <stdio.h>

/* Writes pixels (height, width, 3) as an RGB PNG to f; dies with EX_IOERR naming `name`. The file stays open. */
void png_out(FILE *f, const char *name, uint32_t width, uint32_t height, const uint8_t *pixels);

#endif
