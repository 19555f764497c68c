#include "io/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"

char *
shown(const char *s)
{
	static const char digits[] = "0123456789abcdef";
	char *safe = xcalloc(strlen(s) + 1, 4), *to = safe;

	for (const unsigned char *c = (const unsigned char *)s; *c; c++) {
		const bool c1 = *c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0; /* U+0080..U+009F: some terminals obey them, too */
		if (c1)
			c++;
		if (c1 || *c < ' ' || *c == 0x7f) {
			*to++ = '\\';
			*to++ = 'x';
			*to++ = digits[*c >> 4];
			*to++ = digits[*c & 15];
		} else {
			*to++ = (char)*c;
		}
	}
	return safe;
}

void
put_name(FILE *f, const char *s)
{
	char *safe = shown(s);

	fputs(safe, f);
	free(safe);
}
