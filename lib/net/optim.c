#include "net/optim.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

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

void
optim_standard(struct optim *o, const struct optim_type *type)
{
	*o = (struct optim){ .type = type, .momentum = type->momentum, .beta1 = type->beta1, .beta2 = type->beta2,
		             .epsilon = type->epsilon, .groups = 1, .group = { { .lr = type->lr, .decay = type->decay } } };
}

void
optim_append(struct optim *o, size_t n, int group)
{
	const size_t end = (o->spans ? o->span[o->spans - 1].end : 0) + n;

	if (!o->spans || o->span[o->spans - 1].group != group)
		o->span = xrealloc(o->span, (size_t)++o->spans, sizeof *o->span);
	o->span[o->spans - 1] = (struct optim_span){ end, group };
}

static int
piece_count(size_t n)
{
	return (int)((n + PIECE - 1) / PIECE);
}

void
optim_alloc(struct optim *o, size_t n)
{
	if (!o->spans)
		optim_append(o, n, 0);
	assert(o->span[o->spans - 1].end == n);
	o->n = n;
	o->squares = xcalloc((size_t)piece_count(n), sizeof *o->squares);
	for (int i = 0; i < o->type->slots; i++)
		o->slot[i] = xcalloc(n, sizeof(real));
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
	memset(o, 0, sizeof *o);
}

/* Keras's α: the averages start at zero, and are that much too small after `step` steps. */
static double
corrected(const struct optim *o, double lr)
{
	if (!o->type->corrects)
		return lr;
	uint64_t t = (uint64_t)o->step + 1;
	return lr * sqrt(1 - exact_pow_int(o->beta2, t)) / (1 - exact_pow_int(o->beta1, t));
}

static double
known(double number)
{
	return isnan(number) ? 0 : number;
}

struct step_work {
	const struct optim *o;
	step_fn *rule;
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
	size_t i = (size_t)piece * PIECE, end = i + piece_size(job->o->n, piece);
	const struct optim_span *span = job->o->span;

	(void)worker;
	for (size_t n; i < end; i += n) {
		while (span->end <= i)
			span++;
		n = least(least(end - i, CACHED), span->end - i);
		if (job->scale < 1)
			kern->scale(n, job->scale, job->g + i);
		job->rule(&job->step[span->group], n, job->g + i, job->w + i, from(job->o->slot[0], i), from(job->o->slot[1], i));
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

bool
optim_step(struct optim *o, const double *lr, real *g, real *w)
{
	struct step_work job = { .o = o, .g = g, .w = w, .large = o->checked == w && o->large };
	int pieces = piece_count(o->n);

	memcpy(&job.rule, (const char *)kern + o->type->kernel, sizeof job.rule);
	for (int k = 0; k < o->groups; k++)
		job.step[k] = (struct update){ .lr = corrected(o, lr[k]), .momentum = known(o->momentum), .beta1 = known(o->beta1),
			                     .beta2 = known(o->beta2), .epsilon = known(o->epsilon), .decay = lr[k] * o->group[k].decay };
	par_for(pieces, check_piece, &job);
	if (atomic_load(&job.large)) {
		o->checked = NULL;
		return false;
	}
	job.scale = clipping_scale(o);
	par_for(pieces, step_piece, &job);
	o->checked = w;
	o->large = atomic_load(&job.large);
	o->step++;
	return true;
}
