/* The width of UTF-8 on a terminal, in any locale. */
#ifndef BASE_WIDTH_H
#define BASE_WIDTH_H

#include <stddef.h>
#include <stdint.h>

/* Columns of a character: 2 for Chinese, Japanese, Korean and emoji, 0 for accents that join the letter before them and for
 * invisible signs, otherwise 1. */
int character_width(uint32_t c);
/* Columns of a text; a byte that is not UTF-8 counts 1. */
int text_width(const char *s);
/* Bytes of the whole characters of s, with their accents, that fit into so many columns; *used: the columns they take. */
size_t text_fit(const char *s, int columns, int *used);

#endif
