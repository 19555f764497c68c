#include "sys/ranges.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "base/die.h"

static bool
number(const char **s, int64_t *v)
{
	char *end;

	if (!isdigit((unsigned char)**s))
		return false;
	errno = 0;
	*v = strtoll(*s, &end, 10);
	*s = end;
	return !errno && *v < INT64_MAX;
}

static bool
one(struct ranges *r, const char **s)
{
	int64_t from = 0, to = INT64_MAX;
	bool first = number(s, &from);

	if (**s == ':') {
		++*s;
		bool second = number(s, &to);
		if (!first && !second)
			return false;
	} else {
		if (!first)
			return false;
		to = from + 1;
	}
	if (from >= to)
		return false;
	r->range[r->n++] = (struct range){ from, to };
	return true;
}

static int
by_start(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static void
merge(struct ranges *r)
{
	qsort(r->range, (size_t)r->n, sizeof *r->range, by_start);
	int last = 0;
	for (int i = 1; i < r->n; i++)
		if (r->range[i].from > r->range[last].to)
			r->range[++last] = r->range[i];
		else if (r->range[i].to > r->range[last].to)
			r->range[last].to = r->range[i].to;
	r->n = last + 1;
}

void
ranges_free(struct ranges *r)
{
	free(r->range);
	*r = (struct ranges){ 0 };
}

bool
ranges_parse(struct ranges *r, const char *s)
{
	size_t most = 1;

	for (const char *c = s; *c; c++)
		most += *c == ',';
	ranges_free(r);
	*r = (struct ranges){ .range = xcalloc(most, sizeof *r->range) };
	do {
		if (!one(r, &s))
			return false;
	} while (*s++ == ',');
	merge(r);
	return s[-1] == '\0';
}

bool
ranges_hold(const struct ranges *r, int64_t i)
{
	int low = 0, high = r->n;

	while (low < high) {
		int k = (low + high) / 2;
		if (i < r->range[k].from)
			high = k;
		else if (i >= r->range[k].to)
			low = k + 1;
		else
			return true;
	}
	return r->n == 0;
}

int64_t
ranges_count(const struct ranges *r, int64_t n)
{
	int64_t count = 0;

	if (r->n == 0)
		return n;
	for (int i = 0; i < r->n; i++) {
		int64_t to = r->range[i].to;
		if (n < 0 && to == INT64_MAX)
			return -1;
		if (n >= 0 && to > n)
			to = n;
		if (to > r->range[i].from)
			count += to - r->range[i].from;
	}
	return count;
}

int64_t
ranges_least(const struct ranges *r)
{
	int64_t least = 0;

	for (int i = 0; i < r->n; i++)
		least = r->range[i].to < INT64_MAX ? r->range[i].to : r->range[i].from;
	return least;
}
