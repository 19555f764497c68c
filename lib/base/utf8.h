/* UTF-8, the only text that files hold. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

enum { UTF8_MAX = 4 }; /* bytes of a character */

/* Bytes of the first character of s[0..n); 0: not UTF-8 (Unicode's table 3-7: no overlong forms, no surrogates, nothing above
 * U+10FFFF). */
size_t utf8_character(const char *s, size_t n);
bool utf8_is(const char *s, size_t n);

#endif
