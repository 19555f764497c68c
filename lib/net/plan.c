/* The memory of a run: what each layer and each worker needs, in one arena. */
#include <assert.h>
#include <stdlib.h>

#include "base/die.h"
#include "base/par.h"
#include "net/network_inside.h"

void
network_unplan(struct network *m)
{
	arena_free(&m->arena);
	free(m->pass);
	m->pass = NULL;
	m->dw = NULL;
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
	size_t gradients, local; /* of a stretch of layers, all samples and pieces */
};

/* Samples of the largest piece of any batch up to the plan's. */
static size_t
largest_piece(int batch, size_t gradient)
{
	int most = 0;

	for (int n = batch; n > 0 && n > batch - PIECES; n--) {
		const int pieces = piece_count(n, gradient);
		int i0, i1;
		piece_range(n, pieces, pieces - 1, &i0, &i1);
		most = i1 - i0 > most ? i1 - i0 : most;
	}
	return (size_t)most;
}

/* Of the way back through layers from..to-1, a stretch: numbers a piece of its gradients, numbers of all of them, and of the
 * largest gradient that stays with a worker. */
struct stretch {
	size_t gradient, gradients, local;
};

static struct stretch
stretch(const struct network *m, int from, int to)
{
	struct stretch s = { 0 };
	size_t dx = 0;

	for (int i = from; i < to; i++)
		s.gradient += m->layer[i].gradient;
	for (int i = from + 1; i < to; i++)
		dx = larger(dx, i > m->first ? layer_in(&m->layer[i]) : 0);
	s.gradients = bytes((size_t)piece_count(m->batch, s.gradient), s.gradient, 1);
	s.local = bytes(largest_piece(m->batch, s.gradient), dx, 1);
	return s;
}

static void
find_largest_stretch(const struct network *m, struct largest *most)
{
	for (int to = m->layers, from; to > 0; to = from) {
		from = network_stretch_begin(m, to, 0);
		const struct stretch s = stretch(m, from, to);
		most->gradients = larger(most->gradients, s.gradients);
		most->local = larger(most->local, s.local);
	}
}

static struct largest
find_largest(const struct network *m)
{
	struct largest most = { 0 };

	for (int i = 0; i < m->layers; i++) {
		const struct layer *l = &m->layer[i];
		if (!layer_idle(l, m->training))
			most.out = larger(most.out, layer_out(l));
		if (i > m->first)
			most.dx = larger(most.dx, layer_in(l));
		most.save = larger(most.save, l->save);
		most.partial = larger(most.partial, l->partial);
		if (l->type->scratch)
			most.scratch = larger(most.scratch, l->type->scratch(l));
	}
	most.scratch = (most.scratch + 63) / 64 * 64;
	if (m->training)
		find_largest_stretch(m, &most);
	else
		most.local = bytes(largest_piece(m->batch, 0), most.out, 1);
	return most;
}

/* In training every layer keeps its output and what it saves. */
static void
take_outputs_to_keep(struct network *m, struct arena *a)
{
	for (int i = 0; i < m->layers; i++) {
		const struct layer *l = &m->layer[i];
		if (layer_idle(l, true))
			continue;
		m->pass[i].y = arena_take(a, bytes((size_t)m->batch, layer_out(l), sizeof(real)));
		m->pass[i].save = arena_take(a, bytes((size_t)m->batch, l->save, 1));
	}
}

/* Saved for more than a piece: by layers that take the batch as a whole, and the logits, which stay. */
static bool
saves_whole(const struct network *m, int i)
{
	return layer_batch_only(&m->layer[i]) || i == m->logits;
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

/* Those of one stretch lie behind each other, each with its pieces. */
static void
set_stretch(struct network *m, int from, int to, real *next)
{
	const struct stretch s = stretch(m, from, to);

	for (int i = from; i < to; i++) {
		m->pass[i].gradient = next;
		m->pass[i].gradients = s.gradient;
		if (next) /* NULL while memory is only counted */
			next += (size_t)piece_count(m->batch, s.gradient) * m->layer[i].gradient;
	}
}

static void
take_gradients(struct network *m, struct arena *a, const struct largest *most)
{
	const size_t size = bytes((size_t)m->batch, most->dx, sizeof(real));

	m->dw = arena_take(a, bytes(m->trained, sizeof(real), 1));
	m->dx[0] = arena_take(a, size);
	m->dx[1] = arena_take(a, size);
	real *gradients = arena_take(a, bytes(most->gradients, sizeof(real), 1));
	for (int to = m->layers, from; to > 0; to = from) {
		from = network_stretch_begin(m, to, 0);
		set_stretch(m, from, to, gradients);
	}
}

/* What a worker has for itself: two arrays that take turns inside a stretch, what is saved there, scratch. */
static void
take_local(struct network *m, struct arena *a, const struct largest *most)
{
	m->local_turn = (bytes(most->local, sizeof(real), 1) + 63) / 64 * 64;
	m->local_save = m->training ? 0 : (bytes(largest_piece(m->batch, 0), most->save, 1) + 63) / 64 * 64;
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
	network_unplan(m);
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
