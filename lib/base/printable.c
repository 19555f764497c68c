#include "base/printable.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

size_t
shown_to(char *to, size_t size, const char *s)
{
	size_t used = 0, n;

	for (const unsigned char *c = (const unsigned char *)s; *c; c += n) {
		char hex[8];
		const char *put = (const char *)c;
		const int c1 = *c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0; /* U+0080..U+009F: some terminals obey them, too */
		size_t length = n = utf8_character(put, strnlen(put, UTF8_MAX));
		if (n == 0 || c1 || *c < ' ' || *c == 0x7f) {
			n += n == 0;
			length = (size_t)snprintf(hex, sizeof hex, "\\x%02x", c[n - 1]);
			put = hex;
		}
		if (used + length + 1 > size)
			break;
		memcpy(to + used, put, length);
		used += length;
	}
	if (size)
		to[used] = '\0';
	return used;
}
