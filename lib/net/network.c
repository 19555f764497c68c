#include "net/network_inside.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/rng.h"
#include "net/initializer.h"
#include "net/text.h"

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

/* MaxPooling2D: max_pooling2d */
static void
snake_case(const char *keras, char *name)
{
	for (int i = 0; keras[i]; i++) {
		const bool upper = keras[i] >= 'A' && keras[i] <= 'Z';
		if (i && upper && keras[i - 1] >= 'a' && keras[i - 1] <= 'z')
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

static const char *
check_names(const struct network *m)
{
	for (int i = 0; i < m->layers; i++) {
		const int first = network_find(m, m->layer[i].name);
		if (first < i)
			return wrong(&m->layer[i], "the layer of line %d has this name already; give one of them another by name=",
			             m->layer[first].line);
	}
	return NULL;
}

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
	return NULL;
}

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
		             l->param[0].name);
	for (int i = 0; i < l->params; i++) {
		const struct param *p = &l->param[i];
		if (!fits(&p->shape))
			return wrong(l, "%s has 2^31 weights or more", p->name);
		if (p->shape.n < p->init->rank)
			return wrong(l, "%s cannot be %s: it has one dimension only", p->name, p->init->name);
	}
	return NULL;
}

static const char *
shape_layers(struct network *m)
{
	int64_t weights = 0;

	for (int i = 0; i < m->layers; i++) {
		struct layer *l = &m->layer[i];
		if (i)
			l->in = m->layer[i - 1].out;
		const char *what = l->type->shape(l);
		if (what)
			return wrong(l, "%s", what);
		if (!fits(&l->out))
			return wrong(l, "its output has 2^31 numbers a sample or more");
		if ((what = check_params(l)))
			return what;
		weights += layer_count_params(l, true);
		m->trained += (size_t)layer_count_params(l, false);
		if (weights > INT32_MAX)
			return wrong(l, "the network has 2^31 weights or more up to here");
	}
	m->weights = (size_t)weights;
	return NULL;
}

/* Finds the layers that may run as one. What lies between them must change nothing in any mode. */
static void
join_layers(struct network *m)
{
	for (int i = 0; i < m->layers; i++) {
		struct layer *l = &m->layer[i], *next = l + 1, *const end = m->layer + m->layers;
		while (next < end && layer_idle(next, true) && layer_idle(next, false))
			next++;
		if (next < end && l->type->joins && l->type->joins(l, next)) {
			l->partner = next;
			next->partner = l;
		}
	}
}

static int
first_trained(const struct network *m)
{
	int i = 0;

	while (i < m->layers && !layer_count_params(&m->layer[i], false))
		i++;
	return i;
}

int
network_last_softmax(const struct network *m, bool training)
{
	int i = m->layers - 1;

	while (i > 0 && layer_idle(&m->layer[i], training))
		i--;
	return m->layer[i].act == ACTS ? i : -1;
}

static const char *
build(struct network *m, const char *text)
{
	const int lines = text_lines(text);
	const char *what;

	m->layer = xcalloc((size_t)(lines < NETWORK_LAYERS ? lines : NETWORK_LAYERS), sizeof *m->layer);
	if ((what = text_parse(text, NETWORK_LAYERS, m->layer, &m->layers)))
		return what;
	if ((what = check_input(m)))
		return what;
	name_layers(m);
	if ((what = check_names(m)))
		return what;
	if ((what = shape_layers(m)))
		return what;
	join_layers(m);
	m->text = xstrdup(text);
	m->in = m->layer[0].out;
	m->out = m->layer[m->layers - 1].out;
	m->first = first_trained(m);
	m->logits = network_last_softmax(m, true);
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
	network_unplan(m);
	arena_free(&m->store);
	free(m->layer);
	free(m->text);
	*m = (struct network){ 0 };
}

/* Trained parameters stand first in w, in the order of the layers; dw goes the same way. */
void
network_weights(struct network *m)
{
	if (m->w)
		return;
	arena_take(&m->store, m->weights * sizeof *m->w);
	arena_back(&m->store);
	real *trained = m->w = arena_take(&m->store, m->weights * sizeof *m->w), *fixed = m->w + m->trained;
	for (int i = 0; i < m->layers; i++)
		for (int j = 0; j < m->layer[i].params; j++) {
			struct param *p = &m->layer[i].param[j];
			real **next = p->fixed ? &fixed : &trained;
			p->w = *next;
			*next += shape_count(&p->shape, 0);
		}
}

void
network_init(struct network *m, uint64_t seed)
{
	network_weights(m);
	for (int i = 0; i < m->layers; i++)
		for (int j = 0; j < m->layer[i].params; j++) {
			const struct param *p = &m->layer[i].param[j];
			p->init->fill(p, rng_key(seed, "init", (uint64_t)i * PARAMS_MAX + (uint64_t)j));
		}
}

double
network_penalty(const struct network *m)
{
	double sum = 0;

	for (int i = 0; i < m->layers; i++)
		for (int j = 0; j < m->layer[i].params; j++) {
			const struct param *p = &m->layer[i].param[j];
			const size_t n = (size_t)shape_count(&p->shape, 0);
			if (p->l1 > 0)
				sum += p->l1 * kern->sum_abs(n, p->w);
			if (p->l2 > 0)
				sum += p->l2 * kern->sum_squares(n, p->w);
		}
	return sum;
}

int
network_find(const struct network *m, const char *name)
{
	for (int i = 0; i < m->layers; i++)
		if (!strcmp(m->layer[i].name, name))
			return i;
	return -1;
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
