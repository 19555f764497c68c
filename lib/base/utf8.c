#include "base/utf8.h"

size_t
utf8_character(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s, b = n ? *p : 0xff;
	const size_t size = b < 0x80 ? 1 : b < 0xc2 ? 0 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : b < 0xf5 ? 4 : 0;

	if (size > n)
		return 0;
	for (size_t k = 1; k < size; k++)
		if ((p[k] & 0xc0) != 0x80)
			return 0;
	if ((b == 0xe0 && p[1] < 0xa0) || (b == 0xed && p[1] > 0x9f) || (b == 0xf0 && p[1] < 0x90) || (b == 0xf4 && p[1] > 0x8f))
		return 0;
	return size;
}

bool
utf8_is(const char *s, size_t n)
{
	for (size_t i = 0, size; i < n; i += size)
		if ((size = utf8_character(s + i, n - i)) == 0)
			return false;
	return true;
}
