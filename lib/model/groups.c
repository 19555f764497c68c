#include "model/groups.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"

/* ---- reading ---- */

enum { LR, DECAY, SETTINGS };
static const struct {
	const char *name;
	double max;
} settings[SETTINGS] = { { "lr", OPTIM_LR_MAX }, { "decay", OPTIM_DECAY_MAX } };

struct setting {
	char how; /* '*': times the number of group 0; '=': instead of it; 0: that of group 0 */
	double x;
};

static int
setting_called(const char *said, size_t length)
{
	int k = 0;

	while (k < SETTINGS && (strlen(settings[k].name) != length || strncmp(settings[k].name, said, length)))
		k++;
	return k;
}

/* "lr*64" */
static void
read_setting(const char *group, const char *said, struct setting *setting)
{
	const size_t length = strcspn(said, "*=");
	const int k = setting_called(said, length);

	if (k == SETTINGS || !said[length])
		die(EX_USAGE, "--group %s: unknown setting '%s'; known are lr*X, lr=X, decay*X and decay=X", group, said);
	if (setting[k].how)
		die(EX_USAGE, "--group %s: %s is set twice", group, settings[k].name);
	setting[k].how = said[length];
	if (!parse_real(said + length + 1, &setting[k].x))
		die(EX_USAGE, "--group %s: %s: not a number", group, said);
}

static double
result(const char *group, int k, const struct setting *s, double standard)
{
	const double x = s->how == '*' ? standard * s->x : s->how ? s->x : standard;

	if (!(s->x >= 0 && x <= settings[k].max))
		die(EX_USAGE, "--group %s: %s would be %.9g; must be between 0 and %.9g", group, settings[k].name, x, settings[k].max);
	return x;
}

static void
append(char **all, char separator, char *more)
{
	char *before = *all;

	*all = before ? text("%s%c%s", before, separator, more) : xstrdup(more);
	free(before);
	free(more);
}

/* "lr*64,decay*0" */
static char *
settings_text(const struct setting *setting)
{
	char x[32], *all = NULL;

	for (int k = 0; k < SETTINGS; k++)
		if (setting[k].how)
			append(&all, ',', text("%s%c%s", settings[k].name, setting[k].how, real_text(setting[k].x, x, sizeof x)));
	return all;
}

/* Returns the text to record. */
static char *
read_group(const char *group, struct optim *o)
{
	struct setting setting[SETTINGS] = { 0 };
	const char *colon = strrchr(group, ':');

	if (!colon || colon == group)
		die(EX_USAGE, "--group %s: expected PATTERN:SETTING,..., as in bias:lr*2,decay*0", group);
	if (o->groups == GROUPS_MAX)
		die(EX_USAGE, "--group %s: more than %d groups", group, GROUPS_MAX - 1);
	char *copy = xstrdup(colon + 1), *rest = copy, *one;
	while ((one = strsep(&rest, ",")))
		read_setting(group, one, setting);
	free(copy);
	struct optim_group *g = &o->group[o->groups++];
	*g = (struct optim_group){ .pattern = text("%.*s", (int)(colon - group), group),
		                   .lr = result(group, LR, &setting[LR], o->group[0].lr),
		                   .decay = result(group, DECAY, &setting[DECAY], o->group[0].decay) };
	char *numbers = settings_text(setting), *whole = text("%s:%s", g->pattern, numbers);
	free(numbers);
	return whole;
}

void
groups_parse(char **said, struct optim *o)
{
	char *rest = *said, *one, *record = NULL;

	while ((one = strsep(&rest, ";")))
		append(&record, ';', read_group(one, o));
	free(*said);
	*said = record;
}

/* ---- sorting ---- */

static bool
matches(const char *pattern, const struct param *p)
{
	return !fnmatch(pattern, strpbrk(pattern, "/*") ? p->name : p->part, 0);
}

static int
group_of(const struct optim *o, const struct param *p)
{
	int k = o->groups - 1;

	while (k > 0 && !matches(o->group[k].pattern, p))
		k--;
	return k;
}

/* The names of trained parameters, the first ones of many. */
static char *
names(const struct network *m)
{
	enum { SHOWN = 24 };
	char *all = NULL;
	int n = 0;

	for (int i = 0; i < m->params; i++)
		if (!m->param[i].fixed && n++ < SHOWN)
			append(&all, ' ', xstrdup(m->param[i].name));
	if (n > SHOWN)
		append(&all, ' ', text("and %d more", n - SHOWN));
	return all ? all : xstrdup("none");
}

static _Noreturn void
refuse(const struct optim *o, int group, const struct network *m, const char *name)
{
	const char *pattern = o->group[group].pattern;

	for (int i = 0; i < m->params; i++)
		if (!m->param[i].fixed && matches(pattern, &m->param[i]))
			die(EX_USAGE, "--group %s: later groups match all that it matches (%s...), and the last one wins; put it after them",
			    pattern, m->param[i].name);
	die(EX_USAGE, "--group %s: matches no trained parameter of %s; there are: %s", pattern, name, names(m));
}

void
groups_assign(struct optim *o, const struct network *m, const char *name)
{
	bool used[GROUPS_MAX] = { true };

	for (int i = 0; i < m->params; i++) {
		const struct param *p = &m->param[i];
		if (p->fixed)
			continue;
		const int k = group_of(o, p);
		optim_append(o, (size_t)shape_count(&p->shape, 0), k);
		used[k] = true;
	}
	for (int k = 1; k < o->groups; k++)
		if (!used[k])
			refuse(o, k, m, name);
}
