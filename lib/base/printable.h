/* Makes text from outside harmless for a terminal. */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include <stddef.h>

/* to = s, with control characters (C0, DEL, C1) and bytes that are not UTF-8 as \xNN: a terminal that reads bytes takes 9b
 * alone for the beginning of a command. As much as fits into `size` bytes with a zero, 4 * strlen(s) + 1 for all; returns
 * the length. */
size_t shown_to(char *to, size_t size, const char *s);

#endif
