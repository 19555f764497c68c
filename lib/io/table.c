#include "io/table.h"

void
put_name(FILE *f, const char *s)
{
	for (const unsigned char *c = (const unsigned char *)s; *c; c++)
		if (*c < ' ' || *c == 0x7f || (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0))
			fprintf(f, "\\x%02x", *c == 0xc2 ? *++c : *c); /* U+0080..U+009F: some terminals obey them, too */
		else
			putc(*c, f);
}
