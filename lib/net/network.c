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

enum { SERIAL = 8192 }; /* fewer numbers are written before another thread has begun */

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

/* ---- stretches ----
 *
 * Consecutive layers whose samples do not mix run over one piece of the batch after the other, each piece through all of them
 * while it is warm in the cache, the pieces in parallel. Such a stretch begins (forward) or ends (backward) at a layer
 * that needs the whole batch first. In between, what only the next layer reads stays in the worker's own memory. */

static bool
batch_only(const struct layer *l)
{
	return !l->type->forward;
}

/* Does layer i read a whole array? The logits are read by the caller, too. */
static bool
begins_forward(const struct network *m, int i, bool training)
{
	const struct layer *l = &m->layer[i];

	if (idle(l, training))
		return false;
	return (l->type->batch_forward && (training || batch_only(l))) || (i == m->logits && !l->save);
}

static int
stretch_end(const struct network *m, int from, int end, bool training)
{
	int to = from + 1;

	while (to < end && !begins_forward(m, to, training))
		to++;
	return to;
}

static int
stretch_begin(const struct network *m, int to, int begin)
{
	int from = to - 1;

	while (from > begin && !m->layer[from - 1].type->batch_backward)
		from--;
	return from;
}

/* ---- the plan ---- */

/* The largest of what the layers ask for; they use it one after the other. */
struct largest {
	size_t out, dx, save, partial, gradient, scratch;
};

/* Gradients of one stretch lie behind each other. Returns the numbers of the largest. */
static size_t
find_largest_gradient(const struct network *m)
{
	size_t most = 0, sum = 0;

	for (int i = m->layers - 1; i >= 0; i--) {
		const struct layer *l = &m->layer[i];
		sum = (l->type->batch_backward ? 0 : sum) + l->gradient;
		most = larger(most, sum);
	}
	return most;
}

static struct largest
find_largest(const struct network *m)
{
	struct largest most = { .gradient = find_largest_gradient(m) };

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

/* Saved for more than a piece: by layers that take the batch as a whole, and the logits, which stay. */
static bool
saves_whole(const struct network *m, int i)
{
	return batch_only(&m->layer[i]) || i == m->logits;
}

/* Otherwise two arrays take turns between the stretches. */
static void
take_outputs_in_turns(struct network *m, struct arena *a, const struct largest *most)
{
	size_t size = 0;

	for (int i = 0; i < 2; i++)
		m->y[i] = arena_take(a, bytes((size_t)m->batch, most->out, sizeof(real)));
	for (int i = 0; i < m->layers; i++)
		size = larger(size, saves_whole(m, i) ? m->layer[i].save : 0);
	void *save = arena_take(a, bytes((size_t)m->batch, size, 1));
	for (int i = 0; i < m->layers; i++)
		m->pass[i].save = saves_whole(m, i) ? save : NULL;
}

static void
take_gradients(struct network *m, struct arena *a, const struct largest *most)
{
	const size_t size = bytes((size_t)m->batch, most->dx, sizeof(real)), pieces = (size_t)piece_count(m->batch);

	m->dw = arena_take(a, bytes(m->trained, sizeof(real), 1));
	m->dx[0] = arena_take(a, size);
	m->dx[1] = arena_take(a, size);
	real *gradient = arena_take(a, bytes(pieces, most->gradient, sizeof(real))), *next = gradient;
	for (int i = m->layers - 1; gradient && i >= 0; i--) {
		const struct layer *l = &m->layer[i];
		if (l->type->batch_backward)
			next = gradient;
		m->pass[i].gradient = next;
		next += pieces * l->gradient;
	}
}

/* Samples of the largest piece of any batch up to the plan's. */
static size_t
largest_piece(int batch)
{
	int most = 0;

	for (int n = batch; n > 0 && n > batch - PIECES; n--) {
		int i0, i1;
		piece_range(n, piece_count(n) - 1, &i0, &i1);
		most = i1 - i0 > most ? i1 - i0 : most;
	}
	return (size_t)most;
}

/* What a worker has for itself: two arrays that take turns inside a stretch, what is saved there, scratch. */
static void
take_local(struct network *m, struct arena *a, const struct largest *most)
{
	const size_t samples = largest_piece(m->batch);

	m->local_turn = (bytes(samples, m->training ? most->dx : most->out, sizeof(real)) + 63) / 64 * 64;
	m->local_save = m->training ? 0 : (bytes(samples, most->save, 1) + 63) / 64 * 64;
	m->local_size = 2 * m->local_turn + m->local_save;
	m->local = arena_take(a, bytes((size_t)m->workers, m->local_size, 1));
	char *scratch = arena_take(a, bytes((size_t)m->workers, most->scratch, 1));
	for (int i = 0; i < m->layers; i++) {
		m->pass[i].scratch = scratch;
		m->pass[i].scratch_size = most->scratch;
	}
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
	take_local(m, a, &most);
	real *partial = arena_take(a, bytes(PIECES, most.partial, sizeof(real)));
	for (int i = 0; i < m->layers; i++) {
		m->pass[i].keep = arena_take(a, m->layer[i].keep);
		m->pass[i].partial = partial;
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

/* ---- forward ---- */

/* Layers from..to-1 over the pieces of a batch. */
struct run {
	const struct network *m;
	int from, to, n;
	fill_fn *fill; /* NULL: x is there */
	void *ctx;
	real *x;
};

static void *
local_turn(const struct network *m, int worker, int turn)
{
	return m->local + (size_t)worker * m->local_size + (size_t)(turn % 2) * m->local_turn;
}

static void *
local_save(const struct network *m, int worker)
{
	return m->local + (size_t)worker * m->local_size + 2 * m->local_turn;
}

static void
fill_piece(const struct run *r, int piece)
{
	int i0, i1;

	piece_range(r->n, piece, &i0, &i1);
	r->fill(r->ctx, i0, i1 - i0, r->x + (size_t)i0 * layer_out(&r->m->layer[0]));
}

/* Arrays that the pass of the batch leaves NULL are the worker's own. */
static void
forward_piece(int piece, int worker, void *ctx)
{
	const struct run *r = ctx;
	const struct network *m = r->m;
	const real *x = NULL;

	if (r->fill)
		fill_piece(r, piece);
	for (int i = r->from, turn = 0; i < r->to; i++) {
		const struct layer *l = &m->layer[i];
		if (idle(l, m->pass[i].training) || batch_only(l))
			continue;
		struct pass p = layer_piece(l, &m->pass[i], piece, worker);
		p.x = p.x ? p.x : x;
		p.y = p.y ? p.y : local_turn(m, worker, turn++);
		p.save = p.save ? p.save : local_save(m, worker);
		l->type->forward(l, &p);
		x = p.y;
	}
}

/* The last layer of from..to-1 that is not passed over, or from - 1. */
static int
last_busy(const struct network *m, int from, int to, bool training)
{
	int i = to - 1;

	while (i >= from && idle(&m->layer[i], training))
		i--;
	return i;
}

/* Sets x and y of the layers, and returns the last y. */
static const real *
hand_on(struct network *m, const struct run *r, const real *x, bool training)
{
	const int last = last_busy(m, r->from, r->to, training);
	bool local = false;

	for (int i = r->from; i < r->to; i++) {
		struct pass *p = &m->pass[i];
		p->x = local ? NULL : x;
		if (idle(&m->layer[i], training))
			continue;
		if (!m->training) {
			local = i != last && !batch_only(&m->layer[i]);
			p->y = local ? NULL : m->y[m->turn ^= 1];
		}
		assert(p->y || local);
		x = p->y;
	}
	return x;
}

/* Numbers that the pieces write. */
static size_t
numbers(const struct run *r, bool training)
{
	size_t sum = r->fill ? layer_out(&r->m->layer[0]) : 0;

	for (int i = r->from; i < r->to; i++)
		if (!idle(&r->m->layer[i], training) && !batch_only(&r->m->layer[i]))
			sum += layer_out(&r->m->layer[i]);
	return sum * (size_t)r->n;
}

static const real *
forward_stretch(struct network *m, struct run *r, const real *x)
{
	const bool training = m->pass[0].training;
	const struct layer *first = &m->layer[r->from];

	const real *y = hand_on(m, r, x, training);
	if (begins_forward(m, r->from, training) && first->type->batch_forward)
		first->type->batch_forward(first, &m->pass[r->from]);
	const size_t work = numbers(r, training);
	if (work)
		par_for_if(work >= SERIAL, piece_count(r->n), forward_piece, r);
	return y;
}

static const real *
forward_from(struct network *m, struct run r, const real *x, int end)
{
	for (; r.from < end; r.from = r.to) {
		r.to = stretch_end(m, r.from, end, m->pass[0].training);
		x = forward_stretch(m, &r, x);
		r.fill = NULL;
	}
	return x;
}

static void
begin(struct network *m, int n, bool training, uint64_t key, int end)
{
	assert(n > 0 && n <= m->batch && (m->training || !training) && par_count() <= m->workers);
	m->turn = 0;
	for (int i = 0; i < end; i++) {
		struct pass *p = &m->pass[i];
		p->n = n;
		p->training = training;
		p->keeps = m->training;
		p->key = rng_key(key, "layer", (uint64_t)i);
		if (m->layer[i].type->prepare)
			m->layer[i].type->prepare(&m->layer[i], p);
	}
}

const real *
network_forward(struct network *m, int n, const real *x, bool training, uint64_t key, int last)
{
	const int end = last < 0 ? m->layers : last + 1;

	begin(m, n, training, key, end);
	return forward_from(m, (struct run){ .m = m, .n = n }, x, end);
}

const real *
network_forward_fill(struct network *m, int n, fill_fn *fill, void *ctx, real *x, bool training, uint64_t key)
{
	begin(m, n, training, key, m->layers);
	return forward_from(m, (struct run){ .m = m, .n = n, .fill = fill, .ctx = ctx, .x = x }, x, m->layers);
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

/* ---- backward ---- */

static void
backward_piece(int piece, int worker, void *ctx)
{
	const struct run *r = ctx;
	const struct network *m = r->m;
	real *dy = NULL;

	for (int i = r->to - 1, turn = 0; i >= r->from; i--) {
		const struct layer *l = &m->layer[i];
		if (idle(l, m->pass[i].training) || batch_only(l))
			continue;
		struct pass p = layer_piece(l, &m->pass[i], piece, worker);
		p.dy = p.dy ? p.dy : dy;
		if (i > m->first && !p.dx)
			p.dx = local_turn(m, worker, turn++);
		if (l->gradient)
			memset(p.gradient, 0, l->gradient * sizeof *p.gradient);
		if (p.dx || l->params)
			l->type->backward(l, &p);
		dy = p.dx;
	}
}

/* Blocks of the stretch's gradients run at the same time; within an element the pieces are added in order. */
enum { SUM_BLOCK = 4096 };

static int
sum_blocks(const struct layer *l)
{
	return (int)((l->gradient + SUM_BLOCK - 1) / SUM_BLOCK);
}

static void
sum_block(int block, int worker, void *ctx)
{
	(void)worker;
	const struct run *r = ctx;
	int i = r->from;

	while (block >= sum_blocks(&r->m->layer[i]))
		block -= sum_blocks(&r->m->layer[i++]);
	const struct layer *l = &r->m->layer[i];
	const size_t from = (size_t)block * SUM_BLOCK, n = l->gradient - from < SUM_BLOCK ? l->gradient - from : SUM_BLOCK;
	const real *piece = r->m->pass[i].gradient + from;
	real *sum = l->param[0].dw + from; /* those of the other parameters stand behind */

	memcpy(sum, piece, n * sizeof *sum);
	for (int k = 1; k < piece_count(r->n); k++)
		kern->add(n, piece + (size_t)k * l->gradient, sum);
}

static void
sum_gradients(struct run *r)
{
	int blocks = 0;

	for (int i = r->from; i < r->to; i++)
		blocks += sum_blocks(&r->m->layer[i]);
	par_for(blocks, sum_block, r);
}

static int
first_busy(const struct network *m, int from, int to, bool training)
{
	while (from < to && idle(&m->layer[from], training))
		from++;
	return from;
}

/* Sets dy and dx of the layers, and returns the last dx. */
static real *
hand_back(struct network *m, const struct run *r, real *dy, int softmax)
{
	const bool training = m->pass[0].training;
	const int first = first_busy(m, r->from, r->to, training);
	bool local = false;

	for (int i = r->to - 1; i >= r->from; i--) {
		struct pass *p = &m->pass[i];
		assert(p->n == r->n);
		if (idle(&m->layer[i], training))
			continue;
		p->from_logits = i == softmax;
		p->dy = local ? NULL : dy;
		local = i != first && !batch_only(&m->layer[i]);
		p->dx = i <= m->first || local ? NULL : m->dx[m->turn ^= 1];
		dy = p->dx;
	}
	return dy;
}

static real *
backward_stretch(struct network *m, struct run *r, real *dy, int softmax)
{
	const bool training = m->pass[0].training;
	const struct layer *top = &m->layer[r->to - 1];

	real *dx = hand_back(m, r, dy, softmax);
	if (top->type->batch_backward && !idle(top, training))
		top->type->batch_backward(top, &m->pass[r->to - 1]);
	const size_t work = numbers(r, training);
	if (work)
		par_for_if(work >= SERIAL, piece_count(r->n), backward_piece, r);
	sum_gradients(r);
	return dx;
}

/* Gradients back through layers down to `first`, from dy at the output, or before the softmax of that layer; returns the
 * gradient at the input of `first`, NULL when that was not planned for. */
static real *
back(struct network *m, int n, real *dy, int softmax, int first)
{
	for (int to = softmax < 0 ? m->layers : softmax + 1, from; to > first; to = from) {
		from = stretch_begin(m, to, first);
		dy = backward_stretch(m, &(struct run){ .m = m, .from = from, .to = to, .n = n }, dy, softmax);
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
