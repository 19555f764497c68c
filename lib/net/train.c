#include "net/train.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/rng.h"
#include "base/team.h"
#include "net/run.h"

/* Keras's defaults of ReduceLROnPlateau and EarlyStopping */
static const double PLATEAU_DELTA = 1e-4, STOPPING_DELTA = 0;
enum { BATCH_MIN = 32 }; /* a smaller plan, where memory allows this one, would only make evaluation slow */

/* ---- start and end ---- */

struct train_position
train_position_start(int64_t first_epoch, int64_t first_step)
{
	return (struct train_position){ .first_epoch = first_epoch, .first_step = first_step, .lr_scale = 1,
		                  .best_val_loss = INFINITY, .plateau_best = INFINITY, .best_val_accuracy = -1 };
}

static int
planned(const struct network *m, int64_t batch)
{
	const int least = batch < BATCH_MIN ? plan_batch(m, BATCH_MIN, want_training(0)) : 0;

	return batch > least ? (int)batch : least;
}

size_t
train_memory(const struct network *m, int64_t batch)
{
	const size_t samples = (size_t)planned(m, batch);
	const size_t x = samples * (size_t)shape_count(&m->in, 0), d = samples * (size_t)shape_count(&m->out, 0);

	return plan_memory(m, want_training((int)samples)) + (m->weights + x + d) * sizeof(real) + samples * sizeof(struct label);
}

/* Samples that a rank evaluates at a time; any number gives the same. */
static int
evaluated(const struct training *t)
{
	const int batch = t->run.want.batch, part = batch / team_size();

	return part >= BATCH_MIN ? part : batch < BATCH_MIN ? batch : BATCH_MIN;
}

void
train_start(struct training *t)
{
	const int batch = planned(t->net, t->plan.batch < t->train->n ? t->plan.batch : t->train->n);
	size_t sample = (size_t)shape_count(&t->train->sample, 0);

	for (int k = 0; k < t->optim->groups; k++)
		t->optim->group[k].begins = (int64_t)ceil(t->optim->group[k].from) * train_steps(t);
	plan_make(&t->run, t->net, t->w, want_training(batch));
	t->rests = xcalloc((size_t)t->net->layers, sizeof *t->rests);
	t->order = xcalloc((size_t)t->train->n, sizeof *t->order);
	t->order_epoch = -1;
	t->x = xcalloc((size_t)batch * sample, sizeof *t->x);
	t->y = xcalloc((size_t)batch, sizeof *t->y);
	if (t->plan.mixing) {
		t->partner = xcalloc((size_t)batch, sizeof *t->partner);
		t->mixed = xcalloc((size_t)batch, sizeof *t->mixed);
	}
	t->each = xcalloc((size_t)evaluated(t) * (size_t)team_size(), sizeof *t->each);
	t->d = xcalloc((size_t)batch * (size_t)t->plan.loss.classes, sizeof *t->d);
}

void
train_free(struct training *t)
{
	plan_free(&t->run);
	free(t->rests);
	free(t->order);
	free(t->x);
	free(t->y);
	free(t->d);
	free(t->each);
	free(t->partner);
	free(t->mixed);
	t->rests = NULL;
	t->order = t->partner = NULL;
	t->x = t->d = NULL;
	t->y = NULL;
	t->each = NULL;
	t->mixed = NULL;
}

/* ---- batches ---- */

struct gather {
	const struct dataset *from;
	const uint32_t *row; /* NULL: consecutive rows from i0 on */
	int64_t i0;
	enum mixing mixing;
	const struct mixed *mixed; /* as many as the batch has samples */
};

static void
convert(enum dtype dtype, const void *numbers, size_t n, real *x)
{
	if (dtype == DT_U1) {
		const uint8_t *from = numbers;
		for (size_t i = 0; i < n; i++)
			x[i] = from[i];
	} else {
		const float *from = numbers;
		for (size_t i = 0; i < n; i++)
			x[i] = from[i];
	}
}

/* n numbers of a row, from the at-th on */
static void
copy(const struct dataset *d, size_t row, size_t at, size_t n, real *x)
{
	enum { SOME = 4096 };
	const size_t size = dtype_size(d->dtype), numbers = (size_t)shape_count(&d->sample, 0);
	float some[SOME];

	if (d->x) {
		convert(d->dtype, (const char *)d->x + (row * numbers + at) * size, n, x);
		return;
	}
	for (size_t i = 0, k; i < n; i += k) {
		k = n - i < SOME ? n - i : SOME;
		d->take(d->from, (int64_t)row, (at + i) * size, k * size, some);
		convert(d->dtype, some, k, x + i);
	}
}

/* x = share x + (1 - share) partner, which is that row */
static void
mix_up(const struct dataset *d, const struct mixed *m, size_t row, size_t size, real *x)
{
	enum { SOME = 1024 };
	real partner[SOME];

	for (size_t i = 0, n; i < size; i += n) {
		n = size - i < SOME ? size - i : SOME;
		copy(d, row, i, n, partner);
		kern->scale(n, (real)m->share, x + i);
		kern->axpy(n, (real)(1 - m->share), partner, x + i);
	}
}

static void
mix_cut(const struct dataset *d, const struct mixed *m, size_t partner, real *x)
{
	const size_t w = (size_t)d->sample.d[1], c = (size_t)d->sample.d[2];

	for (int row = m->row[0]; row < m->row[1]; row++) {
		const size_t from = ((size_t)row * w + (size_t)m->col[0]) * c;
		copy(d, partner, from, (size_t)(m->col[1] - m->col[0]) * c, x + from);
	}
}

static size_t
row(const struct gather *g, int i)
{
	return g->row ? g->row[g->i0 + i] : (size_t)g->i0 + (size_t)i;
}

static void
gather_x(void *ctx, int first, int n, real *x)
{
	const struct gather *g = ctx;
	const size_t size = (size_t)shape_count(&g->from->sample, 0);

	for (int i = first; i < first + n; i++, x += size) {
		copy(g->from, row(g, i), 0, size, x);
		if (g->mixing == MIX_UP)
			mix_up(g->from, &g->mixed[i], row(g, (int)g->mixed[i].partner), size, x);
		else if (g->mixing == MIX_CUT)
			mix_cut(g->from, &g->mixed[i], row(g, (int)g->mixed[i].partner), x);
	}
}

static void
gather_y(const struct gather *g, int n, struct label *y)
{
	for (int i = 0; i < n; i++) {
		y[i].first = y[i].second = g->from->y[row(g, i)];
		y[i].share = 1;
		if (g->mixing) {
			y[i].second = g->from->y[row(g, (int)g->mixed[i].partner)];
			y[i].share = g->mixed[i].share;
		}
	}
}

/* ---- learning rate ---- */

int64_t
train_steps(const struct training *t)
{
	return (t->train->n + t->plan.batch - 1) / t->plan.batch;
}

int64_t
train_run_steps(const struct training *t)
{
	return t->plan.steps ? t->plan.steps : t->plan.epochs * train_steps(t);
}

int64_t
train_epoch_steps(const struct training *t)
{
	const int64_t left = train_run_steps(t) - t->at.epoch * train_steps(t);

	return left < 0 ? 0 : left < train_steps(t) ? left : train_steps(t);
}

/* Keras's, too: the first step has the rate 0. */
static double
warmed_up(const struct training *t)
{
	int64_t step = t->at.epoch * train_steps(t) + t->at.step;

	return step < t->plan.warmup ? (double)step / (double)t->plan.warmup : 1;
}

static double
group_lr(const struct training *t, int group)
{
	const struct optim_group *g = &t->optim->group[group];
	const struct schedule_at at = { t->at.epoch, t->at.epoch * train_steps(t) + t->at.step, train_run_steps(t), t->plan.warmup };

	if ((double)t->at.epoch < g->from || (g->until > 0 && (double)t->at.epoch >= g->until))
		return OPTIM_RESTS;
	return g->lr * schedule_factor(g->scheduled ? &g->schedule : &t->plan.schedule, &at) * warmed_up(t) * t->at.lr_scale;
}

double
train_lr(const struct training *t)
{
	return group_lr(t, 0);
}

/* Are the groups of all its trained parameters at their end? A penalty is added to what the backward pass left, which therefore must come
 * each step. */
static bool
layer_rests(const struct training *t, const struct layer *l)
{
	for (int j = 0; j < l->params; j++) {
		const double until = l->param[j].fixed ? 0 : optim_group_at(t->optim, l->param[j].at)->until;
		if (!l->param[j].fixed && (until <= 0 || (double)t->at.epoch < until || l->param[j].l1 > 0 || l->param[j].l2 > 0))
			return false;
	}
	return layer_trained(l);
}

/* Layers whose training has ended need no gradients, and those before the first one that has not, no backward pass: a plan without them. A
 * bound on the norm of all gradients counts theirs, too. */
static void
rest_layers(struct training *t)
{
	struct want want = t->run.want;
	int trained = 0, resting = 0, before = 0;

	for (int i = 0; i < t->net->layers; i++) {
		before += t->rests[i];
		t->rests[i] = t->optim->clip_norm == 0 && layer_rests(t, &t->net->layer[i]);
		resting += t->rests[i];
		trained += layer_trained(&t->net->layer[i]);
	}
	if (resting == before || resting == trained) /* they only become more */
		return;
	want.rests = t->rests;
	plan_free(&t->run);
	plan_make(&t->run, t->net, t->w, want);
}

/* ---- a step ---- */

static void
begin_epoch(struct training *t)
{
	int64_t epoch = t->at.first_epoch + t->at.epoch;

	if (t->order_epoch == epoch)
		return;
	rest_layers(t);
	rng_permute(rng_key(t->plan.seed, "shuffle", (uint64_t)epoch), t->train->n, t->order);
	t->order_epoch = epoch;
}

/* What no optimizer watches: a batch normalization hides overflowing activations from the loss, but averages them. */
static bool
averages_finite(const struct network *m, const real *w)
{
	return isfinite(kern->largest(m->weights - m->trained, w + m->trained));
}

static bool
update(struct training *t)
{
	double lr[GROUPS_MAX];

	for (int k = 0; k < t->optim->groups; k++)
		lr[k] = group_lr(t, k);
	return optim_step(t->optim, lr, t->run.dw, t->w);
}

/* Samples of the step that begins with the i0-th of the epoch's order. */
static int
samples_from(const struct training *t, int64_t i0)
{
	return (int)(t->train->n - i0 < t->plan.batch ? t->train->n - i0 : t->plan.batch);
}

/* Rows that come from elsewhere are on their way while the step before theirs is computed. */
static void
expect_rows(const struct training *t, int64_t i0)
{
	const struct dataset *d = t->train;
	const int n = samples_from(t, i0);

	if (d->x || n <= 0)
		return;
	const struct owned own = ranks_block(n, piece_count(n), true);
	for (int i = own.i0; i < own.i1; i++)
		d->expect(d->from, t->order[i0 + i]);
}

bool
train_step(struct training *t)
{
	const struct dataset *d = t->train;
	const struct network *m = t->net;
	const int64_t i0 = t->at.step * t->plan.batch;
	const int n = samples_from(t, i0);

	begin_epoch(t);
	struct gather g = { d, t->order, i0, t->plan.mixing, t->mixed };
	uint64_t key = rng_key(t->plan.seed, "step", (uint64_t)(t->at.first_step + t->optim->step));
	if (g.mixing)
		mix_draw(g.mixing, t->plan.mix_alpha, &d->sample, rng_key(key, "mix", 0), n, t->partner, t->mixed);
	gather_y(&g, n, t->y);
	expect_rows(t, i0 + n);
	t->run.origin = (struct origin){ t->order + i0, t->at.first_epoch + t->at.epoch, rng_key(t->plan.seed, "images", 0) };
	const real *p = run_forward_fill(&t->run, n, gather_x, &g, t->x, true, key);
	const real *logits = run_logits(&t->run);
	struct score batch = loss_shared(&t->plan.loss, n, t->y, p, logits, t->d);
	batch.loss += n * network_penalty(m, t->w);
	if (!isfinite(batch.loss) || !averages_finite(m, t->w))
		return false;
	run_backward(&t->run, t->d, logits != NULL);
	if (!update(t))
		return false;

	t->at.running.loss += batch.loss;
	t->at.running.correct += batch.correct;
	t->at.running.n += n;
	t->at.step++;
	return true;
}

/* ---- an epoch ---- */

bool
train_epoch_done(const struct training *t)
{
	return t->at.step >= train_epoch_steps(t);
}

bool
train_done(const struct training *t)
{
	return t->at.stopped || t->at.epoch >= t->plan.epochs;
}

/* Where the batch of rank k ends, if each has one from row i on; counted from i. */
static int
batch_end(const struct training *t, const struct dataset *d, int64_t i, int k)
{
	const int64_t end = (int64_t)(k + 1) * evaluated(t);

	return (int)(d->n - i < end ? d->n - i : end);
}

static void
evaluate_batch(struct training *t, const struct dataset *d, int64_t i, int n, struct score *each)
{
	struct gather g = { .from = d, .i0 = i };
	struct loss loss = t->plan.loss;

	loss.class_weight = NULL;
	const real *p = run_forward_fill(&t->run, n, gather_x, &g, t->x, false, 0);
	const real *logits = run_logits(&t->run);
	for (int k = 0; k < n; k++) {
		const size_t at = (size_t)k * (size_t)loss.classes;
		each[k] = (struct score){ 0 };
		loss_batch(&loss, 1, d->y + i + k, p + at, logits ? logits + at : NULL, &each[k], NULL);
	}
}

/* A batch a rank, from row i on; the scores are added in the order of the rows. */
static void
evaluate_batches(struct training *t, const struct dataset *d, int64_t i, struct score *s)
{
	int end[TEAM_MAX];

	for (int k = 0; k < team_size(); k++)
		end[k] = batch_end(t, d, i, k);
	const int first = batch_end(t, d, i, team_rank() - 1), n = end[team_rank()] - first;
	if (n)
		evaluate_batch(t, d, i + first, n, t->each + first);
	team_gather(t->each, sizeof *t->each, end);
	for (int k = 0; k < end[team_size() - 1]; k++)
		score_add(s, t->each[k]);
}

static bool
evaluate(struct training *t, const struct dataset *d, struct score *s)
{
	const int64_t all = (int64_t)team_size() * evaluated(t);

	*s = (struct score){ 0 };
	for (int64_t i = 0; i < d->n; i += all) {
		if (t->stop && t->stop())
			return false;
		evaluate_batches(t, d, i, s);
	}
	s->loss += (double)d->n * network_penalty(t->net, t->w);
	return true;
}

bool
train_evaluate(struct training *t, const struct dataset *d, struct score *s)
{
	optim_swap_average(t->optim, t->w);
	const bool whole = evaluate(t, d, s);
	optim_swap_average(t->optim, t->w);
	return whole;
}

/* Counts epochs without a value better by delta than the best; after `patience` of them true, and the count restarts. */
static bool
waited(double value, double delta, int64_t patience, double *best, int64_t *wait)
{
	if (value < *best - delta) {
		*best = value;
		*wait = 0;
		return false;
	}
	if (++*wait < patience)
		return false;
	*wait = 0;
	return true;
}

static void
learn_from_validation(struct training *t, const struct epoch_row *row)
{
	const struct train_options *p = &t->plan;
	struct train_position *at = &t->at;

	if (row->best)
		at->best_val_accuracy = row->val_accuracy;
	if (p->plateau && waited(row->val_loss, PLATEAU_DELTA, p->plateau, &at->plateau_best, &at->plateau_wait))
		at->lr_scale *= p->plateau_factor;
	if (p->early_stopping && waited(row->val_loss, STOPPING_DELTA, p->early_stopping, &at->best_val_loss, &at->wait))
		at->stopped = true;
}

bool
train_end_epoch(struct training *t, struct epoch_row *row)
{
	struct train_position *at = &t->at;
	struct score s;

	assert(at->step > 0);
	if (t->val && !train_evaluate(t, t->val, &s))
		return false;
	at->step--; /* the last one's */
	*row = (struct epoch_row){ .lr = train_lr(t), .val_loss = NAN, .val_accuracy = NAN };
	row->loss = at->running.loss / (double)at->running.n;
	row->accuracy = at->running.correct / (double)at->running.n;
	at->epoch++;
	at->step = 0;
	at->running = (struct score){ 0 };
	row->epoch = at->first_epoch + at->epoch;
	row->step = at->first_step + t->optim->step;
	if (!t->val)
		return true;
	row->val_loss = s.loss / (double)s.n;
	row->val_accuracy = s.correct / (double)s.n;
	row->best = row->val_accuracy > at->best_val_accuracy;
	learn_from_validation(t, row);
	return true;
}

void
class_weights_balanced(const struct dataset *d, double *weight)
{
	int64_t rows[256] = { 0 };
	int present = 0;

	for (int64_t i = 0; i < d->n; i++)
		present += rows[d->y[i]]++ == 0;
	for (int k = 0; k < d->classes; k++)
		weight[k] = rows[k] ? (double)d->n / ((double)present * (double)rows[k]) : 1;
}
