#include "model/row_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/table.h"

static const char tensor_name[] = "name";

int
row_names_find(const struct header *h)
{
	const int t = header_find(h, tensor_name);

	return t >= 0 && h->tensor[t].dtype == DT_U1 && h->tensor[t].shape.n == 2 && h->tensor[t].shape.d[1] <= ROW_NAME_MAX ? t : -1;
}

int
row_names_add(struct header *h, int64_t rows, int64_t bytes)
{
	return header_add(h, tensor_name, DT_U1, &(struct shape){ 2, { rows, bytes > 0 ? bytes : 1 } });
}

char *
row_name(const struct tensor *t, const void *row)
{
	char *bytes = text("%.*s", (int)t->shape.d[1], (const char *)row), *name = shown(bytes);

	free(bytes);
	return name;
}

const char *
row_name_of(const char *path)
{
	const char *name = basename(path);
	const size_t n = strlen(name);

	return !strcmp(path, "-") ? "" : n > ROW_NAME_MAX ? name + n - ROW_NAME_MAX : name;
}
