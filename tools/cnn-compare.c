/* cnn-compare: a table of trained models: what differs between them, and what they reached */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/names.h"
#include "base/opt.h"
#include "base/table.h"
#include "model/history.h"
#include "model/stages.h"
#include "net/text.h"
#include "sys/file.h"

static bool tsv, all;
static const char *sort_key = "val_accuracy", *output;
static FILE *out;

static const struct opt opts[] = {
	{ 't', "tsv", OPT_FLAG, &tsv, NULL, "tab-separated, for programs", 0, 0, NULL },
	{ 's', "sort", OPT_TEXT, &sort_key, "COLUMN", "sort by COLUMN: accuracies largest first, others smallest first", 0, 0,
	  NULL },
	{ 'a', "all", OPT_FLAG, &all, NULL, "also columns that are the same in all models, and ids", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

enum { ID_SHOWN = 8 };

/* What is known of a model, as texts. */
enum topic { OF_LAYER, OF_RUN, OF_RESULT };
struct cell {
	enum topic about;
	char *key, *value;
	char *rounded; /* for people; NULL: as it is */
};
struct run {
	int n;
	struct cell *cell;
	struct names keys; /* of the cells: whichever stands first */
};

static void
add(struct run *r, struct cell c)
{
	if (names_find(&r->keys, c.key) >= 0)
		return;
	if (r->n % 64 == 0)
		r->cell = xrealloc(r->cell, (size_t)r->n + 64, sizeof *r->cell);
	r->cell[r->n++] = c;
	names_add(&r->keys, c.key);
}

static void
set(struct run *r, enum topic about, char *key, char *value)
{
	add(r, (struct cell){ about, key, value, NULL });
}

static struct cell *
find(const struct run *r, const char *key)
{
	const int i = names_find(&r->keys, key);

	return i < 0 ? NULL : &r->cell[i];
}

/* A model may be trained several times: "0.1, 0.01" */
static void
join(struct run *r, const char *key, char *value)
{
	struct cell *c = find(r, key);

	if (!c) {
		set(r, OF_RUN, xstrdup(key), value);
		return;
	}
	char *both = text("%s, %s", c->value, value);
	free(c->value);
	free(value);
	c->value = both;
}

/* "sgd, sgd" to "sgd" */
static void
shorten(char *value)
{
	size_t n = strcspn(value, ",");
	const char *p = value + n;

	while (!strncmp(p, ", ", 2) && !strncmp(p + 2, value, n) && (p[2 + n] == ',' || !p[2 + n]))
		p += 2 + n;
	if (!*p)
		value[n] = '\0';
}

/* ---- the network ---- */

static bool
is_required(const struct layer *l)
{
	return l->type->options && l->type->options[0].name && !l->type->options[0].standard;
}

/* "conv2d:16", and where it reads other layers than the line before, "add(in,change)" */
static char *
layer_word(const struct layer *l)
{
	char value[128] = "";

	if (is_required(l))
		layer_option_text(l, 0, value, sizeof value);
	return text("%s%s%s%s%s%s", l->type->name, *value ? ":" : "", value, l->from ? "(" : "", l->from ? l->from : "",
	            l->from ? ")" : "");
}

/* "2*conv2d:16 maxpool2d flatten dense:10" */
static char *
network_words(const struct network *net)
{
	char *words = NULL, *next = NULL;
	size_t size;
	FILE *f = file_memory(&words, &size);

	for (int i = 1, n; i < net->layers; i += n) {
		char *word = layer_word(&net->layer[i]);
		for (n = 1; i + n < net->layers; n++) {
			free(next);
			next = layer_word(&net->layer[i + n]);
			if (strcmp(word, next))
				break;
		}
		fputs(i > 1 ? " " : "", f);
		if (n > 1)
			fprintf(f, "%d*", n);
		fputs(word, f);
		free(word);
	}
	free(next);
	file_memory_done(f, &words);
	return words;
}

static void
set_network(struct run *r, const struct network *net)
{
	char value[128];

	set(r, OF_RUN, xstrdup("network"), network_words(net));
	for (int i = 0; i < net->layers; i++) {
		const struct layer *l = &net->layer[i];
		for (int k = 0; l->type->options && l->type->options[k].name; k++)
			set(r, OF_LAYER, text("%s.%s", l->name, l->type->options[k].name),
			    xstrdup(layer_option_text(l, k, value, sizeof value)));
		if (l->params)
			set(r, OF_LAYER, text("%s.trainable", l->name), xstrdup(l->frozen ? "false" : "true"));
	}
}

/* ---- where it came from ---- */

static void
set_inputs(struct run *r, const struct meta *made, const char *who)
{
	static const char *const trained_on[] = { "train", "val" };
	char *id[8];
	int n;

	if (!meta_texts(made, "inputs", 8, &n, id))
		return;
	for (int i = 0; i < n; i++) {
		char *key = !strcmp(who, "cnn-train") && i < 2 ? text("%s", trained_on[i]) : text("%s.input%d", who, i + 1);
		join(r, key, text("%.*s", ID_SHOWN, id[i]));
		free(key);
		free(id[i]);
	}
}

static void
set_made_by(struct run *r, const struct header *h)
{
	for (int i = 0; i < h->made; i++) {
		char *who, *isa;
		uint64_t seed;
		if (!meta_text(&h->made_by[i], "program", &who))
			continue;
		char *key = !strcmp(who, "cnn-train") ? text("seed") : text("%s.seed", who);
		if (meta_uint(&h->made_by[i], "seed", &seed))
			join(r, key, text("%" PRIu64, seed));
		if (meta_text(&h->made_by[i], "isa", &isa))
			join(r, "isa", isa);
		set_inputs(r, &h->made_by[i], who);
		free(key);
		free(who);
	}
}

static void
join_option(void *run, const char *stage, const char *option, const char *value, const char *nature)
{
	(void)stage;
	(void)nature;
	join(run, option, xstrdup(value));
}

/* ---- what it reached ---- */

static void
set_real(struct run *r, const char *key, const struct meta *event, const char *of)
{
	double v;

	if (!meta_real(event, of, &v))
		return;
	add(r, (struct cell){ OF_RESULT, xstrdup(key), text("%.9g", v), text("%.4f", v) });
}

/* The event where `key` is best; without keys where none has it. The caller frees it. */
static struct meta
best_event(const struct model *m, const char *key, int sign)
{
	const int i = history_best(m, key, sign, 0);
	struct meta event = { 0 };

	if (i >= 0)
		events_get(&m->events, i, &event);
	return event;
}

/* Warnings are events, too, so the last epoch need not be the last event. */
static void
set_results(struct run *r, const struct model *m)
{
	struct meta last = best_event(m, "epoch", 1), lowest = best_event(m, "val_loss", -1), best = best_event(m, "val_accuracy", 1);
	int64_t epoch;

	set(r, OF_RESULT, xstrdup("parameters"), text("%zu", m->net.weights));
	set(r, OF_RESULT, xstrdup("epochs_done"), text("%" PRId64, meta_int(&last, "epoch", &epoch) ? epoch : 0));
	set_real(r, "loss", &last, "loss");
	set_real(r, "accuracy", &last, "accuracy");
	set_real(r, "val_loss", &last, "val_loss");
	set_real(r, "val_accuracy", &last, "val_accuracy");
	set_real(r, "best_val_accuracy", &best, "val_accuracy");
	set_real(r, "best_val_loss", &lowest, "val_loss");
	if (meta_int(&lowest, "epoch", &epoch))
		set(r, OF_RESULT, xstrdup("at_epoch"), text("%" PRId64, epoch));
	meta_free(&best);
	meta_free(&lowest);
	meta_free(&last);
}

static struct run
read_run(const char *path)
{
	struct run r = { 0 };
	struct model m;

	model_read(&m, path);
	set(&r, OF_RESULT, xstrdup("model"), xstrdup(file_name_in(path)));
	if (all)
		set(&r, OF_RESULT, xstrdup("id"), text("%.*s", tsv ? ID_SIZE : ID_SHOWN, m.id));
	set_network(&r, &m.net);
	stages_each(&m.head.meta, join_option, &r);
	set_made_by(&r, &m.head);
	for (int i = 0; i < r.n; i++)
		if (r.cell[i].about == OF_RUN && strcmp(r.cell[i].key, "epochs"))
			shorten(r.cell[i].value);
	set_results(&r, &m);
	model_free(&m);
	return r;
}

/* ---- columns ---- */

struct table {
	int runs;
	struct run *run;
	struct names column;
	int *width;
};

/* Results stand always. The rest where models differ; options of layers that not all have are told by `network`. */
static bool
is_shown(const struct table *t, const struct cell *c)
{
	bool differ = false;

	for (int i = 0; i < t->runs; i++) {
		const struct cell *other = find(&t->run[i], c->key);
		if (!other && c->about == OF_LAYER)
			return false;
		differ |= !other || strcmp(other->value, c->value);
	}
	return differ || all || c->about == OF_RESULT;
}

/* In the order in which models first tell of them; results last. */
static void
choose_columns(struct table *t)
{
	names_add(&t->column, "model");
	for (int results = 0; results < 2; results++)
		for (int i = 0; i < t->runs; i++)
			for (int k = 0; k < t->run[i].n; k++) {
				const struct cell *c = &t->run[i].cell[k];
				if ((c->about == OF_RESULT) == results && names_find(&t->column, c->key) < 0 && is_shown(t, c))
					names_add(&t->column, c->key);
			}
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
belongs_before(const struct run *a, const struct run *b)
{
	const struct cell *u = find(a, sort_key), *v = find(b, sort_key);

	return u && (!v || by_value(u->value, v->value) < 0);
}

static void
sort(struct table *t)
{
	bool known = !strcmp(sort_key, "val_accuracy");

	for (int i = 0; i < t->runs; i++)
		known |= find(&t->run[i], sort_key) != NULL;
	if (!known)
		die(EX_USAGE, "--sort %s: no model has it; cnn-compare --all shows the columns", sort_key);
	for (int i = 1; i < t->runs; i++) {
		const struct run r = t->run[i];
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
value_of(const struct run *r, const char *key)
{
	const struct cell *c = find(r, key);

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

/* Numbers stand at the right; a column of numbers takes its name along. */
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
print_line(const struct table *t, const struct run *r)
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
		t.run[i] = read_run(argv[operand + i]);
	choose_columns(&t);
	sort(&t);
	measure(&t);
	print_line(&t, NULL);
	for (int i = 0; i < t.runs; i++)
		print_line(&t, &t.run[i]);
	file_done(out);
	return 0;
}
