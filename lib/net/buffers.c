#include "net/buffers.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/team.h"
#include "net/fusion.h"
#include "net/parts.h"

enum { LINE = 64 }; /* bytes of a line of the cache: arrays begin at one */

static size_t
lines(size_t bytes)
{
	return (bytes + LINE - 1) / LINE * LINE;
}

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* ---- lives: of a buffer, the stretches and steps from the first that uses it to the last ---- */

static void
use(struct buffer *b, int stretch, int step)
{
	if (!b)
		return;
	if (b->begin < 0) {
		b->begin = stretch;
		b->begin_step = step;
	}
	b->end = stretch;
	b->end_step = step;
}

static void
use_all(const struct step *s, int stretch, int step)
{
	for (int k = 0; k < s->inputs; k++) {
		use(s->x ? s->x[k] : NULL, stretch, step);
		use(s->dx ? s->dx[k] : NULL, stretch, step);
	}
	use(s->y, stretch, step);
	use(s->dy, stretch, step);
	use(s->save, stretch, step);
}

/* The backward's stretches and steps are numbered on from the forward's. */
static void
find_lives(const struct program *p, int stretches, int steps)
{
	for (int i = 0; i < p->stretches; i++)
		for (int k = p->stretch[i].from; k < p->stretch[i].to; k++)
			use_all(&p->step[k], stretches + i, steps + k);
}

static const struct stretch *
stretch_of(const struct mode *m, int number)
{
	return number < m->forward.stretches ? &m->forward.stretch[number] : &m->backward.stretch[number - m->forward.stretches];
}

static bool
whole(const struct mode *m, int number)
{
	const struct program *p = number < m->forward.stretches ? &m->forward : &m->backward;

	return p->step[stretch_of(m, number)->from].whole;
}

/* ---- sizes ---- */

static int
piece_size(int n)
{
	const int pieces = piece_count(n);

	return (n + pieces - 1) / pieces;
}

/* Samples of the largest piece of any batch up to the plan's: a smaller one may have larger pieces, until there are PIECES. */
static int
largest_piece(int batch)
{
	int most = piece_size(batch);

	for (int n = 1; n < batch && piece_count(n) < PIECES; n++)
		most = piece_size(n) > most ? piece_size(n) : most;
	return most;
}

static void
set_size(const struct plan *p, const struct mode *m, struct buffer *b)
{
	b->local = b->begin >= 0 && b->begin == b->end && !b->kept && !b->given && !whole(m, b->begin);
	const int samples = b->local ? largest_piece(p->want.batch) : p->want.batch;
	b->bytes = b->given || b->begin < 0 ? 0 : lines((size_t)samples * b->size);
}

/* ---- places ---- */

/* Pieces of a stretch overtake each other, so arrays of a batch live for whole stretches; local ones for steps. */
static bool
at_once(const struct buffer *a, const struct buffer *b)
{
	if (a->local)
		return a->begin_step <= b->end_step && b->begin_step <= a->end_step;
	return a->begin <= (b->kept ? INT_MAX : b->end) && b->begin <= (a->kept ? INT_MAX : a->end);
}

static int
by_size(const void *a, const void *b)
{
	const struct buffer *const *x = a, *const *y = b;

	if ((*x)->bytes != (*y)->bytes)
		return (*x)->bytes < (*y)->bytes ? 1 : -1;
	return *x < *y ? -1 : 1;
}

/* Gives b the lowest place where it fits between those that live at the same time; placed: ordered by place. */
static void
place(struct buffer *b, struct buffer **placed, int n)
{
	int k = n;

	for (int i = 0; i < n; i++) {
		if (!at_once(b, placed[i]))
			continue;
		if (b->at + b->bytes <= placed[i]->at)
			break;
		b->at = larger(b->at, placed[i]->at + placed[i]->bytes);
	}
	while (k > 0 && placed[k - 1]->at > b->at)
		k--;
	memmove(placed + k + 1, placed + k, (size_t)(n - k) * sizeof *placed);
	placed[k] = b;
}

/* The largest first: a greedy packing that comes close to the least (Pisarchyk and Lee, 2020). Returns the bytes of all. */
static size_t
place_all(struct mode *m, bool local)
{
	struct buffer **order = xcalloc((size_t)m->buffers, sizeof *order), **placed = xcalloc((size_t)m->buffers, sizeof *placed);
	size_t bytes = 0;
	int n = 0;

	for (int i = 0; i < m->buffers; i++)
		if (m->buffer[i].local == local && m->buffer[i].bytes)
			order[n++] = &m->buffer[i];
	qsort(order, (size_t)n, sizeof *order, by_size);
	for (int i = 0; i < n; i++) {
		place(order[i], placed, i);
		bytes = larger(bytes, order[i]->at + order[i]->bytes);
	}
	free(order);
	free(placed);
	return bytes;
}

void
buffers_place(struct plan *p)
{
	for (int i = 0; i < 2; i++) {
		struct mode *m = &p->mode[i];
		find_lives(&m->forward, 0, 0);
		find_lives(&m->backward, m->forward.stretches, m->forward.steps);
		for (int k = 0; k < m->buffers; k++)
			set_size(p, m, &m->buffer[k]);
		parts_find(m);
		m->arrays = place_all(m, false);
		m->local = place_all(m, true);
	}
}

static int
log2_of(int power)
{
	return __builtin_ctz((unsigned)power);
}

/* The number of arrays of gradients that a stretch needs for batches of `samples`: one for each piece of a round and, if there are
 * more than two rounds, those for sums of rounds. */
static int
stretch_arrays(const struct stretch *s, int samples)
{
	const int pieces = piece_count(samples), rounds = pieces / s->round;

	return rounds > 2 ? s->round + log2_of(rounds) - 1 : pieces < s->round ? pieces : s->round;
}

/* ---- addresses ---- */

struct most {
	size_t scratch, partial, gradients, common;
};

static void
find_most(const struct plan *p, const struct program *of, struct most *most)
{
	for (int i = 0; i < of->steps; i++) {
		const struct step *s = &of->step[i];
		const struct layer *l = s->layer;
		most->partial = larger(most->partial, l->partial);
		if (s->fusion && s->fusion->scratch_size)
			most->scratch = larger(most->scratch, lines(s->fusion->scratch_size(l, s->second)));
		if (!s->fusion && l->type->scratch_size)
			most->scratch = larger(most->scratch, lines(l->type->scratch_size(l)));
	}
	for (int i = 0; i < of->stretches; i++) {
		const struct stretch *s = &of->stretch[i];
		most->gradients = larger(most->gradients, (size_t)stretch_arrays(s, p->want.batch) * s->gradients);
		most->common = larger(most->common, s->common);
	}
}

static void *
offset(char *base, size_t at)
{
	return base ? base + at : NULL; /* NULL: memory is only counted */
}

static void
set_bases(struct mode *m, char *arrays, char *local)
{
	for (int i = 0; i < m->buffers; i++)
		if (!m->buffer[i].given)
			m->buffer[i].base = offset(m->buffer[i].local ? local : arrays, m->buffer[i].at);
}

/* Ranks that share batches add their gradients up. */
static void
take_exchange(struct plan *p, struct arena *a)
{
	const struct program *back = &p->mode[true].backward;
	struct exchange *e = &p->exchange;

	e->numbers = 0;
	for (int i = 0; i < back->stretches; i++)
		e->numbers += back->stretch[i].gradients;
	e->sum = arena_take(a, e->numbers * sizeof(real));
	e->parts = arena_take(a, exchange_parts(e->numbers) * sizeof(real));
}

/* Both modes run in the same memory, but for what lasts: the averages of a batch normalization between its steps. */
void
buffers_take(struct plan *p, struct arena *a)
{
	struct most most = { 0 };

	for (int i = 0; i < 2; i++) {
		find_most(p, &p->mode[i].forward, &most);
		find_most(p, &p->mode[i].backward, &most);
	}
	p->dw = p->want.training ? arena_take(a, p->net->trained * sizeof(real)) : NULL;
	for (int i = 0; i < p->net->layers; i++)
		p->keep[i] = arena_take(a, p->net->layer[i].keep_size);
	char *arrays = arena_take(a, larger(p->mode[0].arrays, p->mode[1].arrays));
	p->local_size = larger(p->mode[0].local, p->mode[1].local);
	char *local = arena_take(a, (size_t)p->workers * p->local_size);
	for (int i = 0; i < 2; i++)
		set_bases(&p->mode[i], arrays, local);
	p->scratch_size = most.scratch;
	p->scratch = arena_take(a, (size_t)p->workers * most.scratch);
	p->partial = arena_take(a, (size_t)piece_count(p->want.batch) * most.partial * sizeof(real));
	p->gradient = arena_take(a, most.gradients * sizeof(real));
	p->common = piece_count(p->want.batch) < COMMON_TO ? NULL : arena_take(a, most.common);
	if (team_size() > 1)
		take_exchange(p, a);
}
