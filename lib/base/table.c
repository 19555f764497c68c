#include "base/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/printable.h"
#include "base/width.h"

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

int
wider(int columns, const char *s)
{
	char *safe = shown(s);
	const int width = text_width(safe);

	free(safe);
	return width > columns ? width : columns;
}

char *
cell(const char *s, int columns)
{
	char *safe = shown(s);
	int used;
	const int fit = (int)text_fit(safe, abs(columns), &used), left = abs(columns) - used;
	char *padded = text("%*s%.*s%*s", columns > 0 ? left : 0, "", fit, safe, columns > 0 ? 0 : left, "");

	free(safe);
	return padded;
}

void
put_cell(FILE *f, const char *s, int columns)
{
	char *padded = cell(s, columns);

	fputs(padded, f);
	free(padded);
}
