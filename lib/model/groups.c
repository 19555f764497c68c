#include "model/groups.h"

#include <fnmatch.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "model/train_options.h"

/* ---- reading ---- */

/* The settings: numbers of a group, and two words. Those that may be written lr*X come first. */
enum { LR, DECAY, NUMBERS = 9, RULE = NUMBERS, SCHEDULE, SETTINGS };
#define NUMBER(field) offsetof(struct optim_group, field)
static const struct {
	const char *name;
	size_t where;
	double min, max;
	bool whole;
} settings[SETTINGS] = {
	{ "lr", NUMBER(lr), 0, OPTIM_LR_MAX, false }, { "decay", NUMBER(decay), 0, OPTIM_DECAY_MAX, false },
	{ "momentum", NUMBER(momentum), 0, OPTIM_BETA_MAX, false }, { "beta1", NUMBER(beta1), 0, OPTIM_BETA_MAX, false },
	{ "beta2", NUMBER(beta2), 0, OPTIM_BETA_MAX, false }, { "norm", NUMBER(norm), 0, 1e6, false },
	{ "iterations", NUMBER(iterations), 1, 20, true }, { "from", NUMBER(from), 0, EPOCHS_MAX, true },
	{ "until", NUMBER(until), 0, EPOCHS_MAX, true }, { .name = "rule" }, { .name = "schedule" },
};

struct setting {
	char how; /* '*': times the standard number; '=': instead of it; 0: that one */
	double x;
	char *word;
};

static int
setting_called(const char *said, size_t length)
{
	int k = 0;

	while (k < SETTINGS && (strlen(settings[k].name) != length || strncmp(settings[k].name, said, length)))
		k++;
	return k;
}

/* "lr*64", "rule=muon" */
static void
read_setting(const char *group, const char *said, struct setting *setting)
{
	const size_t length = strcspn(said, "*=");
	const int k = setting_called(said, length);

	if (k == SETTINGS || !said[length] || (said[length] == '*' && k > DECAY))
		die(EX_USAGE, "--group %s: unknown setting '%s'; known are lr*X, lr=X, decay*X, decay=X, rule=NAME, schedule=WAY, momentum=, beta1=, "
		    "beta2=, norm=, iterations=, from= and until=", group, said);
	if (setting[k].how)
		die(EX_USAGE, "--group %s: %s is set twice", group, settings[k].name);
	setting[k].how = said[length];
	setting[k].word = xstrdup(said + length + 1);
	if (k < NUMBERS && !parse_real(setting[k].word, &setting[k].x))
		die(EX_USAGE, "--group %s: %s: not a number", group, said);
}

/* The next setting ends at a comma with a letter after it: schedules have commas, too. */
static char *
next_setting(char **rest)
{
	char *one = *rest, *comma = one;

	while (comma && (comma = strchr(comma, ',')) && comma[1] && !strchr("abcdefghijklmnopqrstuvwxyz", comma[1]))
		comma++;
	if (comma)
		*comma++ = 0;
	*rest = comma;
	return one;
}

static void
set_number(const char *group, int k, const struct setting *s, struct optim_group *g)
{
	double *const number = (double *)(void *)((char *)g + settings[k].where);
	const double x = s->how == '*' ? *number * s->x : s->x;

	if (!s->how)
		return;
	if (isnan(*number))
		die(EX_USAGE, "--group %s: %s: the rule %s has no such number", group, settings[k].name, g->type->name);
	if (!(s->x >= 0 && x >= settings[k].min && x <= settings[k].max) || (settings[k].whole && x != floor(x)))
		die(EX_USAGE, "--group %s: %s would be %.9g; must be %sbetween %.9g and %.9g", group, settings[k].name, x,
		    settings[k].whole ? "a whole number " : "", settings[k].min, settings[k].max);
	*number = x;
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
			append(&all, ',', text("%s%c%s", settings[k].name, setting[k].how,
			                       k < NUMBERS ? real_text(setting[k].x, x, sizeof x) : setting[k].word));
	return all;
}

/* The group's rule with its standard numbers: those of group 0 where it has the same rule. */
static struct optim_group
standard(const char *group, const char *rule, const struct optim *o)
{
	const struct optim_type *type = rule ? optim_find(rule) : o->group[0].type;

	if (!type)
		die(EX_USAGE, "--group %s: rule=%s: unknown; known are %s", group, rule, optim_names());
	return type == o->group[0].type ? o->group[0] : optim_group_standard(type);
}

static struct optim_group
make_group(const char *group, const struct setting *setting, const struct optim *o)
{
	struct optim_group g = standard(group, setting[RULE].word, o);

	for (int k = 0; k < NUMBERS; k++)
		set_number(group, k, &setting[k], &g);
	if (g.until > 0 && g.until <= g.from)
		die(EX_USAGE, "--group %s: until=%.9g: trains in no epoch; must be above from", group, g.until);
	g.scheduled = setting[SCHEDULE].how;
	const char *what = g.scheduled ? train_options_way(setting[SCHEDULE].word, &g.schedule) : NULL;
	if (what)
		die(EX_USAGE, "--group %s: schedule=%s: %s", group, setting[SCHEDULE].word, what);
	return g;
}

/* The first colon that a setting follows: patterns and schedules may have some, too. */
static const char *
settings_of(const char *group)
{
	const char *colon = strchr(group, ':');

	while (colon && setting_called(colon + 1, strcspn(colon + 1, "*=")) == SETTINGS)
		colon = strchr(colon + 1, ':');
	return colon ? colon : strrchr(group, ':');
}

/* Returns the text to record. */
static char *
read_group(const char *group, struct optim *o)
{
	struct setting setting[SETTINGS] = { 0 };
	const char *colon = settings_of(group);

	if (!colon || colon == group)
		die(EX_USAGE, "--group %s: expected PATTERN:SETTING,..., as in bias:lr*2,decay*0", group);
	if (o->groups == GROUPS_MAX)
		die(EX_USAGE, "--group %s: more than %d groups", group, GROUPS_MAX - 1);
	char *copy = xstrdup(colon + 1), *rest = copy;
	while (rest)
		read_setting(group, next_setting(&rest), setting);
	free(copy);
	struct optim_group *g = &o->group[o->groups++];
	*g = make_group(group, setting, o);
	g->pattern = text("%.*s", (int)(colon - group), group);
	char *numbers = settings_text(setting), *whole = text("%s:%s", g->pattern, numbers);
	free(numbers);
	for (int k = 0; k < SETTINGS; k++)
		free(setting[k].word);
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
group_of(const struct optim *o, int groups, const struct param *p)
{
	int k = groups - 1;

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

/* Is it the kernel of a layer that mixes its inputs? Not one of a depthwise convolution, whose filters see one channel each. */
static bool
is_matrix(const struct param *p)
{
	const int n = p->shape.n;

	return n >= 2 && strstr(p->part, "kernel") && (n == 2 || p->group_in == p->shape.d[n - 2] || p->group_out < p->shape.d[n - 1]);
}

/* The group of what a rule for matrices leaves: adam's, with its own numbers. */
static int
second_group(struct optim *o, int second)
{
	if (second)
		return second;
	if (o->groups == GROUPS_MAX)
		die(EX_USAGE, "--group %s: one group too many: the parameters that are not kernels need one", o->group[GROUPS_MAX - 1].pattern);
	o->group[o->groups] = optim_group_standard(optim_find("adam"));
	return o->groups++;
}

void
groups_assign(struct optim *o, const struct network *m, const char *name)
{
	bool used[GROUPS_MAX] = { true };
	const int groups = o->groups;
	int second = 0;

	for (int i = 0; i < m->params; i++) {
		const struct param *p = &m->param[i];
		const int k = p->fixed ? 0 : group_of(o, groups, p), size = (int)shape_count(&p->shape, 0), out = (int)p->shape.d[p->shape.n - 1];
		if (p->fixed)
			continue;
		used[k] = true;
		if (!o->group[k].type->matrices)
			optim_append(o, (size_t)size, k);
		else if (is_matrix(p))
			optim_append_matrix(o, (struct matrix){ size / out, out }, k);
		else
			optim_append(o, (size_t)size, second = second_group(o, second));
	}
	for (int k = 1; k < groups; k++)
		if (!used[k])
			refuse(o, k, m, name);
}
