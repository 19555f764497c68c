#include "model/fact_groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/moments.h"
#include "base/opt.h"

static bool
is_left_out(const char *key, const struct names *but)
{
	const char *dot = strrchr(key, '.');

	return names_find(but, key) >= 0 || (dot && names_find(but, dot + 1) >= 0);
}

/* Has b all that a says, but for what is left out? */
static bool
says_the_same(const struct facts *a, const struct facts *b, const struct names *but)
{
	for (int k = 0; k < a->n; k++) {
		const struct fact *c = &a->fact[k], *other = facts_find(b, c->key);
		if (c->about != OF_RESULT && !is_left_out(c->key, but) && (!other || strcmp(c->value, other->value)))
			return false;
	}
	return true;
}

/* The values of a result, of the runs that have it. */
struct sample {
	int n;
	double *x;
	bool equal;
};

static struct sample
sample_of(const struct facts *run, int n, const int *group, int g, const char *key)
{
	struct sample s = { .x = xcalloc((size_t)n, sizeof *s.x), .equal = true };

	for (int i = 0; i < n; i++) {
		const struct fact *c = group[i] == g ? facts_find(&run[i], key) : NULL;
		if (c && parse_real(c->value, &s.x[s.n]))
			s.n++;
	}
	for (int i = 1; i < s.n; i++)
		s.equal &= s.x[i] == s.x[0];
	return s;
}

/* Counts that are the same in all runs stay as they are. */
static void
add_result(struct facts *to, const struct fact *c, const struct sample *s, bool together)
{
	if (s->n == 0 || (s->equal && !c->rounded)) {
		facts_add(to, (struct fact){ OF_RESULT, xstrdup(c->key), xstrdup(c->value), c->rounded ? xstrdup(c->rounded) : NULL });
		return;
	}
	const struct moments m = moments_of((size_t)s->n, s->x);
	const double mean = m.mean, deviation = moments_sample_deviation(&m);
	const int digits = c->rounded ? 4 : 1;
	char *shown = s->n > 1 && together ? text("%.*f \u00b1 %.*f", digits, mean, digits, deviation) : text("%.*f", digits, mean);
	facts_add(to, (struct fact){ OF_RESULT, xstrdup(c->key), text("%.9g", mean), shown });
	if (!together)
		facts_add(to, (struct fact){ OF_RESULT, text("%s_sd", c->key), s->n > 1 ? text("%.9g", deviation) : xstrdup(""), NULL });
}

/* The mean over the runs of group g that have this result; a name is that of the first. */
static void
join_result(struct facts *to, const struct facts *run, int n, const int *group, int g, const struct fact *c, bool together)
{
	const bool named = !strcmp(c->key, "model") || !strcmp(c->key, "id");
	struct sample s = named ? (struct sample){ 0 } : sample_of(run, n, group, g, c->key);

	add_result(to, c, &s, together);
	free(s.x);
}

static struct facts
join(const struct facts *run, int n, const int *group, int g, const struct names *but, bool together)
{
	struct facts all = { 0 };
	int first = 0, count = 0;

	while (group[first] != g)
		first++;
	for (int i = first; i < n; i++)
		count += group[i] == g;
	facts_add(&all, (struct fact){ OF_RESULT, xstrdup("runs"), text("%d", count), NULL });
	for (int i = first; i < n; i++)
		for (int k = 0; group[i] == g && k < run[i].n; k++) {
			const struct fact *c = &run[i].fact[k];
			if (facts_find(&all, c->key))
				continue; /* of a run before */
			if (c->about == OF_RESULT)
				join_result(&all, run, n, group, g, c, together);
			else if (!is_left_out(c->key, but))
				facts_add(&all, (struct fact){ c->about, xstrdup(c->key), xstrdup(c->value), NULL });
		}
	return all;
}

/* The group of each run, by the first run of it; returns how many groups. */
static int
find_groups(const struct facts *run, int n, const struct names *but, int *group)
{
	int *first = xcalloc((size_t)n, sizeof *first), groups = 0;

	for (int i = 0; i < n; i++) {
		group[i] = 0;
		while (group[i] < groups && !(says_the_same(&run[i], &run[first[group[i]]], but) &&
		                              says_the_same(&run[first[group[i]]], &run[i], but)))
			group[i]++;
		if (group[i] == groups)
			first[groups++] = i;
	}
	free(first);
	return groups;
}

int
facts_group(struct facts *run, int n, const struct names *but, bool together)
{
	int *group = xcalloc((size_t)n, sizeof *group);
	const int groups = find_groups(run, n, but, group);
	struct facts *all = xcalloc((size_t)n, sizeof *all);

	for (int g = 0; g < groups; g++)
		all[g] = join(run, n, group, g, but, together);
	memcpy(run, all, (size_t)groups * sizeof *all);
	free(all);
	free(group);
	return groups;
}
