#include "base/shown.h"

#include <stdio.h>
#include <string.h>

size_t
character_bytes(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80) /* the zero at the end, too */
			return 0;
	return n;
}

size_t
shown_to(char *to, size_t size, const char *s)
{
	size_t used = 0, n;

	for (const unsigned char *c = (const unsigned char *)s; *c; c += n) {
		char hex[8];
		const char *put = (const char *)c;
		const int c1 = *c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0; /* U+0080..U+009F: some terminals obey them, too */
		size_t length = n = character_bytes(put);
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
