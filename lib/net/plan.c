/* The steps of a run: which, in which order, over which buffers. Their memory: buffers.c. */
#include "net/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/par.h"
#include "net/buffers.h"
#include "net/cut.h"
#include "net/fusion.h"

struct want
want_training(int batch)
{
	return (struct want){ .batch = batch, .training = true, .last = -1, .gradient = -1 };
}

struct want
want_evaluation(int batch)
{
	return (struct want){ .batch = batch, .last = -1, .gradient = -1 };
}

/* What is known of a layer, and of the value it makes, while one mode is planned. */
struct layer_fact {
	bool needed;                  /* the output asked for depends on it */
	int readers;                  /* of its value, through layers that are passed over */
	const struct layer_fact *reader;    /* the last of them */
	bool kept;                    /* its value is for the caller, too */
	bool flows;                   /* the gradient of its value is needed */
	bool backward;                /* it has a backward to run */
	const struct fusion *fusion;  /* it does the work of `second`, too, and of what lies between them */
	struct layer_fact *between[BETWEEN], *second, *first; /* of a fusion: those between, and its last one; of those: its first one */
	struct layer_fact *seen_by;   /* the pool that alone reads it: only what that sees of it is computed */
	bool bare;                    /* the next layer takes its activation, */
	const struct fusion *takes;   /* that next layer by this fusion's functions */
	struct buffer *y, *d, *save;  /* its value, the gradient of that */
	int inputs;                   /* what it reads, or its fusion does, */
	struct layer_fact **input;
	struct buffer **x;            /* and where that is */
};

struct planner {
	struct plan *plan;
	const struct network *net;
	struct mode *mode;
	struct layer_fact *fact; /* of each layer */
	bool back;         /* a backward follows */
	int apart;         /* a layer that is not skipped although others read its input, because its gradient is needed by itself; -1: none */
	int pointers;
	struct layer_fact **input; /* room for all inputs */
};

static int
number(const struct planner *b, const struct layer *l)
{
	return (int)(l - b->net->layer);
}

static const struct layer *
layer_of(const struct planner *b, const struct layer_fact *f)
{
	return &b->net->layer[f - b->fact];
}

static bool
idle(const struct planner *b, const struct layer *l)
{
	return layer_idle(l, b->mode->training) && number(b, l) != b->apart;
}

/* The fact of the layer that made the value which layer i hands on, or makes. */
static struct layer_fact *
source(const struct planner *b, int i)
{
	while (idle(b, &b->net->layer[i]))
		i = number(b, b->net->layer[i].input[0]);
	return &b->fact[i];
}

static struct layer_fact *
input_of(const struct planner *b, const struct layer *l, int k)
{
	return source(b, number(b, l->input[k]));
}

/* ---- facts ---- */

static void
find_needed(struct planner *b, int last)
{
	b->fact[last].needed = true;
	for (int i = last; i > 0; i--)
		for (int k = 0; b->fact[i].needed && k < b->net->layer[i].inputs; k++)
			b->fact[number(b, b->net->layer[i].input[k])].needed = true;
}

static void
find_readers(struct planner *b)
{
	for (int i = 1; i < b->net->layers; i++) {
		const struct layer *l = &b->net->layer[i];
		for (int k = 0; b->fact[i].needed && !idle(b, l) && k < l->inputs; k++) {
			struct layer_fact *x = input_of(b, l, k);
			x->readers++;
			x->reader = &b->fact[i];
		}
	}
}

/* Gradients flow back to trained parameters, and to the value whose gradient is wanted. */
static void
find_flow(struct planner *b)
{
	const struct want *w = &b->plan->want;
	const struct layer_fact *const wanted = w->gradient < 0 ? NULL : source(b, w->gradient);

	for (int i = 0; i < b->net->layers; i++) {
		const struct layer *l = &b->net->layer[i];
		struct layer_fact *f = &b->fact[i];
		if (!f->needed || idle(b, l))
			continue;
		f->backward = b->mode->training && layer_trained(l) && !(w->rests && w->rests[i]);
		for (int k = 0; k < l->inputs; k++)
			f->backward |= input_of(b, l, k)->flows;
		f->flows = f->backward || f == wanted;
	}
}

static bool
lie_between(const struct fusion *fusion, const struct layer *const between[BETWEEN])
{
	for (int k = 0; k < BETWEEN; k++)
		if (fusion->over[k] != (between[k] ? between[k]->type : NULL))
			return false;
	return true;
}

static const struct fusion *
fusion_of(const struct planner *b, const struct layer *l, const struct layer *const between[BETWEEN], const struct layer *next)
{
	for (int k = 0; fusions[k]; k++)
		if (lie_between(fusions[k], between) && fusions[k]->joins(l, between, next) && (fusions[k]->gives_dx || !b->back || !input_of(b, l, 0)->flows) &&
		    (b->back ? !fusions[k]->only_forward : !fusions[k]->second_forward))
			return fusions[k];
	return NULL;
}

/* Does one layer alone read this value, and is that layer free to run with others? */
static struct layer_fact *
only_reader(const struct layer_fact *f)
{
	struct layer_fact *const next = (struct layer_fact *)f->reader;

	return f->readers == 1 && !f->kept && !next->first ? next : NULL;
}

/* The other input of a layer that merges two values of the same shape, of which f is one; NULL: there is none. */
static struct layer_fact *
merged_with(const struct planner *b, const struct layer_fact *f, const struct layer_fact *merge)
{
	if (merge->inputs != 2 || merge->input[0] == merge->input[1])
		return NULL;
	struct layer_fact *const other = merge->input[merge->input[0] == f];
	return other != f->input[0] && layer_out(layer_of(b, other)) == layer_out(layer_of(b, f)) ? other : NULL;
}

/* n layers after f, each of which is the only reader of the one before. NULL: there are fewer, or not one after them, which it gives. */
static struct layer_fact *
follow(struct layer_fact *f, int n, struct layer_fact *between[BETWEEN])
{
	for (int k = 0; k < n && f; k++)
		f = between[k] = only_reader(f);
	return f ? only_reader(f) : NULL;
}

/* Fuses f, n layers after it, perhaps one with another value that it merges, and the one layer that reads that. */
static bool
fuse_over(struct planner *b, struct layer_fact *f, int n)
{
	struct layer_fact *between[BETWEEN] = { NULL }, *const last = follow(f, n, between), *other = NULL;
	const struct layer *layers[BETWEEN] = { NULL };

	for (int k = 0; last && k < n; k++)
		layers[k] = layer_of(b, between[k]);
	if (last && layers[0]->type->merges && !(other = merged_with(b, f, between[0])))
		return false;
	const struct fusion *fusion = last ? fusion_of(b, layer_of(b, f), layers, layer_of(b, last)) : NULL;
	if (!fusion)
		return false;
	f->fusion = fusion;
	f->second = last;
	last->first = f;
	for (int k = 0; k < n; k++) {
		f->between[k] = between[k];
		between[k]->first = f;
	}
	if (other)
		f->input[f->inputs++] = other;
	return true;
}

static void
fuse(struct planner *b, struct layer_fact *f, struct layer_fact *next)
{
	static const struct layer *const none[BETWEEN];
	const struct fusion *fusion = fusion_of(b, layer_of(b, f), none, layer_of(b, next));

	if (fusion && fusion->second_forward) {
		f->bare = true;
		next->takes = fusion;
	} else if (fusion) {
		f->fusion = fusion;
		f->second = next;
		next->first = f;
	}
}

/* Layers are fused if no other layer reads the values between them. */
static void
find_fusions(struct planner *b)
{
	for (int i = 1; i < b->net->layers; i++) {
		const struct layer *l = &b->net->layer[i];
		struct layer_fact *f = &b->fact[i], *next = only_reader(f);
		if (!idle(b, l) && next && !f->first && l->inputs == 1 && !fuse_over(b, f, 2) && !fuse_over(b, f, 1))
			fuse(b, f, next);
	}
}

/* Not where the gradient of a relu is taken of the convolution's whole output. */
static void
find_cuts(struct planner *b)
{
	for (int i = 1; i < b->net->layers; i++) {
		const struct layer *l = &b->net->layer[i];
		struct layer_fact *f = &b->fact[i], *next = only_reader(f);
		const bool acts = b->back && !f->bare && l->act != ACT_LINEAR;
		if (!idle(b, l) && next && !next->fusion && !f->first && !f->fusion && !acts && fuse_cut(l, layer_of(b, next)))
			f->seen_by = next;
	}
}

static void
find_inputs(struct planner *b)
{
	struct layer_fact **at = b->input;

	for (int i = 1; i < b->net->layers; i++) {
		const struct layer *l = &b->net->layer[i];
		struct layer_fact *f = &b->fact[i];
		f->input = at;
		f->inputs = l->inputs;
		for (int k = 0; k < l->inputs; k++)
			*at++ = input_of(b, l, k);
		at++; /* of a fusion */
	}
}

/* ---- buffers ---- */

static struct buffer *
buffer_new(struct planner *b, size_t size)
{
	struct buffer *const buffer = &b->mode->buffer[b->mode->buffers++];

	*buffer = (struct buffer){ .size = size, .begin = -1 };
	return buffer;
}

static struct buffer **
pointers(struct planner *b, int n)
{
	b->pointers += n;
	return b->mode->pointer + b->pointers - n;
}

/* What the backward of the layer that made this value reads. */
static int
reads_back(const struct planner *b, const struct layer_fact *f)
{
	if (!b->back || !f->backward)
		return 0;
	if (f->first)
		return f->first->fusion->reads(layer_of(b, f->first), layer_of(b, f));
	return layer_reads(layer_of(b, f)) & (f->bare ? ~READS_Y : ~0);
}

/* bytes of the value */
static size_t
value_size(const struct planner *b, const struct layer_fact *f)
{
	return cut_out(layer_of(b, f), f->seen_by ? layer_of(b, f->seen_by) : NULL) * sizeof(real);
}

/* The pool that this layer, a convolution, is cut for, or for which its input is. */
static const struct layer *
seen_by(const struct planner *b, const struct layer_fact *f)
{
	const struct layer_fact *cut = f->seen_by ? f : f->inputs == 1 && f->input[0]->seen_by == f ? f->input[0] : NULL;

	return cut ? layer_of(b, cut->seen_by) : NULL;
}

/* May the layer write its value over its only input, which is not read again? */
static bool
overwrites(const struct planner *b, const struct layer_fact *f, const struct layer *l)
{
	const struct layer_fact *x = l->inputs ? input_of(b, l, 0) : NULL;

	return x && !layer_idle(l, b->mode->training) && l->type->in_place && l->type->in_place(l) && x->readers == 1 && !x->kept && !x->y->given &&
	       layer_in(l) == layer_out(l) && !(reads_back(b, f) & READS_X) && !(reads_back(b, x) & READS_Y);
}

static void
take_buffers(struct planner *b, struct layer_fact *f, const struct layer *l)
{
	f->x = pointers(b, f->inputs);
	for (int k = 0; k < f->inputs; k++)
		f->x[k] = f->input[k]->y;
	if (f->fusion) {
		f->second->y = buffer_new(b, layer_out(layer_of(b, f->second)) * sizeof(real));
		f->second->y->kept = f->second->kept;
		const struct layer *second = layer_of(b, f->second);
		const size_t save = f->fusion->save_size ? f->fusion->save_size(l, second) : second->save_size;
		f->save = save ? buffer_new(b, save) : NULL;
		return;
	}
	f->y = overwrites(b, f, l) ? f->x[0] : buffer_new(b, value_size(b, f));
	f->y->given = !l->inputs;
	f->y->kept |= f->kept;
	f->save = l->save_size ? buffer_new(b, l->save_size) : NULL;
}

/* ---- steps ---- */

static void
step_add(struct program *p, struct step step)
{
	p->step[p->steps++] = step;
}

/* Of a layer that changes nothing, but is not passed over. */
static void
hand_on(const struct layer *l, const struct pass *p)
{
	memcpy(p->y, p->x, (size_t)p->n * layer_out(l) * sizeof *p->y);
}

static void
hand_back(const struct layer *l, const struct pass *p)
{
	memcpy(p->dx, p->dy, (size_t)p->n * layer_out(l) * sizeof *p->dx);
}

/* A step that only sums up: of pieces, or of the batch. */
static void
add_sums(struct program *p, struct step step, layer_fn *sums, bool whole)
{
	step.run = sums;
	step.whole = whole;
	step.does = whole ? "batch's sums" : "sums";
	step.y = whole || !step.dy ? NULL : step.y; /* forward, there is none yet */
	step.save = whole || !step.dy ? NULL : step.save;
	step.dx = NULL;
	step.prepares = false;
	step_add(p, step);
}

/* The steps of a layer, or of a fusion, in one direction: sums of the pieces, `whole`, and then by pieces. `whole` only sums up, where
 * the last are there. */
static void
add_steps(struct program *p, struct step step, layer_fn *sums, layer_fn *whole, layer_fn *pieces, const char *does)
{
	if (whole && sums)
		add_sums(p, step, sums, false);
	if (whole && pieces) {
		struct step all = step;
		all.x = sums ? NULL : step.x;
		all.dy = sums ? NULL : step.dy;
		add_sums(p, all, whole, true);
	} else if (whole) {
		step.run = whole;
		step.whole = true;
		step.does = does;
		step_add(p, step);
	}
	step.run = pieces;
	step.does = does;
	if (pieces)
		step_add(p, step);
}

static void
name_between(const struct planner *b, const struct layer_fact *f, struct step *step)
{
	for (int k = 0; k < BETWEEN && f->between[k]; k++) {
		step->between[k] = layer_of(b, f->between[k]);
		step->prepares |= step->between[k]->type->prepare != NULL;
	}
}

static void
plan_forward_of(struct planner *b, struct layer_fact *f, const struct layer *l)
{
	struct program *p = &b->mode->forward;
	layer_fn *const whole = layer_whole(l, b->mode->training) ? l->type->batch_forward : NULL;

	take_buffers(b, f, l);
	struct step step = { .layer = l, .inputs = f->inputs, .x = f->x, .y = f->y, .save = f->save, .prepares = l->type->prepare,
		.bare = f->bare, .seen_by = seen_by(b, f) };
	if (f->fusion) {
		name_between(b, f, &step);
		step.second = layer_of(b, f->second);
		step.fusion = f->fusion;
		step.y = f->second->y;
		add_steps(p, step, l->type->piece_sums, whole, f->fusion->forward, "forward");
	} else if (layer_idle(l, b->mode->training)) {
		add_steps(p, step, NULL, NULL, hand_on, "copy");
	} else if (f->takes) {
		add_steps(p, step, NULL, NULL, f->takes->second_forward, "forward and relu");
	} else {
		add_steps(p, step, l->type->piece_sums, whole, l->type->forward, "forward");
	}
}

/* A fusion runs in the place of its last layer. */
static void
plan_at(struct planner *b, struct layer_fact *f, void (*plan_of)(struct planner *b, struct layer_fact *f, const struct layer *l))
{
	if (f->first && f->first->second == f)
		plan_of(b, f->first, layer_of(b, f->first));
	else if (!f->first && !f->fusion)
		plan_of(b, f, layer_of(b, f));
}

static void
plan_forward(struct planner *b)
{
	for (int i = 0; i < b->net->layers; i++) {
		struct layer_fact *f = &b->fact[i];
		if (f->needed && !idle(b, &b->net->layer[i]))
			plan_at(b, f, plan_forward_of);
	}
}

/* Of a value's gradient: y += x, numbers of the value. */
static void
accumulate(const struct layer *l, const struct pass *p)
{
	kern->add((size_t)p->n * layer_out(l), p->x, p->y);
}

/* May the gradient of this input be written over that of the output, which is dead after the step? In a fusion that of the
 * second input may: it is the same. */
static bool
takes_over(const struct planner *b, const struct layer_fact *f, const struct layer *l, int k)
{
	const struct layer_fact *x = f->input[k];

	if (x->d || layer_idle(l, b->mode->training) || layer_out(layer_of(b, x)) != layer_out(l))
		return false;
	if (f->fusion ? !f->fusion->in_place : !l->type->in_place || !l->type->in_place(l))
		return false;
	for (int j = 0; j < f->inputs; j++)
		if (j != k && f->input[j] == x)
			return false;
	return true;
}

/* Where the gradients of the inputs go. The first layer on the way back that gives a value a gradient writes it; layers that
 * merge add to what is there, and so do fusions to that of a second input, which comes first; the others write into a buffer of their
 * own, which a further step adds. */
static void
plan_dx(struct planner *b, const struct layer_fact *f, const struct layer *l, struct step *step)
{
	bool *const adds = b->mode->adds + (step->dx - b->mode->pointer);
	bool taken = false;

	step->adds = adds;
	for (int j = 0; j < f->inputs; j++) {
		const int k = f->fusion ? f->inputs - 1 - j : j;
		struct layer_fact *x = f->input[k];
		if (!x->flows)
			continue;
		const bool over = !taken && takes_over(b, f, l, k);
		taken |= over;
		adds[k] = x->d && (l->type->merges || k >= l->inputs);
		step->dx[k] = adds[k] ? x->d : over ? step->dy : buffer_new(b, value_size(b, x));
		if (!x->d)
			x->d = step->dx[k];
	}
}

/* Where another layer gave the only input a gradient before: what this one wrote apart is added to it. */
static void
plan_sum(struct planner *b, const struct layer *l, const struct step *step, struct buffer *before)
{
	if (!before || !step->dx[0] || l->type->merges)
		return;
	struct buffer **const from = pointers(b, 1);
	*from = step->dx[0];
	step_add(&b->mode->backward, (struct step){ .layer = layer_of(b, input_of(b, l, 0)), .inputs = 1, .x = from, .y = before,
	                                            .run = accumulate, .does = "add" });
}

/* Backward reads what it says of its own inputs only: a fusion's other one is added, and its gradient needs no number of it. */
static struct buffer **
reads_of(struct planner *b, const struct layer_fact *f, const struct layer *l)
{
	struct buffer **const x = pointers(b, f->inputs);

	memcpy(x, f->x, (size_t)l->inputs * sizeof *x);
	return x;
}

static void
plan_backward_of(struct planner *b, struct layer_fact *f, const struct layer *l)
{
	const struct layer_fact *const value = f->fusion ? f->second : f;
	const int reads = reads_back(b, value);
	struct step step = { .layer = l, .inputs = f->inputs, .x = reads & READS_X ? reads_of(b, f, l) : NULL, .y = reads & READS_Y ? value->y : NULL,
		             .save = f->save, .dy = value->d, .bare = f->bare, .seen_by = seen_by(b, f) };
	struct buffer *const before = f->inputs ? f->input[0]->d : NULL;

	step.dx = pointers(b, f->inputs);
	plan_dx(b, f, l, &step);
	if (f->fusion) {
		name_between(b, f, &step);
		step.second = layer_of(b, f->second);
		step.fusion = f->fusion;
		add_steps(&b->mode->backward, step, f->fusion->piece_dsums ? f->fusion->piece_dsums : l->type->piece_dsums, l->type->batch_backward, f->fusion->backward, "backward");
	} else if (layer_idle(l, b->mode->training)) {
		add_steps(&b->mode->backward, step, NULL, NULL, hand_back, "copy");
	} else {
		add_steps(&b->mode->backward, step, l->type->piece_dsums, l->type->batch_backward, l->type->backward, "backward");
	}
	plan_sum(b, l, &step, before);
}

static void
plan_backward(struct planner *b)
{
	struct layer_fact *last = source(b, b->net->layers - 1);

	last->d = b->mode->doutput = buffer_new(b, last->y->size);
	last->d->given = true;
	for (int i = b->net->layers - 1; i >= 0; i--) {
		struct layer_fact *f = &b->fact[i];
		if (f->backward)
			plan_at(b, f, plan_backward_of);
	}
}

/* ---- stretches ---- */

static size_t
step_numbers(const struct step *s)
{
	return s->inputs && !s->whole ? layer_out(s->layer) : 0; /* what is read is counted where it is filled */
}

/* All gradients of a round take at most what CACHE holds, the second or third one, as far as BALANCED pieces a worker run between two
 * waits of all workers: a processor that another program slows takes fewer pieces, and the others need not wait for it. They take at most
 * MEMORY then, as far as BUSY pieces a worker remain. */
static int
round_of(size_t gradients, int workers)
{
	enum { CACHE = 1 << 19, MEMORY = 1 << 24, BALANCED = 8, BUSY = 2 };
	int round = PIECES;

	while (round / 2 >= BUSY * workers && gradients > (size_t)(round / 2 >= BALANCED * workers ? CACHE : MEMORY) / (size_t)round)
		round /= 2;
	return round;
}

/* Bytes that the step's pieces have in common, of which a stretch has `used` already. From more than a third cache holds, each piece
 * would have to fetch them from memory. */
static size_t
common_size(const struct step *s, size_t used)
{
	enum { COMMON = 24 << 20 };
	const struct layer_type *type = s->layer->type;
	const bool back = s->dx;

	if (s->whole || s->fusion || !type->common_size || s->run != (back ? type->backward : type->forward) || (back && !s->dx[0]))
		return 0;
	const size_t size = (type->common_size(s->layer, back) + 63) / 64 * 64;
	return size <= COMMON - used ? size : 0;
}

static void
find_stretches(struct program *p, bool gradients, int workers)
{
	for (int i = 0; i < p->steps; i++) {
		struct step *s = &p->step[i];
		if (!i || s->whole || p->step[i - 1].whole)
			p->stretch[p->stretches++] = (struct stretch){ .from = i };
		struct stretch *const stretch = &p->stretch[p->stretches - 1];
		stretch->to = i + 1;
		stretch->numbers += step_numbers(s);
		s->gradient = stretch->gradients;
		s->common = stretch->common;
		s->common_size = common_size(s, stretch->common);
		stretch->common += s->common_size;
		if (gradients && !s->whole && s->dx)
			stretch->gradients += s->layer->gradient;
	}
	for (int i = 0; i < p->stretches; i++)
		p->stretch[i].round = round_of(p->stretch[i].gradients, workers);
}

/* ---- all ---- */

static void
find_facts(struct planner *b)
{
	const struct want *w = &b->plan->want;
	const bool training = b->mode->training;
	const int last = w->last < 0 || b->back ? b->net->layers - 1 : w->last;
	const int softmax = network_softmax(b->net, training);

	find_needed(b, last);
	source(b, last)->kept = true;
	b->mode->softmax = b->fact[b->net->layers - 1].needed ? softmax : -1;
	if (b->mode->softmax >= 0 && !b->net->layer[softmax].save_size)
		input_of(b, &b->net->layer[softmax], 0)->kept = true;
	if (b->back && w->gradient >= 0)
		source(b, w->gradient)->kept = true;
	find_inputs(b);
	find_readers(b);
	if (b->back)
		find_flow(b);
	find_fusions(b);
	find_cuts(b);
}

static void
take_arrays(struct planner *b)
{
	const size_t layers = (size_t)b->net->layers;
	size_t edges = 0;

	for (int i = 0; i < b->net->layers; i++)
		edges += (size_t)b->net->layer[i].inputs;
	struct mode *m = b->mode;
	m->buffer = xcalloc(3 * layers + 2 * edges + 4, sizeof *m->buffer);
	m->pointer = xcalloc(4 * edges + 1, sizeof *m->pointer);
	m->adds = xcalloc(4 * edges + 1, sizeof *m->adds);
	m->forward.step = xcalloc(3 * layers, sizeof *m->forward.step);
	m->forward.stretch = xcalloc(3 * layers, sizeof *m->forward.stretch);
	m->backward.step = xcalloc(4 * layers, sizeof *m->backward.step);
	m->backward.stretch = xcalloc(4 * layers, sizeof *m->backward.stretch);
	b->fact = xcalloc(layers, sizeof *b->fact);
	b->input = xcalloc(edges + layers, sizeof *b->input);
}

/* What the caller reads after a run, and where. */
static void
find_results(struct planner *b)
{
	const struct want *w = &b->plan->want;
	struct mode *m = b->mode;
	const int last = w->last < 0 || b->back ? b->net->layers - 1 : w->last;

	m->output = source(b, last)->y;
	if (m->softmax >= 0) {
		const struct layer *l = &b->net->layer[m->softmax];
		m->logits = l->save_size ? b->fact[m->softmax].save : input_of(b, l, 0)->y;
		m->logits->kept = true;
	}
	if (b->back && w->gradient >= 0) {
		const struct layer_fact *f = source(b, w->gradient);
		m->y = f->y;
		m->dy = f->d;
		m->dy->kept = true;
	}
}

static void
plan_mode(struct plan *p, bool training)
{
	struct planner b = { .plan = p, .net = p->net, .mode = &p->mode[training] };

	b.mode->training = training;
	b.back = training || (!p->want.training && p->want.gradient >= 0);
	b.apart = b.back && !training ? p->want.gradient : -1;
	take_arrays(&b);
	find_facts(&b);
	plan_forward(&b);
	b.mode->input = b.fact[0].y;
	if (b.back)
		plan_backward(&b);
	find_results(&b);
	find_stretches(&b.mode->forward, false, p->workers);
	find_stretches(&b.mode->backward, training, p->workers);
	free(b.fact);
	free(b.input);
}

static void
plan_steps(struct plan *p, const struct network *net, struct want want)
{
	*p = (struct plan){ .net = net, .want = want, .workers = par_count() };
	p->keep = xcalloc((size_t)net->layers, sizeof *p->keep);
	plan_mode(p, false);
	if (want.training)
		plan_mode(p, true);
}

void
plan_make(struct plan *p, const struct network *net, real *w, struct want want)
{
	plan_sketch(p, net, want);
	p->w = w;
	arena_back(&p->arena);
	buffers_take(p, &p->arena);
}

void
plan_sketch(struct plan *p, const struct network *net, struct want want)
{
	plan_steps(p, net, want);
	buffers_place(p);
	buffers_take(p, &p->arena);
}

size_t
plan_memory(const struct network *net, struct want want)
{
	struct plan p;

	plan_sketch(&p, net, want);
	const size_t used = p.arena.used;
	plan_free(&p);
	return used;
}

void
plan_free(struct plan *p)
{
	for (int i = 0; i < 2; i++) {
		struct mode *m = &p->mode[i];
		free(m->forward.step);
		free(m->forward.stretch);
		free(m->backward.step);
		free(m->backward.stretch);
		free(m->buffer);
		free(m->pointer);
		free(m->adds);
	}
	free(p->keep);
	arena_free(&p->arena);
	*p = (struct plan){ 0 };
}
