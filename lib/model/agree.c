#include "model/agree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/team.h"
#include "model/compute.h"
#include "sys/file.h"

static bool
is_input(const struct opt *o)
{
	return o->kind == OPT_READ || o->kind == OPT_RENEWED;
}

/* Threads may differ, and where results go; files may have other names, but rank 0 reads those that are there. */
static const char *
value(const struct opt *o)
{
	if (is_input(o))
		return *opt_text(o) ? "a file" : "";
	return o->nature || o->kind == OPT_SEED || o->kind == OPT_FLAG ? opt_text(o) : "";
}

/* A line for each thing that must be the same: its name, a tab, its value. */
static char *
ours(const struct opt *opts)
{
	char *s;
	size_t n;
	FILE *f = file_memory(&s, &n);

	fprintf(f, "version\t%s\narithmetic\t%s\n", VERSION, compute_arithmetic());
	for (const struct opt *o = opts; o->name; o++)
		fprintf(f, "--%s\t%s\n", o->name, value(o));
	file_memory_done(f, &s);
	return s;
}

static char *
those_of_first(const char *own)
{
	size_t size = strlen(own) + 1;

	team_broadcast(&size, sizeof size);
	char *first = xcalloc(size, 1);
	if (team_rank() == 0)
		memcpy(first, own, size);
	team_broadcast(first, size);
	return first;
}

static const char *
or_none(const char *said)
{
	return said && *said ? said : "none";
}

/* Lines of both, as far as they are the same option: a version with other options differs in its first line. */
static _Noreturn void
differ(char *mine, char *first)
{
	const char *const name = strsep(&mine, "\t");

	if (first)
		strsep(&first, "\t");
	die(EX_USAGE, "rank %d has %s %s, but rank 0 has %s; start all ranks with the same program and options", team_rank(), name,
	    or_none(mine), or_none(first));
}

void
agree_check(const struct opt *opts)
{
	if (team_size() == 1)
		return;
	char *const own = ours(opts), *const first = those_of_first(own);
	char *rest = own, *other = first, *mine;

	while ((mine = strsep(&rest, "\n")) && *mine) {
		char *const is = strsep(&other, "\n");
		if (!is || strcmp(mine, is))
			differ(mine, is);
	}
	free(own);
	free(first);
}
