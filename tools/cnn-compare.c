/* cnn-compare: a table of trained models: what differs between them, and what they reached */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/names.h"
#include "base/opt.h"
#include "base/table.h"
#include "cnn1/stream.h"
#include "model/fact_groups.h"
#include "sys/file.h"

static bool tsv, all;
static const char *sort_key = "val_accuracy", *grouping, *output;
static FILE *out;

static const struct opt opts[] = {
	{ 't', "tsv", OPT_FLAG, &tsv, NULL, "tab-separated, for programs", 0, 0, NULL },
	{ 's', "sort", OPT_TEXT, &sort_key, "COLUMN", "sort by COLUMN: accuracies largest first, others smallest first", 0, 0,
	  NULL },
	{ 'g', "group", OPT_TEXT, &grouping, "COLUMN,...", "mean and deviation of the models that differ in nothing else, as seed", 0, 0, NULL },
	{ 'a', "all", OPT_FLAG, &all, NULL, "also columns that are the same in all models, and ids", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

/* ---- columns ---- */

struct table {
	int runs;
	struct facts *run;
	struct names column;
	int *width;
};

/* Columns of results are always shown, the others if models differ. `network` covers the options of layers that some models lack. */
static bool
is_shown(const struct table *t, const struct fact *c)
{
	bool differ = false;

	for (int i = 0; i < t->runs; i++) {
		const struct fact *other = facts_find(&t->run[i], c->key);
		if (!other && c->about == OF_LAYER)
			return false;
		differ |= !other || strcmp(other->value, c->value);
	}
	return differ || all || c->about == OF_RESULT;
}

/* In the order in which models first name them; results last. */
static void
choose_columns(struct table *t)
{
	names_add(&t->column, "model");
	if (grouping)
		names_add(&t->column, "runs");
	for (int results = 0; results < 2; results++)
		for (int i = 0; i < t->runs; i++)
			for (int k = 0; k < t->run[i].n; k++) {
				const struct fact *c = &t->run[i].fact[k];
				if ((c->about == OF_RESULT) == results && names_find(&t->column, c->key) < 0 && is_shown(t, c))
					names_add(&t->column, c->key);
			}
}

/* ---- groups ---- */

static void
check_column(const struct table *t, const char *name)
{
	for (int i = 0; i < t->runs; i++)
		for (int k = 0; k < t->run[i].n; k++) {
			const char *key = t->run[i].fact[k].key, *dot = strrchr(key, '.');
			if (!strcmp(key, name) || (dot && !strcmp(dot + 1, name)))
				return;
		}
	die(EX_USAGE, "--group %s: no model has it; cnn-compare --all shows the columns", name);
}

static void
group(struct table *t)
{
	char *rest = xstrdup(grouping), *name; /* stays: the names are in it */
	struct names but = { 0 };

	while ((name = strsep(&rest, ","))) {
		check_column(t, name);
		if (names_find(&but, name) < 0)
			names_add(&but, name);
	}
	t->runs = facts_group(t->run, t->runs, &but, !tsv);
	names_free(&but);
}

/* ---- order ---- */

static int
by_value(const char *a, const char *b)
{
	double u, v;

	if (!parse_real(a, &u) || !parse_real(b, &v))
		return strcmp(a, b);
	int order = u < v ? -1 : u > v;
	size_t n = strlen(sort_key), m = strlen("accuracy");
	return n >= m && !strcmp(sort_key + n - m, "accuracy") ? -order : order;
}

/* Models without the value last; equal ones stay in the order of the operands. */
static bool
belongs_before(const struct facts *a, const struct facts *b)
{
	const struct fact *u = facts_find(a, sort_key), *v = facts_find(b, sort_key);

	return u && (!v || by_value(u->value, v->value) < 0);
}

static void
sort(struct table *t)
{
	bool known = !strcmp(sort_key, "val_accuracy");

	for (int i = 0; i < t->runs; i++)
		known |= facts_find(&t->run[i], sort_key) != NULL;
	if (!known)
		die(EX_USAGE, "--sort %s: no model has it; cnn-compare --all shows the columns", sort_key);
	for (int i = 1; i < t->runs; i++) {
		const struct facts r = t->run[i];
		int k = i;
		for (; k > 0 && belongs_before(&r, &t->run[k - 1]); k--)
			t->run[k] = t->run[k - 1];
		t->run[k] = r;
	}
}

/* ---- printing ---- */

/* Names of models come from files and paths: no tab, newline or escape sequence of theirs shall reach the table. */
static void
print_cell(const char *s, int width, bool right)
{
	if (tsv || width == 0)
		put_name(out, s);
	else
		put_cell(out, s, right ? width : -width);
}

static const char *
value_of(const struct facts *r, const char *key)
{
	const struct fact *c = facts_find(r, key);

	if (!c || !*c->value)
		return tsv ? "" : "-";
	return c->rounded && !tsv ? c->rounded : c->value;
}

static void
measure(struct table *t)
{
	t->width = xcalloc((size_t)t->column.n, sizeof *t->width);
	for (int k = 0; k < t->column.n; k++) {
		t->width[k] = wider(0, t->column.name[k]);
		for (int i = 0; i < t->runs; i++)
			t->width[k] = wider(t->width[k], value_of(&t->run[i], t->column.name[k]));
	}
}

/* Numbers are aligned right, and so is the name of a column of numbers. */
static bool
is_number(const struct table *t, const char *key)
{
	double v;

	for (int i = 0; i < t->runs; i++) {
		const char *s = value_of(&t->run[i], key);
		if (strcmp(s, "-") && !parse_real(s, &v))
			return false;
	}
	return true;
}

static void
print_line(const struct table *t, const struct facts *r)
{
	for (int k = 0; k < t->column.n; k++) {
		bool right = is_number(t, t->column.name[k]);
		if (k > 0)
			fputs(tsv ? "\t" : "  ", out);
		print_cell(r ? value_of(r, t->column.name[k]) : t->column.name[k], k + 1 < t->column.n || right ? t->width[k] : 0, right);
	}
	putc('\n', out);
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "MODEL...", "Compare models: what differs, and what they reached.", 1, -1);
	struct table t = { .runs = argc - operand };

	out = file_out(output, false);
	t.run = xcalloc((size_t)t.runs, sizeof *t.run);
	for (int i = 0; i < t.runs; i++)
		t.run[i] = facts_read(argv[operand + i], all ? tsv ? ID_SIZE : FACT_ID : 0);
	if (grouping)
		group(&t);
	choose_columns(&t);
	sort(&t);
	measure(&t);
	print_line(&t, NULL);
	for (int i = 0; i < t.runs; i++)
		print_line(&t, &t.run[i]);
	file_done(out);
	return 0;
}
