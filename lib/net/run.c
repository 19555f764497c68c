#include "net/run.h"

#include <assert.h>
#include <string.h>

#include "base/par.h"
#include "base/rng.h"
#include "base/team.h"
#include "net/parts.h"

/* A stretch of a program, being run over a batch. */
struct batch_run {
	struct plan *plan;
	const struct mode *mode;
	const struct program *program;
	const struct stretch *stretch;
	int pieces;
	struct owned own; /* of the batch: all, or what this rank has */
	bool shared;
	int first, round; /* the first piece of the round, counted from the first of own, and how many are in it */
	size_t gradients; /* of the stretches that are done */
	fill_fn *fill;
	void *ctx;
	bool from_logits;
	bool shares; /* what the pieces of this stretch have in common is there */
};

/* ---- the pass of a step ---- */

/* The samples i0..i1-1 of a pass: a part of a piece, or all of it, or the whole batch. The piece begins at sample `piece`; `first` is the
 * first of the steps that run over the part together. */
struct piece_part {
	int i0, i1, piece;
	const struct step *first;
};

static struct piece_part
whole_batch(const struct batch_run *r)
{
	return (struct piece_part){ .i1 = r->plan->n };
}

static void *
address(const struct batch_run *r, const struct buffer *b, const struct piece_part *part, int worker)
{
	if (!b || !b->base)
		return NULL;
	if (!b->local)
		return b->base + (size_t)part->i0 * b->size;
	const int before = part->i0 == part->piece || parts_within(r->program, part->first, b) ? 0 : part->i0 - part->piece;
	return b->base + (size_t)worker * r->plan->local_size + (size_t)before * b->size;
}

/* What a step's inputs are in a piece. */
struct inputs {
	const real *x[INPUTS_MAX];
	real *dx[INPUTS_MAX];
};

static void
set_inputs(struct pass *pass, const struct batch_run *r, const struct step *s, const struct piece_part *part, int worker, struct inputs *in)
{
	for (int k = 0; k < s->inputs; k++) {
		in->x[k] = s->x ? address(r, s->x[k], part, worker) : NULL;
		in->dx[k] = s->dx ? address(r, s->dx[k], part, worker) : NULL;
	}
	pass->xs = in->x;
	pass->dxs = in->dx;
	pass->x = s->inputs ? in->x[0] : NULL;
	pass->dx = s->inputs ? in->dx[0] : NULL;
}

static const struct layer *
keeper(const struct step *s)
{
	return s->layer->keep_size || !s->between[0] ? s->layer : s->between[0];
}

/* `piece` and `worker` are 0 for all of a batch. */
static struct pass
step_pass(const struct batch_run *r, const struct step *s, const struct piece_part *part, int piece, int worker, struct inputs *in)
{
	const struct plan *p = r->plan;
	const struct layer *l = s->layer;
	const int number = (int)(l - p->net->layer);
	struct pass pass = { .n = part->i1 - part->i0, .pieces = r->pieces, .shared = r->shared, .first = part->i0,
		.training = r->mode->training && !l->inference, .keeps = r->mode->backward.steps,
		.from_logits = r->from_logits && number == r->mode->softmax,
		.key = rng_key(p->key, "layer", (uint64_t)(s->between[0] ? s->between[0] - p->net->layer : number)), .origin = &p->origin,
		.bare = s->bare, .seen_by = s->seen_by, .between = s->between, .second = s->second,
		.fill = r->fill, .ctx = r->ctx,
		.w = p->w, .dw = r->mode->training ? p->dw : NULL, .adds = s->adds, .keep = p->keep[keeper(s) - p->net->layer],
		.common = r->shares && s->common_size ? p->common + s->common : NULL,
		.scratch = p->scratch + (size_t)worker * p->scratch_size, .scratch_size = p->scratch_size,
		.partial = p->partial + (size_t)piece * l->partial };

	set_inputs(&pass, r, s, part, worker, in);
	pass.y = address(r, s->y, part, worker);
	pass.dy = address(r, s->dy, part, worker);
	pass.save = address(r, s->save, part, worker);
	if (r->stretch->gradients && s->dx && l->gradient)
		pass.gradient = p->gradient + (size_t)r->round * s->gradient + (size_t)(piece - r->own.first - r->first) * l->gradient;
	return pass;
}

/* ---- a stretch ---- */

static void
run_step(const struct batch_run *r, const struct step *s, const struct piece_part *part, int piece, int worker)
{
	struct inputs in;
	const struct pass pass = step_pass(r, s, part, piece, worker, &in);

	if (pass.gradient)
		memset(pass.gradient, 0, s->layer->gradient * sizeof *pass.gradient);
	s->run(s->layer, &pass);
}

/* Samples at a time in these steps of a piece of n; where kernels' points are not there, each part would make them anew. */
static int
part_samples(const struct batch_run *r, const struct step *s, int n)
{
	return s->samples && n >= 2 * s->samples && (r->shares || !r->stretch->common) ? s->samples : n;
}

static void
run_together(const struct batch_run *r, const struct step *s, int steps, int i0, int i1, int piece, int worker)
{
	const int some = part_samples(r, s, i1 - i0);

	for (int i = i0; i < i1; i += some) {
		const struct piece_part part = { i, i1 - i < some ? i1 : i + some, i0, s };
		for (int k = 0; k < steps; k++)
			run_step(r, s + k, &part, piece, worker);
	}
}

static void
run_piece(int number, int worker, void *ctx)
{
	const struct batch_run *r = ctx;
	const int piece = r->own.first + r->first + number;
	int i0, i1;

	piece_range(r->plan->n, r->pieces, piece, &i0, &i1);
	for (int i = r->stretch->from, steps; i < r->stretch->to; i += steps) {
		const struct step *s = &r->program->step[i];
		steps = s->together ? s->together : 1;
		run_together(r, s, steps, i0, i1, piece, worker);
	}
}

enum { PARTS = 16 }; /* of the work that a step's pieces have in common */

static void
share_part(int number, int worker, void *ctx)
{
	const struct batch_run *r = ctx;
	const struct step *s = &r->program->step[r->stretch->from + number / PARTS];
	struct inputs in;

	if (!s->common_size)
		return;
	const struct piece_part all = whole_batch(r);
	const struct pass pass = step_pass(r, s, &all, r->own.first, worker, &in);
	s->layer->type->share(s->layer, &pass, s->dx, number % PARTS, PARTS);
}

static void
share(struct batch_run *r)
{
	r->shares = r->stretch->common && r->own.pieces >= COMMON_TO;
	if (r->shares)
		par_for((r->stretch->to - r->stretch->from) * PARTS, share_part, r);
}

static void
run_whole(const struct batch_run *r, const struct step *s)
{
	const struct piece_part all = whole_batch(r);
	struct inputs in;
	const struct pass pass = step_pass(r, s, &all, 0, 0, &in);

	s->run(s->layer, &pass);
}

static int
sum_blocks(const struct step *s)
{
	return s->dx ? (int)((s->layer->summed + SUM_BLOCK - 1) / SUM_BLOCK) : 0;
}

/* Where the gradient of the layer's from-th number with one goes; the trained ones lie one after the other, in all arrays. */
static real *
place(const struct batch_run *r, const struct layer *l, size_t from)
{
	const struct param *first = l->param;

	while (first->fixed)
		first++;
	return r->plan->dw + first->at + (from - l->summed_from);
}

static real *
sum_of_all(const struct batch_run *r, const struct step *s, size_t from)
{
	return r->shared ? r->plan->exchange.sum + r->gradients + s->gradient + from : place(r, s->layer, from);
}

/* Where the sum of 2^level rounds of the numbers from `from` on waits for the next: the last half of a batch finds that of the first
 * where the sum of all will be. */
static real *
sum_of_rounds(const struct batch_run *r, const struct step *s, int level, size_t from)
{
	const struct stretch *in = r->stretch;

	if (r->round << (level + 1) >= r->own.pieces)
		return sum_of_all(r, s, from);
	return r->plan->gradient + (size_t)(r->round + level) * in->gradients + s->gradient + from;
}

/* Of numbers from..from+n-1, the sum over the pieces of a round, and with those of the rounds that it completes a tree with. */
static void
sum_round(const struct batch_run *r, const struct step *s, size_t from, size_t n)
{
	const int number = r->first / r->round;
	const real *pieces = r->plan->gradient + (size_t)r->round * s->gradient + from;
	real second[SUM_BLOCK];
	int level = 0;

	piece_sum(r->round, s->layer->gradient, pieces, n, number & 1 ? second : sum_of_rounds(r, s, 0, from));
	for (; number >> level & 1; level++)
		kern->add(n, sum_of_rounds(r, s, level, from), second);
	if (level)
		memcpy(sum_of_rounds(r, s, level, from), second, n * sizeof *second);
}

static void
sum_block(int block, int worker, void *ctx)
{
	(void)worker;
	const struct batch_run *r = ctx;
	const struct step *s = &r->program->step[r->stretch->from];

	while (block >= sum_blocks(s))
		block -= sum_blocks(s++);
	const struct layer *l = s->layer;
	const size_t done = (size_t)block * SUM_BLOCK, n = l->summed - done < SUM_BLOCK ? l->summed - done : SUM_BLOCK;

	sum_round(r, s, l->summed_from + done, n);
}

/* The gradients of all steps of the stretch at the same time. */
static void
sum_gradients(struct batch_run *r)
{
	int blocks = 0;

	for (int i = r->stretch->from; i < r->stretch->to; i++)
		blocks += sum_blocks(&r->program->step[i]);
	par_for(blocks, sum_block, r);
}

static void
run_stretch(struct batch_run *r)
{
	const struct step *first = &r->program->step[r->stretch->from];
	const size_t filled = r->fill && !first->inputs ? layer_out(first->layer) : 0;
	const size_t numbers = (filled + r->stretch->numbers) * (size_t)(r->own.i1 - r->own.i0);

	if (first->whole) {
		run_whole(r, first);
		return;
	}
	r->first = 0;
	r->round = r->stretch->round < r->own.pieces ? r->stretch->round : r->own.pieces;
	share(r);
	for (; r->first < r->own.pieces; r->first += r->round) {
		if (numbers)
			par_for_if(numbers >= SERIAL, r->round, run_piece, r);
		if (r->stretch->gradients)
			sum_gradients(r);
	}
	if (r->shared && r->stretch->gradients)
		exchange_add(&r->plan->exchange, r->pieces, r->stretch->gradients);
	r->gradients += r->stretch->gradients;
}

static void
run_program(struct batch_run *r, const struct program *program)
{
	r->program = program;
	r->pieces = piece_count(r->plan->n);
	r->shared = r->mode->training && team_size() > 1;
	r->own = ranks_block(r->plan->n, r->pieces, r->shared);
	for (int i = 0; i < program->stretches; i++) {
		r->stretch = &program->stretch[i];
		run_stretch(r);
	}
}

static void
take_sum(const struct batch_run *r, const struct step *s)
{
	const struct layer *l = s->layer;

	if (sum_blocks(s))
		memcpy(place(r, l, l->summed_from), sum_of_all(r, s, l->summed_from), l->summed * sizeof(real));
}

/* From the order of the stretches to that of the weights. */
static void
take_sums(struct batch_run *r)
{
	const struct program *p = &r->mode->backward;

	exchange_end(&r->plan->exchange, r->pieces);
	r->gradients = 0;
	for (int i = 0; i < p->stretches; r->gradients += p->stretch[i++].gradients)
		for (int k = p->stretch[i].from; p->stretch[i].gradients && k < p->stretch[i].to; k++)
			take_sum(r, &p->step[k]);
}

/* ---- runs ---- */

static void
prepare_layer(const struct layer *l, const struct pass *p)
{
	if (l && l->type->prepare)
		l->type->prepare(l, p);
}

static void
prepare(struct batch_run *r)
{
	const struct program *p = &r->mode->forward;
	const struct piece_part all = whole_batch(r);
	struct inputs in;

	r->stretch = p->stretch;
	for (int i = 0; i < p->steps; i++)
		if (p->step[i].prepares) {
			const struct pass pass = step_pass(r, &p->step[i], &all, 0, 0, &in);
			prepare_layer(p->step[i].layer, &pass);
			for (int k = 0; k < BETWEEN; k++)
				prepare_layer(p->step[i].between[k], &pass);
		}
}

static const real *
forward(struct plan *p, int n, struct batch_run r, const real *x, bool training, uint64_t key)
{
	assert(n > 0 && n <= p->want.batch && (p->want.training || !training) && par_count() <= p->workers);
	r.plan = p;
	r.mode = p->now = &p->mode[training];
	p->n = n;
	p->key = key;
	r.mode->input->base = (char *)(uintptr_t)x; /* read only: nothing is written over a given value */
	prepare(&r);
	run_program(&r, &r.mode->forward);
	return (const real *)(const void *)r.mode->output->base;
}

const real *
run_forward(struct plan *p, int n, const real *x, bool training, uint64_t key)
{
	return forward(p, n, (struct batch_run){ 0 }, x, training, key);
}

const real *
run_forward_fill(struct plan *p, int n, fill_fn *fill, void *ctx, real *x, bool training, uint64_t key)
{
	return forward(p, n, (struct batch_run){ .fill = fill, .ctx = ctx }, x, training, key);
}

void
run_backward(struct plan *p, real *d, bool from_logits)
{
	struct batch_run r = { .plan = p, .mode = p->now, .from_logits = from_logits };

	assert(r.mode->doutput && (!from_logits || r.mode->softmax >= 0));
	r.mode->doutput->base = (char *)d;
	exchange_start(&p->exchange);
	run_program(&r, &r.mode->backward);
	if (r.shared)
		take_sums(&r);
	if (r.mode->training)
		network_add_penalties(p->net, p->w, p->dw);
}

const real *
run_logits(const struct plan *p)
{
	return p->now->logits ? (const real *)(const void *)p->now->logits->base : NULL;
}

const real *
run_output(const struct plan *p)
{
	return (const real *)(const void *)p->now->y->base;
}

const real *
run_gradient(const struct plan *p)
{
	return (const real *)(const void *)p->now->dy->base;
}
