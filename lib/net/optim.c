#include "net/optim.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/die.h"
#include "base/exact.h"
#include "base/par.h"

enum { PIECE = 16384, CACHED = 2048 }; /* numbers a piece: 64 KiB of each array; and of what is still in the first cache */

#define KERNEL(rule) offsetof(struct kern, rule)
#define NONE NAN

const struct optim_type optim_types[] = {
	{ .name = "sgd", .help = "w - lr g", .kernel = KERNEL(sgd),
	  .lr = 0.01, .momentum = NONE, .beta1 = NONE, .beta2 = NONE, .epsilon = NONE },
	{ .name = "momentum", .help = "v = m v - lr g; w + v", .kernel = KERNEL(momentum),
	  .slots = 1, .slot_name = { "momentum" },
	  .lr = 0.01, .momentum = 0.9, .beta1 = NONE, .beta2 = NONE, .epsilon = NONE },
	{ .name = "nesterov", .help = "v = m v - lr g; w + m v - lr g", .kernel = KERNEL(nesterov),
	  .slots = 1, .slot_name = { "momentum" },
	  .lr = 0.01, .momentum = 0.9, .beta1 = NONE, .beta2 = NONE, .epsilon = NONE },
	{ .name = "adam", .help = "Kingma and Ba, 2015", .kernel = KERNEL(adam),
	  .slots = 2, .slot_name = { "momentum", "velocity" },
	  .lr = 0.001, .momentum = NONE, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7, .corrects = true },
	{ .name = "adamw", .help = "adam with decoupled weight decay, Loshchilov and Hutter, 2019",
	  .kernel = KERNEL(adam), .slots = 2, .slot_name = { "momentum", "velocity" },
	  .lr = 0.001, .momentum = NONE, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7, .decay = 0.004,
	  .corrects = true },
	/* Keras calls rmsprop's one number rho */
	{ .name = "rmsprop", .help = "Hinton's lecture 6e, 2012; beta2 is rho", .kernel = KERNEL(rmsprop),
	  .slots = 1, .slot_name = { "velocity" },
	  .lr = 0.001, .momentum = NONE, .beta1 = NONE, .beta2 = 0.9, .epsilon = 1e-7 },
	{ .name = "lion", .help = "steps of one size, by the sign of a mean gradient (Chen et al., 2023)", .kernel = KERNEL(lion),
	  .slots = 1, .slot_name = { "momentum" },
	  .lr = 0.001, .momentum = NONE, .beta1 = 0.9, .beta2 = 0.99, .epsilon = NONE },
	{ .name = "muon", .help = "momentum with singular values of about 1, of kernels (Jordan, 2024); other parameters: adam",
	  .slots = 1, .slot_name = { "momentum" }, .matrices = true,
	  .lr = 0.02, .momentum = 0.95, .beta1 = NONE, .beta2 = NONE, .epsilon = NONE },
	{ 0 },
};

const struct optim_type *
optim_find(const char *name)
{
	for (const struct optim_type *t = optim_types; t->name; t++)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}

const char *
optim_names(void)
{
	static char list[256];

	*list = '\0';
	for (const struct optim_type *t = optim_types; t->name; t++)
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "", t->name);
	return list;
}

struct optim_group
optim_group_standard(const struct optim_type *type)
{
	return (struct optim_group){ .type = type, .lr = type->lr, .decay = type->decay, .momentum = type->momentum, .beta1 = type->beta1,
		.beta2 = type->beta2, .epsilon = type->epsilon, .norm = type->matrices ? 0 : NONE, .iterations = type->matrices ? 5 : NONE };
}

void
optim_standard(struct optim *o, const struct optim_type *type)
{
	*o = (struct optim){ .groups = 1, .group = { optim_group_standard(type) } };
}

static size_t
end(const struct optim *o)
{
	return o->spans ? o->span[o->spans - 1].end : 0;
}

static void
append(struct optim *o, struct optim_span span)
{
	o->span = xrealloc(o->span, (size_t)++o->spans, sizeof *o->span);
	o->span[o->spans - 1] = span;
}

void
optim_append(struct optim *o, size_t n, int group)
{
	assert(!o->group[group].type->matrices);
	if (o->spans && o->span[o->spans - 1].group == group)
		o->span[o->spans - 1].end += n;
	else
		append(o, (struct optim_span){ .end = end(o) + n, .group = group });
}

void
optim_append_matrix(struct optim *o, struct matrix m, int group)
{
	append(o, (struct optim_span){ .end = end(o) + (size_t)m.rest * (size_t)m.out, .group = group, .matrix = m });
}

const struct optim_group *
optim_group_at(const struct optim *o, size_t i)
{
	const struct optim_span *span = o->span;

	if (!o->spans)
		return &o->group[0];
	while (span->end <= i)
		span++;
	return &o->group[span->group];
}

int
optim_slots(const struct optim *o)
{
	int most = 0;

	for (int k = 0; k < o->groups; k++)
		most = o->group[k].type->slots > most ? o->group[k].type->slots : most;
	return most;
}

const char *
optim_slot_name(const struct optim *o, int i)
{
	int k = 0;

	if (i >= SLOTS_RULE)
		return i == SLOT_AVERAGE ? "average" : "slow";
	while (o->group[k].type->slots <= i)
		k++;
	return o->group[k].type->slot_name[i];
}

static bool
has_slot(const struct optim *o, int i)
{
	return i == SLOT_AVERAGE ? o->ema > 0 : i == SLOT_SLOW ? o->lookahead > 0 : i < optim_slots(o);
}

static int
piece_count(size_t n)
{
	return (int)((n + PIECE - 1) / PIECE);
}

void
optim_alloc(struct optim *o, size_t n)
{
	if (!o->spans && o->group[0].type->matrices)
		optim_append_matrix(o, (struct matrix){ (int)n, 1 }, 0);
	else if (!o->spans)
		optim_append(o, n, 0);
	assert(end(o) == n);
	o->n = n;
	o->squares = xcalloc((size_t)piece_count(n), sizeof *o->squares);
	for (int i = 0; i < SLOTS_MAX; i++)
		o->slot[i] = has_slot(o, i) ? xcalloc(n, sizeof(real)) : NULL;
	size_t room = 0;
	for (int k = 0; k < o->spans; k++)
		room = o->span[k].matrix.out && muon_room(o->span[k].matrix) > room ? muon_room(o->span[k].matrix) : room;
	o->room = room ? arena_zeroed(room * sizeof(real)) : NULL;
}

void
optim_free(struct optim *o)
{
	for (int i = 0; i < SLOTS_MAX; i++)
		free(o->slot[i]);
	for (int k = 0; k < o->groups; k++)
		free(o->group[k].pattern);
	free(o->span);
	free(o->squares);
	free(o->room);
	memset(o, 0, sizeof *o);
}

/* Keras's α: the averages start at zero, and are that much too small after the group's t steps. */
static double
corrected(const struct optim *o, const struct optim_group *group, double lr)
{
	if (!group->type->corrects || lr < 0)
		return lr;
	const uint64_t t = (uint64_t)(o->step - group->begins) + 1;
	return lr * sqrt(1 - exact_pow_int(group->beta2, t)) / (1 - exact_pow_int(group->beta1, t));
}

static double
known(double number)
{
	return isnan(number) ? 0 : number;
}

struct step_work {
	const struct optim *o;
	step_fn *rule[GROUPS_MAX]; /* NULL: the group rests, or its steps are of matrices */
	struct update step[GROUPS_MAX];
	real *g, *w;
	real scale; /* of g */
	atomic_bool large;
};

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t
piece_size(size_t n, int piece)
{
	return least(n - (size_t)piece * PIECE, PIECE);
}

static void
check(struct step_work *job, size_t n, const real *x)
{
	if (!(kern->largest(n, x) < OPTIM_LARGEST))
		atomic_store(&job->large, true);
}

static void
check_piece(int piece, int worker, void *ctx)
{
	struct step_work *job = ctx;
	size_t i0 = (size_t)piece * PIECE, n = piece_size(job->o->n, piece);

	(void)worker;
	check(job, n, job->g + i0);
	if (job->o->clip_norm > 0)
		job->o->squares[piece] = kern->sum_squares(n, job->g + i0);
	if (job->o->checked != job->w)
		check(job, n, job->w + i0);
	if (job->o->slot[SLOT_SLOW] && !job->o->step)
		memcpy(job->o->slot[SLOT_SLOW] + i0, job->w + i0, n * sizeof *job->w);
}

static real *
from(real *slot, size_t i)
{
	return slot ? slot + i : NULL;
}

/* Weights are looked at for the next step while they are in the cache. */
static void
step_piece(int piece, int worker, void *ctx)
{
	struct step_work *job = ctx;
	size_t i = (size_t)piece * PIECE, last = i + piece_size(job->o->n, piece);
	const struct optim_span *span = job->o->span;

	(void)worker;
	for (size_t n; i < last; i += n) {
		while (span->end <= i)
			span++;
		n = least(least(last - i, CACHED), span->end - i);
		if (!job->rule[span->group])
			continue;
		if (job->scale < 1)
			kern->scale(n, job->scale, job->g + i);
		job->rule[span->group](&job->step[span->group], n, job->g + i, job->w + i, from(job->o->slot[0], i), from(job->o->slot[1], i));
		check(job, n, job->w + i);
	}
}

/* In double and in the order of the pieces: the same for any number of threads. */
static real
clipping_scale(const struct optim *o)
{
	double sum = 0;

	for (int i = 0; o->clip_norm > 0 && i < piece_count(o->n); i++)
		sum += o->squares[i];
	const double norm = sqrt(sum);
	return norm > o->clip_norm && o->clip_norm > 0 ? (real)(o->clip_norm / norm) : 1;
}

/* What a group does in this step. */
static void
set_rule(struct step_work *job, int k, double lr)
{
	const struct optim_group *g = &job->o->group[k];

	job->step[k] = (struct update){ .lr = corrected(job->o, g, lr), .momentum = known(g->momentum), .beta1 = known(g->beta1),
		                        .beta2 = known(g->beta2), .epsilon = known(g->epsilon), .decay = lr * g->decay };
	if (lr >= 0 && !g->type->matrices)
		memcpy(&job->rule[k], (const char *)kern + g->type->kernel, sizeof job->rule[k]);
}

/* y + part (x - y): y, to the last bit, where they are equal */
static void
go_towards(size_t n, double part, const real *x, real *y)
{
	real way[CACHED];

	memcpy(way, x, n * sizeof *way);
	kern->axpy(n, -1, y, way);
	kern->axpy(n, (real)part, way, y);
}

static void
go_back(const struct optim *o, size_t i, size_t n, real *w)
{
	real *const slow = o->slot[SLOT_SLOW] + i;

	go_towards(n, o->slow_part, w, slow);
	memcpy(w, slow, n * sizeof *w);
}

static void
average(const struct optim *o, size_t i, size_t n, const real *w)
{
	real *const mean = o->slot[SLOT_AVERAGE] + i;

	if (o->step)
		go_towards(n, 1 - o->ema, w, mean);
	else
		memcpy(mean, w, n * sizeof *w);
}

/* What comes after the steps of all rules. */
static void
end_piece(int piece, int worker, void *ctx)
{
	struct step_work *job = ctx;
	const struct optim *o = job->o;
	const size_t first = (size_t)piece * PIECE, last = first + piece_size(o->n, piece);

	(void)worker;
	for (size_t i = first, n; i < last; i += n) {
		n = least(last - i, CACHED);
		if (o->room)
			check(job, n, job->w + i);
		if (o->slot[SLOT_SLOW] && (o->step + 1) % o->lookahead == 0)
			go_back(o, i, n, job->w + i);
		if (o->slot[SLOT_AVERAGE])
			average(o, i, n, job->w + i);
	}
}

/* Matrices one after the other: a step over each is parallel inside. */
static void
step_matrices(struct step_work *job, const double *lr)
{
	const struct optim *o = job->o;

	for (int i = 0; i < o->spans; i++) {
		const struct optim_span *span = &o->span[i];
		const struct optim_group *g = &o->group[span->group];
		const size_t at = i ? o->span[i - 1].end : 0;
		if (!g->type->matrices || lr[span->group] < 0)
			continue;
		const struct muon s = { .lr = lr[span->group], .momentum = g->momentum, .decay = g->decay, .norm = g->norm,
			.iterations = (int)g->iterations, .scale = job->scale };
		muon_step(&s, span->matrix, job->g + at, job->w + at, o->slot[0] + at, o->room);
	}
}

bool
optim_step(struct optim *o, const double *lr, real *g, real *w)
{
	struct step_work job = { .o = o, .g = g, .w = w, .large = o->checked == w && o->large };
	int pieces = piece_count(o->n);

	for (int k = 0; k < o->groups; k++)
		set_rule(&job, k, lr[k]);
	par_for(pieces, check_piece, &job);
	if (atomic_load(&job.large)) {
		o->checked = NULL;
		return false;
	}
	job.scale = clipping_scale(o);
	par_for(pieces, step_piece, &job);
	step_matrices(&job, lr);
	if (o->room || o->slot[SLOT_SLOW] || o->slot[SLOT_AVERAGE])
		par_for(pieces, end_piece, &job);
	o->checked = w;
	o->large = atomic_load(&job.large);
	o->step++;
	return true;
}

void
optim_swap_average(struct optim *o, real *w)
{
	real *const mean = o->slot[SLOT_AVERAGE];

	for (size_t i = 0; mean && i < o->n; i++) {
		const real was = w[i];
		w[i] = mean[i];
		mean[i] = was;
	}
}
