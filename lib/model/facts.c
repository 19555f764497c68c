#include "model/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "model/compute.h"
#include "model/history.h"
#include "model/stages.h"
#include "net/parse.h"
#include "sys/file.h"

void
facts_add(struct facts *r, struct fact c)
{
	if (names_find(&r->keys, c.key) >= 0)
		return;
	if (r->n % 64 == 0)
		r->fact = xrealloc(r->fact, (size_t)r->n + 64, sizeof *r->fact);
	r->fact[r->n++] = c;
	names_add(&r->keys, c.key);
}

static void
set(struct facts *r, enum topic about, char *key, char *value)
{
	facts_add(r, (struct fact){ about, key, value, NULL });
}

struct fact *
facts_find(const struct facts *r, const char *key)
{
	const int i = names_find(&r->keys, key);

	return i < 0 ? NULL : &r->fact[i];
}

/* A model may be trained several times: "0.1, 0.01" */
static void
join(struct facts *r, const char *key, char *value)
{
	struct fact *c = facts_find(r, key);

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
set_network(struct facts *r, const struct network *net)
{
	char value[128];

	set(r, OF_RUN, xstrdup("network"), network_words(net));
	for (int i = 0; i < net->layers; i++) {
		const struct layer *l = &net->layer[i];
		for (int k = 0; l->type->options && l->type->options[k].name; k++)
			set(r, OF_LAYER, text("%s.%s", l->name, l->type->options[k].name),
			    xstrdup(layer_option_text(l, k, value, sizeof value)));
		if (l->params)
			set(r, OF_LAYER, text("%s.trainable", l->name), xstrdup(l->frozen ? "false" : l->trains ? l->trains : "true"));
	}
}

/* ---- where it came from ---- */

static void
set_inputs(struct facts *r, const struct meta *made, const char *who)
{
	static const char *const trained_on[] = { "train", "val" };
	char *id[8];
	int n;

	if (!meta_texts(made, "inputs", 8, &n, id))
		return;
	for (int i = 0; i < n; i++) {
		char *key = !strcmp(who, "cnn-train") && i < 2 ? text("%s", trained_on[i]) : text("%s.input%d", who, i + 1);
		join(r, key, text("%.*s", FACT_ID, id[i]));
		free(key);
		free(id[i]);
	}
}

static void
set_made_by(struct facts *r, const struct header *h)
{
	for (int i = 0; i < h->made; i++) {
		char *who;
		uint64_t seed;
		if (!meta_text(&h->made_by[i], "program", &who))
			continue;
		char *key = !strcmp(who, "cnn-train") ? text("seed") : text("%s.seed", who);
		if (meta_uint(&h->made_by[i], "seed", &seed))
			join(r, key, text("%" PRIu64, seed));
		char *const arithmetic = made_arithmetic(&h->made_by[i]);
		if (arithmetic)
			join(r, "arithmetic", arithmetic);
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
set_real(struct facts *r, const char *key, const struct meta *event, const char *of)
{
	double v;

	if (!meta_real(event, of, &v))
		return;
	facts_add(r, (struct fact){ OF_RESULT, xstrdup(key), text("%.9g", v), text("%.4f", v) });
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
set_results(struct facts *r, const struct model *m)
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

/* ---- all ---- */

struct facts
facts_read(const char *path, int id)
{
	struct facts r = { 0 };
	struct model m;

	model_read(&m, path);
	set(&r, OF_RESULT, xstrdup("model"), xstrdup(file_name_in(path)));
	if (id)
		set(&r, OF_RESULT, xstrdup("id"), text("%.*s", id, m.id));
	set_network(&r, &m.net);
	stages_each(&m.head.meta, join_option, &r);
	set_made_by(&r, &m.head);
	for (int i = 0; i < r.n; i++)
		if (r.fact[i].about == OF_RUN && strcmp(r.fact[i].key, "epochs"))
			shorten(r.fact[i].value);
	set_results(&r, &m);
	model_free(&m);
	return r;
}
