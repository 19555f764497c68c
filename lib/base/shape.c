#include "base/shape.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	size_t size;
} dtypes[DTYPES] = {
	[DT_U1] = { "u1", 1 }, [DT_I4] = { "i4", 4 }, [DT_I8] = { "i8", 8 },
	[DT_F4] = { "f4", 4 }, [DT_F8] = { "f8", 8 },
};

size_t
dtype_size(enum dtype t)
{
	return dtypes[t].size;
}

const char *
dtype_name(enum dtype t)
{
	return dtypes[t].name;
}

int
dtype_parse(const char *name)
{
	for (int t = 0; t < DTYPES; t++)
		if (!strcmp(name, dtypes[t].name))
			return t;
	return -1;
}

int64_t
shape_count(const struct shape *s, int from)
{
	int64_t count = 1;
	bool zero = false;

	for (int i = from; i < s->n; i++) {
		if (s->d[i] < 0)
			return -1;
		if (s->d[i] == 0)
			zero = true;
		else if (count > (INT64_C(1) << 62) / s->d[i])
			return -1;
		else
			count *= s->d[i];
	}
	return zero ? 0 : count;
}

struct shape
shape_rest(const struct shape *s, int from)
{
	struct shape rest = { .n = s->n - from };

	memcpy(rest.d, s->d + from, (size_t)rest.n * sizeof *rest.d);
	return rest;
}

struct shape
shape_of_rows(int64_t rows, const struct shape *row)
{
	struct shape s = { row->n + 1, { rows } };

	memcpy(s.d + 1, row->d, (size_t)row->n * sizeof *s.d);
	return s;
}

const char *
shape_text(const struct shape *s, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "(");

	for (int i = 0; i < s->n && used < size; i++) {
		const char *after = i + 1 < s->n ? ", " : s->n == 1 ? "," : "";
		if (s->d[i] < 0)
			used += (size_t)snprintf(buf + used, size - used, "None%s", after);
		else
			used += (size_t)snprintf(buf + used, size - used, "%lld%s", (long long)s->d[i], after);
	}
	if (used < size)
		snprintf(buf + used, size - used, ")");
	return buf;
}

int
shape_equal(const struct shape *a, const struct shape *b, int from)
{
	if (a->n != b->n)
		return 0;
	for (int i = from; i < a->n; i++)
		if (a->d[i] != b->d[i])
			return 0;
	return 1;
}

/* memcpy: rows of a stream need not be aligned */
double
dtype_get(enum dtype t, const void *p)
{
	union { uint8_t u1; int32_t i4; int64_t i8; float f4; double f8; } v;

	memcpy(&v, p, dtypes[t].size);
	switch (t) {
	case DT_U1: return v.u1;
	case DT_I4: return v.i4;
	case DT_I8: return (double)v.i8;
	case DT_F4: return v.f4;
	default: return v.f8;
	}
}
