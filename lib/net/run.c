/* Forward and backward through the layers. Consecutive layers whose samples do not mix run over one piece of the batch after
 * the other, each piece through all of them while it is warm in the cache, the pieces in parallel. Such a stretch begins
 * (forward) or ends (backward) at a layer that needs the whole batch first. In between, what only the next layer reads
 * stays in the worker's own memory. */
#include <assert.h>
#include <string.h>

#include "base/par.h"
#include "base/rng.h"
#include "net/network_inside.h"

/* ---- stretches ---- */

/* Does layer i read a whole array? The logits are read by the caller, too. */
static bool
begins_forward(const struct network *m, int i, bool training)
{
	const struct layer *l = &m->layer[i];

	if (layer_idle(l, training))
		return false;
	return (l->type->batch_forward && (training || layer_batch_only(l))) || (i == m->logits && !l->save);
}

static int
stretch_end(const struct network *m, int from, int end, bool training)
{
	int to = from + 1;

	while (to < end && !begins_forward(m, to, training))
		to++;
	return to;
}

int
network_stretch_begin(const struct network *m, int to, int begin)
{
	int from = to - 1;

	while (from > begin && !m->layer[from - 1].type->batch_backward)
		from--;
	return from;
}

/* ---- partners ---- */

/* The second of two layers that run as one holds what comes out, the first one does the work. */
static bool
first_of_two(const struct network *m, int i)
{
	return m->pass[i].joined && m->layer[i].partner > &m->layer[i];
}

static bool
second_of_two(const struct network *m, int i)
{
	return m->pass[i].joined && m->layer[i].partner < &m->layer[i];
}

/* In a run of the layers before `end`; but where a gradient goes further back, the layers are on their own. */
static bool
joined(const struct network *m, int i, int end)
{
	const struct layer *l = &m->layer[i], *partner = l->partner;

	if (!partner)
		return false;
	const struct layer *first = l < partner ? l : partner, *second = first->partner;
	return second < m->layer + end && (!m->training || first <= m->layer + m->first);
}

static struct pass
piece_of(const struct network *m, int i, int piece, int worker)
{
	const struct layer *l = &m->layer[i];
	struct pass p = layer_piece(l, &m->pass[i], piece, worker);

	if (p.joined) {
		const struct pass out = layer_piece(l->partner, &m->pass[l->partner - m->layer], piece, worker);
		p.y = out.y;
		p.dy = out.dy;
		p.save = out.save;
	}
	return p;
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

	piece_range(r->n, r->m->pass[0].pieces, piece, &i0, &i1);
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
		if (layer_idle(l, m->pass[i].training) || layer_batch_only(l) || second_of_two(m, i))
			continue;
		struct pass p = piece_of(m, i, piece, worker);
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

	while (i >= from && layer_idle(&m->layer[i], training))
		i--;
	return i;
}

/* Sets x and y of the layers, NULL where they stay with the worker, and returns the last y. */
static const real *
hand_on(struct network *m, const struct run *r, const real *x, bool training)
{
	const int last = last_busy(m, r->from, r->to, training);

	for (int i = r->from; i < r->to; i++) {
		struct pass *p = &m->pass[i];
		p->x = x;
		if (layer_idle(&m->layer[i], training) || first_of_two(m, i))
			continue;
		if (!m->training)
			p->y = i == last || layer_batch_only(&m->layer[i]) ? m->y[m->turn ^= 1] : NULL;
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
		if (!layer_idle(&r->m->layer[i], training) && !layer_batch_only(&r->m->layer[i]))
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
		par_for_if(work >= SERIAL, m->pass[r->from].pieces, forward_piece, r);
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
		p->pieces = piece_count(n, 0);
		p->training = training;
		p->keeps = m->training;
		p->joined = joined(m, i, end);
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
		if (layer_idle(l, m->pass[i].training) || layer_batch_only(l) || second_of_two(m, i))
			continue;
		struct pass p = piece_of(m, i, piece, worker);
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

	/* the gradients of the other parameters stand behind that of the first */
	layer_sum(r->m->pass[i].pieces, l->gradient, r->m->pass[i].gradient + from, n, l->param[0].dw + from);
}

/* The gradients of all layers of the stretch at the same time. */
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
	while (from < to && layer_idle(&m->layer[from], training))
		from++;
	return from;
}

/* Likewise dy and dx, and returns the last dx. */
static real *
hand_back(struct network *m, const struct run *r, real *dy, int softmax)
{
	const bool training = m->pass[0].training;
	const int first = first_busy(m, r->from, r->to, training);

	for (int i = r->to - 1; i >= r->from; i--) {
		struct pass *p = &m->pass[i];
		assert(p->n == r->n);
		p->pieces = piece_count(p->n, p->gradients);
		if (layer_idle(&m->layer[i], training))
			continue;
		p->from_logits = i == softmax;
		p->dy = dy;
		if (second_of_two(m, i))
			continue;
		const bool whole = i == first || layer_batch_only(&m->layer[i]);
		p->dx = i > m->first && whole ? m->dx[m->turn ^= 1] : NULL;
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
	if (top->type->batch_backward && !layer_idle(top, training))
		top->type->batch_backward(top, &m->pass[r->to - 1]);
	const size_t work = numbers(r, training);
	if (work)
		par_for_if(work >= SERIAL, m->pass[r->to - 1].pieces, backward_piece, r);
	sum_gradients(r);
	return dx;
}

/* Gradients back through layers down to `first`, from dy at the output, or before the softmax of that layer; returns the
 * gradient at the input of `first`, NULL when that was not planned for. */
static real *
back(struct network *m, int n, real *dy, int softmax, int first)
{
	for (int to = softmax < 0 ? m->layers : softmax + 1, from; to > first; to = from) {
		from = network_stretch_begin(m, to, first);
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
	assert(m->training && !m->pass[0].training && m->first == 0 && layer + 1 < m->layers);
	return back(m, n, dlogits, network_last_softmax(m, false), layer + 1);
}

const real *
network_output(const struct network *m, int layer)
{
	assert(m->training && m->first == 0 && layer + 1 < m->layers);
	return m->pass[layer + 1].x;
}

const real *
network_logits(const struct network *m)
{
	if (m->logits < 0)
		return NULL;
	return m->layer[m->logits].save ? m->pass[m->logits].save : m->pass[m->logits].x;
}
