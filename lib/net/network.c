#include "net/network.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/par.h"
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

static int
first_trained(const struct network *m)
{
	int i = 0;

	while (i < m->layers && !layer_count_params(&m->layer[i], false))
		i++;
	return i;
}

static bool
idle(const struct layer *l, bool training)
{
	return l->type->idle && l->type->idle(l, training);
}

/* The last layer that does something, when it is or ends in a softmax. */
static int
last_softmax(const struct network *m, bool training)
{
	int i = m->layers - 1;

	while (i > 0 && idle(&m->layer[i], training))
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
	m->text = xstrdup(text);
	m->in = m->layer[0].out;
	m->out = m->layer[m->layers - 1].out;
	m->first = first_trained(m);
	m->logits = last_softmax(m, true);
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

static void
free_plan(struct network *m)
{
	arena_free(&m->arena);
	free(m->pass);
	m->pass = NULL;
	m->dw = NULL;
}

void
network_free(struct network *m)
{
	free_plan(m);
	free(m->w);
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
	real *trained = m->w = xcalloc(m->weights, sizeof *m->w), *fixed = m->w + m->trained;
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

/* Bytes of a x b x c, or more than arena_take gives when they overflow. */
static size_t
bytes(size_t a, size_t b, size_t c)
{
	size_t product;

	if (__builtin_mul_overflow(a, b, &product) || __builtin_mul_overflow(product, c, &product))
		return SIZE_MAX;
	return product;
}

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* The largest of what the layers ask for; they use it one after the other. */
struct largest {
	size_t out, dx, save, partial, scratch;
};

static struct largest
find_largest(const struct network *m)
{
	struct largest most = { 0 };

	for (int i = 0; i < m->layers; i++) {
		const struct layer *l = &m->layer[i];
		if (!idle(l, m->training))
			most.out = larger(most.out, layer_out(l));
		if (i > m->first)
			most.dx = larger(most.dx, layer_in(l));
		most.save = larger(most.save, l->save);
		most.partial = larger(most.partial, l->partial);
		if (l->type->scratch)
			most.scratch = larger(most.scratch, l->type->scratch(l));
	}
	most.scratch = (most.scratch + 63) / 64 * 64;
	return most;
}

/* In training every layer keeps its output and what it saves. */
static void
take_outputs_to_keep(struct network *m, struct arena *a)
{
	for (int i = 0; i < m->layers; i++) {
		const struct layer *l = &m->layer[i];
		if (idle(l, true))
			continue;
		m->pass[i].y = arena_take(a, bytes((size_t)m->batch, layer_out(l), sizeof(real)));
		m->pass[i].save = arena_take(a, bytes((size_t)m->batch, l->save, 1));
	}
}

/* Otherwise two arrays take turns, and one holds what is saved: that of the last softmax, its logits, stays. */
static void
take_outputs_in_turns(struct network *m, struct arena *a, const struct largest *most)
{
	const size_t size = bytes((size_t)m->batch, most->out, sizeof(real));
	real *y[2] = { arena_take(a, size), arena_take(a, size) };
	void *save = arena_take(a, bytes((size_t)m->batch, most->save, 1));

	for (int i = 0, turn = 0; i < m->layers; i++) {
		if (idle(&m->layer[i], false))
			continue;
		m->pass[i].y = y[turn++ % 2];
		m->pass[i].save = save;
	}
}

static void
take_gradients(struct network *m, struct arena *a, const struct largest *most)
{
	const size_t size = bytes((size_t)m->batch, most->dx, sizeof(real));

	m->dw = arena_take(a, bytes(m->trained, sizeof(real), 1));
	m->dx[0] = arena_take(a, size);
	m->dx[1] = arena_take(a, size);
}

/* One walk, taken twice: to count, and to hand out addresses. */
static void
walk(struct network *m, struct arena *a)
{
	const struct largest most = find_largest(m);

	if (m->training) {
		take_outputs_to_keep(m, a);
		take_gradients(m, a, &most);
	} else {
		take_outputs_in_turns(m, a, &most);
	}
	char *scratch = arena_take(a, bytes((size_t)m->workers, most.scratch, 1));
	real *partial = m->training ? arena_take(a, bytes(PIECES, most.partial, sizeof(real))) : NULL;
	for (int i = 0; i < m->layers; i++) {
		struct pass *p = &m->pass[i];
		p->keep = arena_take(a, m->layer[i].keep);
		p->scratch = scratch;
		p->scratch_size = most.scratch;
		p->partial = partial;
	}
}

static void
set_gradients(struct network *m)
{
	real *next = m->dw;

	for (int i = 0; i < m->layers; i++)
		for (int j = 0; j < m->layer[i].params; j++) {
			struct param *p = &m->layer[i].param[j];
			p->dw = p->fixed || !m->dw ? NULL : next;
			if (p->dw)
				next += shape_count(&p->shape, 0);
		}
}

void
network_plan(struct network *m, int batch, bool training)
{
	assert(batch > 0);
	free_plan(m);
	network_weights(m);
	m->batch = batch;
	m->training = training;
	m->workers = par_count();
	m->pass = xcalloc((size_t)m->layers, sizeof *m->pass);
	walk(m, &m->arena);
	arena_back(&m->arena);
	walk(m, &m->arena);
	set_gradients(m);
}

size_t
network_memory(const struct network *m, int batch, bool training)
{
	struct network copy = *m;
	struct arena a = { 0 };

	copy.batch = batch;
	copy.training = training;
	copy.workers = par_count();
	copy.pass = xcalloc((size_t)m->layers, sizeof *copy.pass);
	walk(&copy, &a);
	free(copy.pass);
	return a.used;
}

const real *
network_forward(struct network *m, int n, const real *x, bool training, uint64_t key, int last)
{
	assert(n > 0 && n <= m->batch && (m->training || !training) && par_count() <= m->workers);
	if (last < 0)
		last = m->layers - 1;
	for (int i = 0; i <= last; i++) {
		const struct layer *l = &m->layer[i];
		struct pass *p = &m->pass[i];
		p->n = n;
		p->training = training;
		p->key = rng_key(key, "layer", (uint64_t)i);
		p->x = x;
		if (idle(l, training))
			continue;
		assert(p->y);
		l->type->forward(l, p);
		x = p->y;
	}
	return x;
}

static void
add_penalties(struct network *m)
{
	for (int i = 0; i < m->layers; i++)
		for (int j = 0; j < m->layer[i].params; j++) {
			const struct param *p = &m->layer[i].param[j];
			const size_t n = (size_t)shape_count(&p->shape, 0);
			if (p->l2 > 0)
				kern->axpy(n, (real)(2 * p->l2), p->w, p->dw);
			for (size_t k = 0; p->l1 > 0 && k < n; k++)
				p->dw[k] += (real)p->l1 * (real)((p->w[k] > 0) - (p->w[k] < 0));
		}
}

/* Gradients back through layers down to `first`, from dy at the output, or before the softmax of that layer; returns the
 * gradient at the input of `first`, NULL when that was not planned for. */
static real *
back(struct network *m, int n, real *dy, int softmax, int first)
{
	for (int i = softmax < 0 ? m->layers - 1 : softmax, turn = 0; i >= first; i--) {
		const struct layer *l = &m->layer[i];
		struct pass *p = &m->pass[i];
		assert(p->n == n);
		if (idle(l, p->training))
			continue;
		p->from_logits = i == softmax;
		p->dy = dy;
		p->dx = i > m->first ? m->dx[turn++ % 2] : NULL;
		l->type->backward(l, p);
		dy = p->dx;
	}
	return dy;
}

void
network_backward(struct network *m, int n, real *dy, bool from_logits)
{
	assert(m->training && m->pass[0].training && (!from_logits || m->logits >= 0));
	back(m, n, dy, from_logits ? m->logits : -1, m->first);
	add_penalties(m);
}

const real *
network_gradient(struct network *m, int n, real *dlogits, int layer)
{
	assert(m->training && !m->pass[0].training && layer >= m->first && layer + 1 < m->layers);
	return back(m, n, dlogits, last_softmax(m, false), layer + 1);
}

const real *
network_output(const struct network *m, int layer)
{
	assert(m->training && layer + 1 < m->layers);
	return m->pass[layer + 1].x;
}

const real *
network_logits(const struct network *m)
{
	if (m->logits < 0)
		return NULL;
	return m->layer[m->logits].save ? m->pass[m->logits].save : m->pass[m->logits].x;
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
