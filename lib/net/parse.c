/* Network texts: one layer a line, options as name=value, # comments. */
#include "net/parse.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/utf8.h"
#include "base/words.h"
#include "net/initializer.h"

enum { TEXT_LIMIT = 1 << 20 };

static char message[2048];

static const char *
wrong(const struct layer *l, const char *fmt, ...)
{
	int used = snprintf(message, sizeof message, "line %d: ", l->line);
	if (l->type)
		used += snprintf(message + used, sizeof message - (size_t)used, "%s: ", l->type->name);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(message + used, sizeof message - (size_t)used, fmt, ap);
	va_end(ap);
	return message;
}

/* Appends ", name" to a list for a message. */
static void
list_add(char *list, size_t size, const char *name)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, "%s%s", used ? ", " : "", name);
}

static bool
within(const struct option *o, double v)
{
	return v >= o->min && v <= o->max;
}

static bool
parse_size(const struct option *o, const char *s, int *v)
{
	int64_t i;

	if (!parse_int(s, &i) || !within(o, (double)i))
		return false;
	*v = (int)i;
	return true;
}

/* "32x32x3": returns how many sizes, 0: not so. Cuts s. */
static int
parse_sizes(const struct option *o, char *s, int max, int *v)
{
	int n = 0;

	for (char *next; s; s = next) {
		next = strchr(s, 'x');
		if (next)
			*next++ = 0;
		if (n == max || !parse_size(o, s, &v[n++]))
			return 0;
	}
	return n;
}

static bool
parse_pair(const struct option *o, char *s, struct value *v)
{
	int d[2], n = parse_sizes(o, s, 2, d);

	if (!n)
		return false;
	v->i = d[0];
	v->j = d[n - 1];
	return true;
}

static bool
parse_shape(const struct option *o, char *s, struct value *v)
{
	int d[3];

	v->shape = (struct shape){ .n = parse_sizes(o, s, 3, d) };
	for (int i = 0; i < v->shape.n; i++)
		v->shape.d[i] = d[i];
	return v->shape.n > 0;
}

static bool
parse_word(const struct option *o, const char *s, struct value *v)
{
	for (v->i = 0; o->words[v->i]; v->i++)
		if (!strcmp(o->words[v->i], s))
			return true;
	return false;
}

static bool
parse_number(const struct option *o, const char *s, struct value *v)
{
	return parse_real(s, &v->r) && within(o, v->r);
}

static bool
parse_real_or_none(const struct option *o, const char *s, struct value *v)
{
	v->r = NAN;
	return !strcmp(s, "none") || parse_number(o, s, v);
}

/* One number f means -f:f, or from the least allowed number to f if -f is less than that: Keras's rule. */
static bool
parse_interval(const struct option *o, char *s, struct value *v)
{
	char *high = strchr(s, ':');

	if (high)
		*high++ = 0;
	if (!parse_real(high ? high : s, &v->high))
		return false;
	v->r = fmax(0 - v->high, o->min); /* 0 - 0 is not -0 */
	return (!high || parse_real(s, &v->r)) && within(o, v->r) && within(o, v->high) && v->r <= v->high;
}

static bool
parse_value(const struct option *o, const char *s, struct value *v)
{
	char copy[64];

	if (strlen(s) >= sizeof copy)
		return false;
	strcpy(copy, s);
	switch (o->kind) {
	case OPTION_INT: return parse_size(o, copy, &v->i);
	case OPTION_PAIR: return parse_pair(o, copy, v);
	case OPTION_SHAPE: return parse_shape(o, copy, v);
	case OPTION_REAL: return parse_number(o, copy, v);
	case OPTION_REAL_OR_NONE: return parse_real_or_none(o, copy, v);
	case OPTION_INTERVAL: return parse_interval(o, copy, v);
	case OPTION_WORD: return parse_word(o, copy, v);
	case OPTION_ACTIVATION: return activation_parse(copy, v);
	default: return initializer_parse(copy, v);
	}
}

/* "needs ...": what a value of this option looks like. */
static const char *
needs(const struct option *o, char *buf, size_t size)
{
	const char *what[] = {
		[OPTION_INT] = "a whole number", [OPTION_PAIR] = "one or two sizes like 3 or 3x3, each",
		[OPTION_SHAPE] = "sizes like 32x32x3, at most three, each", [OPTION_REAL] = "a number",
		[OPTION_REAL_OR_NONE] = "none or a number",
		[OPTION_INTERVAL] = "one or two numbers like 0.2 or 0.1:0.2, each",
	};
	const char *with_number[] = {
		[OPTION_WORD] = "", [OPTION_ACTIVATION] = " (leakyrelu:SLOPE)", [OPTION_INITIALIZER] = " (constant:VALUE, uniform:LIMIT and normal:DEVIATION, a float; dirac:OTHER)",
	};

	if (o->kind < OPTION_WORD) {
		snprintf(buf, size, "%s from %.12g to %.12g", what[o->kind], o->min, o->max);
		return buf;
	}
	char list[512] = "";
	for (int i = 0; o->words && o->words[i]; i++)
		list_add(list, sizeof list, o->words[i]);
	for (int i = 0; o->kind == OPTION_INITIALIZER && initializers[i].name; i++)
		list_add(list, sizeof list, initializers[i].name);
	snprintf(buf, size, "one of %s%s", list, with_number[o->kind]);
	return buf;
}

static int
option_find(const struct layer_type *t, const char *name)
{
	for (int i = 0; t->options && t->options[i].name; i++)
		if (!strcmp(t->options[i].name, name))
			return i;
	return -1;
}

/* ---- what somebody may have meant ---- */

struct guess {
	const char *written;
	char word[64];
	int distance; /* a nearer word is a better guess; a third of the letters may differ */
};

static struct guess
guess_for(const char *written)
{
	return (struct guess){ .written = written, .distance = (int)strlen(written) / 3 + 1 };
}

/* Where `likely` is what was written, `ours` is meant. */
static void
guess(struct guess *g, const char *likely, const char *before, const char *ours)
{
	const int distance = word_distance(g->written, likely);

	if (distance >= g->distance)
		return;
	g->distance = distance;
	snprintf(g->word, sizeof g->word, "%s%s", before, ours);
}

static const char *
guessed(const struct guess *g, char *buf, size_t size)
{
	*buf = '\0';
	if (*g->word)
		snprintf(buf, size, g->distance ? "did you mean %s? " : "it is called %s here; ", g->word);
	return buf;
}

/* Keras's words for options of ours. */
static const struct {
	const char *keras, *ours;
} spellings[] = {
	{ "kernel_size", "kernel" }, { "pool_size", "pool" }, { "kernel_regularizer", "l2" }, { "height_factor", "height" },
	{ "dilation_rate", "dilation" }, { "width_factor", "width" }, { "fill_mode", "fill" }, { "shared_axes", "shared" },
};

/* What Keras calls layers, and layers that are activations here. A word may come out of a program: layers.Conv2D(32, */
static const char *
unknown_layer(const struct layer *l, const char *word)
{
	char list[1024] = "", buf[128], bare[41];
	const size_t length = strcspn(word, "(");
	const char *dot = memrchr(word, '.', length);

	dot = dot ? dot + 1 : word;
	snprintf(bare, sizeof bare, "%.*s", (int)(word + length - dot), dot);
	struct guess g = guess_for(bare);
	for (int i = 0; layer_types[i]; i++) {
		list_add(list, sizeof list, layer_types[i]->name);
		guess(&g, layer_types[i]->name, "", layer_types[i]->name);
		guess(&g, layer_types[i]->keras, "", layer_types[i]->name);
	}
	for (int i = 0; activation_words[i]; i++)
		guess(&g, activation_words[i], "activation ", activation_words[i]);
	return wrong(l, "unknown layer '%.40s'; %sknown: %s", word, guessed(&g, buf, sizeof buf), list);
}

static const char *
parse_name(struct layer *l, const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	if (l->name[0])
		return wrong(l, "name is given twice");
	if (!*name || strlen(name) > LAYER_NAME_MAX || name[strspn(name, allowed)])
		return wrong(l, "name=%.60s: needs 1 to %d of letters, digits, _ - and .", name, LAYER_NAME_MAX);
	strcpy(l->name, name);
	return NULL;
}

static const char *
parse_from(struct layer *l, const char *names)
{
	if (l->from)
		return wrong(l, "from is given twice; write from=NAME,NAME");
	l->from = xstrdup(names);
	return NULL;
}

static const char *
parse_trainable(struct layer *l, const char *value)
{
	l->frozen = !strcmp(value, "false");
	free(l->trains);
	l->trains = l->frozen || !strcmp(value, "true") ? NULL : xstrdup(value);
	return NULL;
}

/* Options that every layer takes. */
static const struct universal {
	const char *name;
	const char *(*parse)(struct layer *l, const char *value);
} universal[] = {
	{ "name", parse_name },
	{ "from", parse_from },
	{ "trainable", parse_trainable },
	{ 0 },
};

static const char *
unknown_option(const struct layer *l, const char *name)
{
	char list[512] = "", buf[128];
	struct guess g = guess_for(name);

	for (const struct option *o = l->type->options; o && o->name; o++) {
		list_add(list, sizeof list, o->name);
		guess(&g, o->name, "", o->name);
	}
	for (const struct universal *u = universal; u->name; u++) {
		list_add(list, sizeof list, u->name);
		guess(&g, u->name, "", u->name);
	}
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
		if (option_find(l->type, spellings[i].ours) >= 0)
			guess(&g, spellings[i].keras, "", spellings[i].ours);
	if (!strcmp(name, "input_shape"))
		return wrong(l, "input_shape is a line of its own here, the first: input 32x32x3");
	return wrong(l, "unknown option '%.40s'; %sknown: %s", name, guessed(&g, buf, sizeof buf), list);
}

/* One "name=value", or a bare "value" of the first option. */
static const char *
parse_option(struct layer *l, char *word)
{
	char *value = strchr(word, '=');
	int i = 0;

	if (value) {
		*value++ = 0;
		for (const struct universal *u = universal; u->name; u++)
			if (!strcmp(word, u->name))
				return u->parse(l, value);
		i = option_find(l->type, word);
		if (i < 0)
			return unknown_option(l, word);
	} else {
		value = word;
		if (!l->type->options || !l->type->options[0].name)
			return wrong(l, "takes no value, but '%.40s' was given", word);
	}
	const struct option *o = &l->type->options[i];
	if (l->option[i].given)
		return wrong(l, "%s is given twice; write name=value%s", o->name, i ? "" : ", or its value alone once");
	l->option[i].given = true;
	if (parse_value(o, value, &l->option[i]))
		return NULL;
	char buf[640];
	return wrong(l, "%s=%.40s: needs %s", o->name, value, needs(o, buf, sizeof buf));
}

static const char *
fill_defaults(struct layer *l)
{
	for (int i = 0; l->type->options && l->type->options[i].name; i++) {
		const struct option *o = &l->type->options[i];
		if (l->option[i].given)
			continue;
		if (!o->standard)
			return wrong(l, "%s is missing", o->name);
		int other = option_find(l->type, o->standard);
		if (other >= 0) {
			l->option[i] = l->option[other];
			l->option[i].given = false;
		} else if (!parse_value(o, o->standard, &l->option[i]))
			return wrong(l, "the default %s=%s is not valid", o->name, o->standard);
	}
	return NULL;
}

static const char *
find_type(struct layer *l, const char *word)
{
	for (int i = 0; layer_types[i]; i++)
		if (!strcmp(layer_types[i]->name, word)) {
			l->type = layer_types[i];
			return NULL;
		}
	return unknown_layer(l, word);
}

static const char space[] = " \t\r";

/* Cuts the next word off *s; NULL when there is none. */
static char *
next_word(char **s)
{
	char *word = *s + strspn(*s, space);

	if (!*word)
		return NULL;
	*s = word + strcspn(word, space);
	if (**s)
		*(*s)++ = 0;
	return word;
}

/* A line without its comment; leaves l->type NULL when nothing is on it. */
static const char *
parse_line(struct layer *l, char *s)
{
	char *word = next_word(&s);
	if (!word)
		return NULL;

	const char *what = find_type(l, word);
	while (!what && (word = next_word(&s)))
		what = parse_option(l, word);
	return what ? what : fill_defaults(l);
}

/* Cuts the next line off *s, its comment too. */
static char *
next_line(char **s)
{
	char *line = *s;

	*s += strcspn(*s, "\n");
	if (**s)
		*(*s)++ = 0;
	line[strcspn(line, "#")] = 0;
	return line;
}

/* Some editors begin a text with a byte order mark. */
static const char *
after_mark(const char *text)
{
	return text + (strncmp(text, "\xef\xbb\xbf", 3) ? 0 : 3);
}

int
text_lines(const char *text)
{
	int lines = 0;

	text = after_mark(text);
	while (*text) {
		text += strspn(text, space);
		lines += *text && *text != '\n' && *text != '#';
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return lines;
}

#define NOT_UTF8 "not UTF-8; iconv -f latin1 -t utf-8 converts Latin-1"

const char *
text_parse(const char *text, int max, struct layer *layers, int *count)
{
	const char *what = NULL;
	struct layer none = { 0 };

	*count = 0;
	if (strlen(text) > TEXT_LIMIT)
		return "the network text is larger than 1 MiB";
	char *copy = xstrdup(after_mark(text)), *rest = copy;
	while (*rest && !what) {
		struct layer l = { .line = ++none.line };
		what = utf8_is(rest, strcspn(rest, "\n")) ? parse_line(&l, next_line(&rest)) : wrong(&l, NOT_UTF8);
		if (!what && l.type && *count == max)
			what = wrong(&none, "more than %d layers", max);
		if (!what && l.type)
			layers[(*count)++] = l;
		else
			layer_free(&l);
	}
	free(copy);
	return what;
}

/* ---- back to text ---- */

static const char *
sizes_text(const struct shape *s, char *buf, size_t size)
{
	size_t used = 0;

	for (int i = 0; i < s->n && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, i ? "x%d" : "%d", (int)s->d[i]);
	return buf;
}

static const char *
interval_text(const struct value *v, char *buf, size_t size)
{
	char low[32], high[32];

	snprintf(buf, size, "%s:%s", real_text(v->r, low, sizeof low), real_text(v->high, high, sizeof high));
	return buf;
}

const char *
layer_option_text(const struct layer *l, int option, char *buf, size_t size)
{
	const struct option *o = &l->type->options[option];
	const struct value *v = &l->option[option];

	switch (o->kind) {
	case OPTION_INT: snprintf(buf, size, "%d", v->i); break;
	case OPTION_PAIR: snprintf(buf, size, "%dx%d", v->i, v->j); break;
	case OPTION_SHAPE: return sizes_text(&v->shape, buf, size);
	case OPTION_REAL: return real_text(v->r, buf, size);
	case OPTION_REAL_OR_NONE: return isnan(v->r) ? "none" : real_text(v->r, buf, size);
	case OPTION_INTERVAL: return interval_text(v, buf, size);
	case OPTION_WORD: snprintf(buf, size, "%s", o->words[v->i]); break;
	case OPTION_ACTIVATION: activation_text(v, buf, size); break;
	case OPTION_INITIALIZER: initializer_text(v, buf, size); break;
	}
	return buf;
}
