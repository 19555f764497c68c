#include "net/network.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/die.h"
#include "base/par.h"
#include "base/rng.h"
#include "net/initializer.h"
#include "net/parse.h"

static char message[2048];

static const char *
wrong(const struct layer *l, const char *fmt, ...)
{
	int used = l ? snprintf(message, sizeof message, "line %d: %s: ", l->line, l->name[0] ? l->name : l->type->name) : 0;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message + used, sizeof message - (size_t)used, fmt, ap);
	va_end(ap);
	return message;
}

static bool
lower(char c)
{
	return c >= 'a' && c <= 'z';
}

/* MaxPooling2D: max_pooling2d; PReLU: p_re_lu */
static void
snake_case(const char *keras, char *name)
{
	for (int i = 0; keras[i]; i++) {
		const bool upper = keras[i] >= 'A' && keras[i] <= 'Z';
		if (i && upper && (lower(keras[i - 1]) || lower(keras[i + 1])))
			*name++ = '_';
		*name++ = (char)(upper ? keras[i] - 'A' + 'a' : keras[i]);
	}
	*name = 0;
}

/* Keras counts the layers of a class that were not given a name: conv2d, conv2d_1, ... */
static void
name_layers(struct network *m)
{
	int *count = xcalloc((size_t)m->layers, sizeof *count);

	for (int i = 0; i < m->layers; i++) {
		struct layer *l = &m->layer[i];
		int before = i - 1;
		while (before >= 0 && (m->layer[before].type != l->type || count[before] == 0))
			before--;
		if (l->name[0])
			continue;
		count[i] = before < 0 ? 1 : count[before] + 1;
		snake_case(l->type->keras, l->name);
		if (count[i] > 1)
			sprintf(l->name + strlen(l->name), "_%d", count[i] - 1);
	}
	free(count);
}

/* ---- names: a hash table of layers, linear probing, at most half full ---- */

static uint32_t
hash(const char *name, size_t length)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < length; i++)
		h = (h ^ (unsigned char)name[i]) * 16777619u;
	return h;
}

/* The place of a name in the table: of the layer that has it, or where it would go. */
static int *
place(const struct network *m, const char *name, size_t length)
{
	uint32_t at = hash(name, length) % (uint32_t)m->places;

	while (m->place[at] >= 0) {
		const char *taken = m->layer[m->place[at]].name;
		if (strlen(taken) == length && !memcmp(taken, name, length))
			break;
		at = (at + 1) % (uint32_t)m->places;
	}
	return &m->place[at];
}

static const char *
enter_name(struct network *m, int i)
{
	int *const at = place(m, m->layer[i].name, strlen(m->layer[i].name));

	if (*at >= 0)
		return wrong(&m->layer[i], "the layer of line %d has this name already; give one of them another by name=",
		             m->layer[*at].line);
	*at = i;
	return NULL;
}

int
network_find(const struct network *m, const char *name)
{
	return *place(m, name, strlen(name));
}

/* ---- inputs ---- */

static const char *
check_input(const struct network *m)
{
	if (!m->layers)
		return wrong(NULL, "the network text holds no layer; it begins with one like: input 32x32x3");
	for (int i = 0; i < m->layers; i++) {
		const bool input = m->layer[i].type == layer_types[0];
		if (input != (i == 0))
			return wrong(&m->layer[i], input ? "only the first layer may be input" :
			             "the first layer must be input, as in: input 32x32x3");
	}
	if (m->layer[0].from)
		return wrong(&m->layer[0], "reads the input of the network; it takes no from=");
	return NULL;
}

/* Names are entered line by line, so that only layers above are found. */
static const char *
find_input(struct network *m, struct layer *l, const char *name, size_t length)
{
	const int from = *place(m, name, length);

	if (from < 0)
		return wrong(l, "from=%.*s: no layer above has this name", length > 60 ? 60 : (int)length, name);
	if (l->inputs == INPUTS_MAX)
		return wrong(l, "reads more than %d layers", INPUTS_MAX);
	l->input[l->inputs++] = &m->layer[from];
	m->layer[from].readers++;
	return NULL;
}

static const char *
find_inputs(struct network *m, struct layer *l)
{
	const char *what = NULL;

	for (const char *name = l->from ? l->from : l[-1].name; name && !what;) {
		const size_t length = strcspn(name, ",");
		what = find_input(m, l, name, length);
		name = name[length] ? name + length + 1 : NULL;
	}
	if (what)
		return what;
	if (l->type->merges && l->inputs < 2)
		return wrong(l, "merges two or more layers; name them: from=NAME,NAME");
	if (!l->type->merges && l->inputs > 1)
		return wrong(l, "reads one layer, but from= names %d; merge them first, by add or concatenate", l->inputs);
	return NULL;
}

static size_t
names_in(const char *from)
{
	size_t n = 1;

	for (; from && *from; from++)
		n += *from == ',';
	return n < INPUTS_MAX ? n : INPUTS_MAX;
}

static const char *
connect_layers(struct network *m)
{
	const char *what = NULL;
	size_t edges = 0;

	for (int i = 1; i < m->layers; i++)
		edges += names_in(m->layer[i].from);
	m->edge = xcalloc(edges + 1, sizeof *m->edge);
	m->places = 2 * m->layers;
	m->place = xcalloc((size_t)m->places, sizeof *m->place);
	memset(m->place, 0xff, (size_t)m->places * sizeof *m->place);
	for (int i = 0; i < m->layers && !what; i++) {
		struct layer *l = &m->layer[i];
		l->input = i ? l[-1].input + l[-1].inputs : m->edge;
		if (i && (what = find_inputs(m, l)))
			return what;
		what = enter_name(m, i);
	}
	return what;
}

static const char *
check_readers(const struct network *m)
{
	for (int i = 0; i + 1 < m->layers; i++)
		if (!m->layer[i].readers)
			return wrong(&m->layer[i], "no layer reads its output, and only that of the last line is the network's; "
			             "name it in a from=, or leave it out");
	return NULL;
}

/* ---- shapes and parameters ---- */

/* Below 2^31 numbers an array, so that sizes of one sample fit an int. */
static bool
fits(const struct shape *s)
{
	const int64_t count = shape_count(s, 0);

	return count > 0 && count <= INT32_MAX;
}

static const char *
check_params(const struct layer *l)
{
	if (l->params && !strcmp(l->name, "..")) /* elsewhere names of tensors are paths */
		return wrong(l, "name=..: its weights would be called ../%s, which leads out of a folder; take another name",
		             l->param[0].part);
	for (int i = 0; i < l->params; i++) {
		const struct param *p = &l->param[i];
		if (!fits(&p->shape))
			return wrong(l, "%s has 2^31 weights or more", p->part);
		if (p->shape.n < p->init->rank)
			return wrong(l, "%s cannot be %s: it has one dimension only", p->part, p->init->name);
	}
	return NULL;
}

/* Is `part` among the words of trainable=kernel,bias? */
static bool
trains(const struct layer *l, const char *part)
{
	const size_t length = strlen(part);

	for (const char *word = l->trains; *word; word += strcspn(word, ","), word += *word == ',')
		if (strcspn(word, ",") == length && !strncmp(word, part, length))
			return true;
	return false;
}

/* trainable=kernel,bias: fixes the others. Returns NULL, or what is wrong. */
static const char *
fix_params(struct layer *l)
{
	size_t named = 0, length = strlen(l->trains) + 1;
	char list[256] = "";

	for (int j = 0; j < l->params; j++) {
		struct param *p = &l->param[j];
		if (p->fixed)
			continue;
		snprintf(list + strlen(list), sizeof list - strlen(list), ", %s", p->part);
		p->fixed = !trains(l, p->part);
		named += p->fixed ? 0 : strlen(p->part) + 1;
	}
	return named == length ? NULL : wrong(l, "trainable=%.60s: needs false, true, or some of its trained parameters%s%s", l->trains,
	                                      *list ? ": " : "; it has none", *list ? list + 2 : "");
}

/* Where the trained parameters lie among those with gradients: one after the other. */
static const char *
take_gradients(struct layer *l)
{
	size_t at = 0, end = 0;

	if (!layer_trained(l))
		l->gradient = 0;
	for (int j = 0; j < l->params && at < l->gradient; j++) {
		const size_t n = (size_t)shape_count(&l->param[j].shape, 0);
		if (!l->param[j].fixed && l->summed && end != at)
			return wrong(l, "trainable=%.60s: leaves out %s, which lies between", l->trains, l->param[j - 1].part);
		if (!l->param[j].fixed) {
			l->summed_from = l->summed ? l->summed_from : at;
			l->summed += n;
			end = at + n;
		}
		at += n;
	}
	return NULL;
}

static void
take_params(struct network *m, struct layer *l)
{
	for (int j = 0; j < l->params; j++) {
		struct param *p = &l->param[j];
		p->fixed |= l->frozen;
		snprintf(p->name, sizeof p->name, "%s/%s", l->name, p->part);
	}
	m->params += l->params;
	m->weights += (size_t)layer_count_params(l, true);
	m->trained += (size_t)layer_count_params(l, false);
}

static const char *
shape_layers(struct network *m)
{
	for (int i = 0; i < m->layers; i++) {
		struct layer *l = &m->layer[i];
		l->param = m->param + m->params;
		if (i)
			l->in = l->input[0]->out;
		const char *what = l->type->shape(l);
		if (what)
			return wrong(l, "%s", what);
		if (!fits(&l->out))
			return wrong(l, "its output has 2^31 numbers a sample or more");
		if ((what = check_params(l)))
			return what;
		if (l->trains && (what = fix_params(l)))
			return what;
		take_params(m, l);
		if ((what = take_gradients(l)))
			return what;
		if (m->weights > INT32_MAX)
			return wrong(l, "the network has 2^31 weights or more up to here");
	}
	return NULL;
}

/* Trained parameters come first in w, in the order of the layers; dw has the same order. */
static void
place_params(struct network *m)
{
	size_t trained = 0, fixed = m->trained;

	for (int i = 0; i < m->params; i++) {
		struct param *p = &m->param[i];
		size_t *const next = p->fixed ? &fixed : &trained;
		p->at = *next;
		*next += (size_t)shape_count(&p->shape, 0);
	}
}

static const char *
build(struct network *m, const char *text)
{
	const int lines = text_lines(text), most = lines < NETWORK_LAYERS ? lines : NETWORK_LAYERS;
	const char *what;

	m->layer = xcalloc((size_t)most, sizeof *m->layer);
	m->param = xcalloc((size_t)most, PARAMS_MAX * sizeof *m->param);
	if ((what = text_parse(text, NETWORK_LAYERS, m->layer, &m->layers)))
		return what;
	if ((what = check_input(m)))
		return what;
	name_layers(m);
	if ((what = connect_layers(m)) || (what = check_readers(m)) || (what = shape_layers(m)))
		return what;
	place_params(m);
	m->text = xstrdup(text);
	m->in = m->layer[0].out;
	m->out = m->layer[m->layers - 1].out;
	return NULL;
}

const char *
network_build(struct network *m, const char *text)
{
	*m = (struct network){ 0 };
	const char *what = build(m, text);
	if (what)
		network_free(m);
	return what;
}

void
network_free(struct network *m)
{
	for (int i = 0; i < m->layers; i++)
		layer_free(&m->layer[i]);
	free(m->layer);
	free(m->param);
	free(m->edge);
	free(m->place);
	free(m->text);
	*m = (struct network){ 0 };
}

/* ---- weights ---- */

real *
network_weights(const struct network *m)
{
	return arena_zeroed((m->weights ? m->weights : 1) * sizeof(real));
}

void
network_init(const struct network *m, real *w, uint64_t seed)
{
	for (int i = 0; i < m->layers; i++)
		for (int j = 0; j < m->layer[i].params; j++) {
			const struct param *p = &m->layer[i].param[j];
			p->init->fill(p, w + p->at, rng_key(seed, "init", (uint64_t)i * PARAMS_MAX + (uint64_t)j));
		}
}

enum { PENALTY_BLOCKS = 64 };

/* The numbers of a parameter, cut into blocks: the same for any number of threads, for the sum of each is rounded by itself. */
struct penalized {
	const struct param *p;
	const real *w;
	real *dw;
	size_t n;
	int blocks;
	double sum[PENALTY_BLOCKS];
};

static struct penalized
penalized(const struct param *p, const real *w, real *dw)
{
	const size_t n = (size_t)shape_count(&p->shape, 0), blocks = (n + SUM_BLOCK - 1) / SUM_BLOCK;

	return (struct penalized){ .p = p, .w = w + p->at, .dw = dw, .n = n, .blocks = blocks < PENALTY_BLOCKS ? (int)blocks : PENALTY_BLOCKS };
}

/* Where a block begins. */
static size_t
block_at(const struct penalized *j, int block)
{
	const size_t size = (j->n + (size_t)j->blocks - 1) / (size_t)j->blocks, at = size * (size_t)block;

	return at < j->n ? at : j->n;
}

static void
sum_block(int block, int worker, void *ctx)
{
	struct penalized *j = ctx;
	const size_t at = block_at(j, block), n = block_at(j, block + 1) - at;

	(void)worker;
	j->sum[block] = 0;
	if (j->p->l1 > 0)
		j->sum[block] += j->p->l1 * kern->sum_abs(n, j->w + at);
	if (j->p->l2 > 0)
		j->sum[block] += j->p->l2 * kern->sum_squares(n, j->w + at);
}

/* dw += 2 l2 w + l1 sign(w) */
static void
add_block(int block, int worker, void *ctx)
{
	const struct penalized *j = ctx;
	const size_t at = block_at(j, block), end = block_at(j, block + 1);

	(void)worker;
	if (j->p->l2 > 0)
		kern->axpy(end - at, (real)(2 * j->p->l2), j->w + at, j->dw + at);
	for (size_t k = at; j->p->l1 > 0 && k < end; k++)
		j->dw[k] += (real)j->p->l1 * (real)((j->w[k] > 0) - (j->w[k] < 0));
}

static bool
has_penalty(const struct param *p)
{
	return p->l1 > 0 || p->l2 > 0;
}

double
network_penalty(const struct network *m, const real *w)
{
	double sum = 0;

	for (int i = 0; i < m->params; i++) {
		struct penalized j = penalized(&m->param[i], w, NULL);
		if (has_penalty(j.p))
			par_for_if(j.n >= SERIAL, j.blocks, sum_block, &j);
		for (int k = 0; has_penalty(j.p) && k < j.blocks; k++)
			sum += j.sum[k];
	}
	return sum;
}

void
network_add_penalties(const struct network *m, const real *w, real *dw)
{
	for (int i = 0; i < m->params; i++) {
		struct penalized j = penalized(&m->param[i], w, dw + m->param[i].at);
		if (!j.p->fixed && has_penalty(j.p))
			par_for_if(j.n >= SERIAL, j.blocks, add_block, &j);
	}
}

/* ---- questions ---- */

/* The layer that computes the output of layer i: layers that are skipped in this mode pass on their input. */
static int
source(const struct network *m, int i, bool training)
{
	while (layer_idle(&m->layer[i], training))
		i = (int)(m->layer[i].input[0] - m->layer);
	return i;
}

int
network_softmax(const struct network *m, bool training)
{
	const int i = source(m, m->layers - 1, training);

	return m->layer[i].act == ACTS ? i : -1;
}

int64_t
layer_count_params(const struct layer *l, bool fixed_too)
{
	int64_t count = 0;

	for (int i = 0; i < l->params; i++)
		if (fixed_too || !l->param[i].fixed)
			count += shape_count(&l->param[i].shape, 0);
	return count;
}
