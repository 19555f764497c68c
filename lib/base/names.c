#include "base/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"

/* The place of `name` in s->sorted, or the place where it would be inserted. */
static int
rank(const struct names *s, const char *name, bool *there)
{
	int from = 0, to = s->n;

	*there = false;
	while (from < to && !*there) {
		const int middle = from + (to - from) / 2, order = strcmp(name, s->name[s->sorted[middle]]);
		*there = order == 0;
		if (order <= 0)
			to = middle;
		else
			from = middle + 1;
	}
	return to;
}

int
names_find(const struct names *s, const char *name)
{
	bool there;
	const int r = rank(s, name, &there);

	return there ? s->sorted[r] : -1;
}

/* Room for one more: it doubles whenever n is a power of two. */
static void
reserve(struct names *s)
{
	const size_t n = (size_t)s->n;

	if (n & (n - 1))
		return;
	s->name = xrealloc(s->name, n ? 2 * n : 1, sizeof *s->name);
	s->sorted = xrealloc(s->sorted, n ? 2 * n : 1, sizeof *s->sorted);
}

void
names_add(struct names *s, const char *name)
{
	bool there;
	const int r = rank(s, name, &there);

	if (there)
		return;
	reserve(s);
	memmove(s->sorted + r + 1, s->sorted + r, (size_t)(s->n - r) * sizeof *s->sorted);
	s->sorted[r] = s->n;
	s->name[s->n++] = name;
}

void
names_remove(struct names *s, int place)
{
	int k = 0;

	for (int i = 0; i < s->n; i++)
		if (s->sorted[i] != place)
			s->sorted[k++] = s->sorted[i] - (s->sorted[i] > place);
	s->n--;
	memmove(s->name + place, s->name + place + 1, (size_t)(s->n - place) * sizeof *s->name);
}

static int
by_name(const void *a, const void *b, void *names)
{
	const char *const *name = names;

	return strcmp(name[*(const int *)a], name[*(const int *)b]);
}

bool
names_from(struct names *s, int n, const char *const *name)
{
	bool distinct = true;

	*s = (struct names){ 0 };
	for (; s->n < n; s->n++) {
		reserve(s);
		s->name[s->n] = name[s->n];
		s->sorted[s->n] = s->n;
	}
	if (n > 0)
		qsort_r(s->sorted, (size_t)n, sizeof *s->sorted, by_name, s->name);
	for (int i = 1; i < n; i++)
		distinct &= strcmp(s->name[s->sorted[i - 1]], s->name[s->sorted[i]]) != 0;
	if (!distinct)
		names_free(s);
	return distinct;
}

void
names_free(struct names *s)
{
	free(s->name);
	free(s->sorted);
	*s = (struct names){ 0 };
}
