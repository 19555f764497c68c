#include "io/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/shown.h"

char *
shown(const char *s)
{
	const size_t size = 4 * strlen(s) + 1;
	char *safe = xcalloc(size, 1);

	shown_to(safe, size, s);
	return safe;
}

void
put_name(FILE *f, const char *s)
{
	char *safe = shown(s);

	fputs(safe, f);
	free(safe);
}
