/* Optimizers against closed forms and against their rules in double, for every instruction set. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "base/rng.h"
#include "net/optim.h"

enum { N = 2 * 16384 + 1237, STEPS = 7 }; /* pieces of a step, and a piece that no vector divides */
static int failures;

static void __attribute__((format(printf, 2, 3)))
check(int ok, const char *fmt, ...)
{
	va_list ap;

	if (ok)
		return;
	va_start(ap, fmt);
	fprintf(stderr, "optim: %s: ", kern->name);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	failures++;
}

static real g[N], w[N], w0[N];

static void
draw(real *x, uint64_t key)
{
	for (int i = 0; i < N; i++)
		x[i] = (real)rng_normal(key, (uint64_t)i);
}

/* one step, of an optimizer with one group */
static bool
step(struct optim *o, double lr)
{
	return optim_step(o, &lr, g, w);
}

/* ---- the rules as Keras 3 writes them, in double, one weight ---- */

struct state {
	double w, m, v;
};

static void
rule(const struct optim *o, double lr, double decay, int t, double gi, struct state *s)
{
	const char *name = o->group[0].type->name;

	s->w -= lr * decay * s->w;
	if (!strcmp(name, "sgd")) {
		s->w -= lr * gi;
	} else if (!strcmp(name, "momentum")) {
		s->m = o->group[0].momentum * s->m - lr * gi;
		s->w += s->m;
	} else if (!strcmp(name, "nesterov")) {
		s->m = o->group[0].momentum * s->m - lr * gi;
		s->w += o->group[0].momentum * s->m - lr * gi;
	} else if (!strncmp(name, "adam", 4)) {
		s->m += (gi - s->m) * (1 - o->group[0].beta1);
		s->v += (gi * gi - s->v) * (1 - o->group[0].beta2);
		s->w -= lr * sqrt(1 - pow(o->group[0].beta2, t)) / (1 - pow(o->group[0].beta1, t)) * s->m / (sqrt(s->v) + o->group[0].epsilon);
	} else if (!strcmp(name, "lion")) {
		const double mean = o->group[0].beta1 * s->m + (1 - o->group[0].beta1) * gi;
		s->m = o->group[0].beta2 * s->m + (1 - o->group[0].beta2) * gi;
		s->w -= lr * (mean > 0 ? 1 : mean < 0 ? -1 : 0);
	} else if (!strcmp(name, "rmsprop")) {
		s->v = o->group[0].beta2 * s->v + (1 - o->group[0].beta2) * gi * gi;
		s->w -= lr * gi / sqrt(s->v + o->group[0].epsilon);
	} else {
		check(0, "%s: no rule to compare with", name);
	}
}

static void
follows_its_rule(const struct optim_type *type, double decay)
{
	static struct state s[N];
	struct optim o;
	double worst = 0;

	optim_standard(&o, type);
	o.group[0].decay += decay;
	optim_alloc(&o, N);
	draw(w, rng_key(1, "w", 0));
	for (int i = 0; i < N; i++)
		s[i] = (struct state){ .w = w[i] };
	for (int t = 1; t <= STEPS; t++) {
		double lr = type->lr / t;
		draw(g, rng_key(1, "g", (uint64_t)t));
		check(step(&o, lr), "%s: refuses a harmless step", type->name);
		for (int i = 0; i < N; i++)
			rule(&o, lr, o.group[0].decay, t, g[i], &s[i]);
	}
	for (int i = 0; i < N; i++) { /* not fmax(worst, off): gcc 12 for aarch64 crashes on that at -O3; and it would lose a NaN */
		const double off = fabs(w[i] - s[i].w) / fmax(1, fabs(s[i].w));
		if (off > worst || isnan(off))
			worst = off;
	}
	check(worst < 1e-6, "%s, decay %g: off its rule by %g after %d steps", type->name, decay, worst, STEPS);
	check(o.step == STEPS, "%s: counts %d steps, not %d", type->name, (int)o.step, STEPS);
	optim_free(&o);
}

/* ---- closed forms for a constant gradient ---- */

/* how far w went after t steps of gradient c */
static double
way(const struct optim *o, double lr, double c, int t)
{
	const char *name = o->group[0].type->name;
	double m = o->group[0].momentum, way_adam = 0, way_rms = 0;

	for (int k = 1; k <= t; k++) {
		/* the averages of a constant are (1 - beta^k) times it, and adam's correction takes the factor of m away */
		double root = sqrt(1 - pow(o->group[0].beta2, k));
		way_adam += lr * root * c / (root * fabs(c) + o->group[0].epsilon);
		way_rms += lr * c / sqrt((1 - pow(o->group[0].beta2, k)) * c * c + o->group[0].epsilon);
	}
	double geometric = m * (1 - pow(m, t)) / (1 - m); /* m + m^2 + ... + m^t */
	if (!strcmp(name, "sgd"))
		return lr * c * t;
	if (!strcmp(name, "momentum"))
		return lr * c * (t - geometric) / (1 - m);
	if (!strcmp(name, "nesterov"))
		return lr * c * (m * (t - geometric) / (1 - m) + t);
	if (!strcmp(name, "lion"))
		return lr * t * (c > 0 ? 1 : -1);
	return strcmp(name, "rmsprop") ? way_adam : way_rms;
}

static void
goes_the_closed_way(const struct optim_type *type)
{
	static const double constants[] = { 1, -0.25, 1e-3, 40 };
	const int t = 20;

	for (size_t k = 0; k < sizeof constants / sizeof *constants; k++) {
		struct optim o;
		optim_standard(&o, type);
		o.group[0].decay = 0;
		optim_alloc(&o, N);
		for (int i = 0; i < N; i++)
			w[i] = 0, g[i] = (real)constants[k];
		for (int i = 0; i < t; i++)
			step(&o, type->lr);
		double want = -way(&o, type->lr, g[0], t);
		for (int i = 0; i < N; i += N - 1)
			check(fabs(w[i] - want) <= 2e-6 * fabs(want), "%s: constant gradient %g leads to %.9g, not %.9g",
			      type->name, constants[k], (double)w[i], want);
		optim_free(&o);
	}
}

static void
adamw_shrinks_by_its_decay(void)
{
	struct optim o;

	optim_standard(&o, optim_find("adamw"));
	optim_alloc(&o, N);
	for (int i = 0; i < N; i++)
		w[i] = 2, g[i] = 0;
	for (int i = 0; i < 10; i++)
		step(&o, 0.5);
	double want = 2 * pow(1 - 0.5 * 0.004, 10);
	check(fabs(w[N - 1] - want) < 1e-6, "adamw without gradient leads to %.9g, not %.9g", (double)w[N - 1], want);
	optim_free(&o);
}

/* ---- clipping ---- */

static double
norm(const real *x)
{
	double sum = 0;

	for (int i = 0; i < N; i++)
		sum += (double)x[i] * x[i];
	return sqrt(sum);
}

/* With sgd at a rate of 1, weights from 0 go minus the gradient. */
static void
one_step(double clip_norm)
{
	struct optim o;

	optim_standard(&o, optim_find("sgd"));
	o.clip_norm = clip_norm;
	optim_alloc(&o, N);
	memset(w, 0, sizeof w);
	draw(g, rng_key(3, "g", 0));
	step(&o, 1);
	optim_free(&o);
}

static void
clips_all_gradients_to_one_norm(void)
{
	one_step(0);
	memcpy(w0, w, sizeof w);
	const double whole = norm(w0);

	one_step(whole * 1.001);
	check(!memcmp(w, w0, sizeof w), "gradients of norm %g are not left alone below %g", whole, whole * 1.001);
	one_step(whole / 7);
	check(fabs(norm(w) - whole / 7) < 1e-6 * whole, "gradients are clipped to %.9g, not %.9g", norm(w), whole / 7);
	for (int i = 0; i < N; i++)
		if (fabs(w[i] - w0[i] / 7) > 1e-6 * fabs((double)w0[i])) {
			check(0, "gradient %d is clipped to %.9g, not %.9g", i, (double)-w[i], (double)-w0[i] / 7);
			break;
		}
}

/* (3, 4) has the norm 5 */
static void
clips_by_hand(void)
{
	struct optim o;
	real gradient[] = { 3, 4 }, weight[] = { 0, 0 };

	optim_standard(&o, optim_find("sgd"));
	o.clip_norm = 1;
	optim_alloc(&o, 2);
	optim_step(&o, &(double){ 0.5 }, gradient, weight);
	check(fabs(weight[0] + 0.3) < 1e-7 && fabs(weight[1] + 0.4) < 1e-7, "(3, 4) clipped to 1 moves to (%.9g, %.9g)",
	      (double)weight[0], (double)weight[1]);
	optim_free(&o);
}

/* ---- groups ---- */

/* Where weights change their group: neighbours, one weight, both sides of a piece's end, a span that no vector divides. */
static const struct {
	int end, group;
} spans[] = { { 5, 1 }, { 6, 0 }, { 16383, 2 }, { 16384, 1 }, { 16387, 2 }, { 20000, 0 }, { N - 1, 1 }, { N, 2 } };
enum { SPANS = sizeof spans / sizeof *spans };

static int
group_of(int i)
{
	int k = 0;

	while (spans[k].end <= i)
		k++;
	return spans[k].group;
}

static struct optim
grouped(const struct optim_type *type)
{
	struct optim o;

	optim_standard(&o, type);
	o.groups = 3;
	o.group[1] = o.group[2] = o.group[0];
	for (int k = 0, at = 0; k < SPANS; at = spans[k++].end)
		optim_append(&o, (size_t)(spans[k].end - at), spans[k].group);
	optim_alloc(&o, N);
	return o;
}

static void
each_group_has_its_rate_and_decay(const struct optim_type *type)
{
	static const double decay[] = { 0.2, 0, 1.5 };
	static struct state s[N];
	struct optim o = grouped(type);
	double worst = 0;

	for (int k = 0; k < 3; k++)
		o.group[k].decay = decay[k];
	draw(w, rng_key(4, "w", 0));
	for (int i = 0; i < N; i++)
		s[i] = (struct state){ .w = w[i] };
	for (int t = 1; t <= STEPS; t++) {
		const double lr[] = { type->lr / t, type->lr * t, type->lr * 8 / t };
		draw(g, rng_key(4, "g", (uint64_t)t));
		optim_step(&o, lr, g, w);
		for (int i = 0; i < N; i++)
			rule(&o, lr[group_of(i)], decay[group_of(i)], t, g[i], &s[i]);
	}
	for (int i = 0; i < N; i++)
		worst = fmax(worst, fabs(w[i] - s[i].w) / fmax(1, fabs(s[i].w)));
	check(worst < 3e-6, "%s in groups: off its rule by %g after %d steps", type->name, worst, STEPS);
	optim_free(&o);
}

static void
three_steps(struct optim *o, double lr)
{
	draw(w, rng_key(5, "w", 0));
	for (int t = 0; t < 3; t++) {
		draw(g, rng_key(5, "g", (uint64_t)t));
		optim_step(o, (double[]){ lr, lr, lr }, g, w);
	}
	optim_free(o);
}

static void
groups_alike_are_one(const struct optim_type *type)
{
	struct optim one, three = grouped(type);

	optim_standard(&one, type);
	optim_alloc(&one, N);
	one.clip_norm = three.clip_norm = 0.1;
	for (int k = 0; k < 3; k++)
		one.group[0].decay = three.group[k].decay = 0.01;
	three_steps(&one, type->lr);
	memcpy(w0, w, sizeof w);
	three_steps(&three, type->lr);
	check(!memcmp(w0, w, sizeof w), "%s: groups with the same numbers give other weights than no groups", type->name);
}

/* also those that do not move count */
static void
clips_all_groups_to_one_norm(void)
{
	struct optim o = grouped(optim_find("sgd"));
	double moved[3] = { 0 };

	o.clip_norm = 1;
	memset(w, 0, sizeof w);
	draw(g, rng_key(3, "g", 0));
	memcpy(w0, g, sizeof g);
	const double whole = norm(g);
	optim_step(&o, (double[]){ 1, 0, 3 }, g, w);
	for (int i = 0; i < N; i++)
		moved[group_of(i)] = fmax(moved[group_of(i)], fabs(w[i] + (group_of(i) == 0 ? 1 : 3) * w0[i] / whole));
	check(moved[0] < 1e-8 && moved[2] < 1e-8, "groups are clipped apart: off by %g and %g", moved[0], moved[2]);
	for (int i = 0; i < N; i++)
		if (group_of(i) == 1 && w[i] != 0) {
			check(0, "weight %d moves at the rate 0", i);
			break;
		}
	optim_free(&o);
}

/* ---- refusals and threads ---- */

static void
refuses(const struct optim_type *type, int where, real gi, real wi)
{
	struct optim o;
	bool slots_zero = true;

	optim_standard(&o, type);
	optim_alloc(&o, N);
	draw(w, rng_key(1, "w", 0));
	draw(g, rng_key(1, "g", 0));
	g[where] = gi;
	w[where] = wi;
	memcpy(w0, w, sizeof w);
	check(!step(&o, type->lr), "%s: steps with gradient %g, weight %g", type->name, (double)gi, (double)wi);
	for (int i = 0; i < type->slots; i++)
		for (int k = 0; k < N; k++)
			slots_zero &= o.slot[i][k] == 0;
	check(!memcmp(w0, w, sizeof w) && slots_zero && o.step == 0, "%s: a refused step leaves traces", type->name);
	optim_free(&o);
}

/* a step may leave a weight too large for the next one; once that is mended, steps go on */
static void
refuses_what_it_left(void)
{
	struct optim o;
	const int where = 17000;

	optim_standard(&o, optim_find("sgd"));
	optim_alloc(&o, N);
	draw(w, rng_key(1, "w", 0));
	draw(g, rng_key(1, "g", 0));
	w[where] = (real)9e17;
	g[where] = (real)-9e17;
	check(step(&o, 0.5), "refuses a step from weights that are not too large");
	g[where] = 1;
	memcpy(w0, w, sizeof w);
	check(!step(&o, 0.5) && !memcmp(w0, w, sizeof w) && o.step == 1, "steps from a weight of %g", (double)w[where]);
	w[where] = 1;
	check(step(&o, 0.5) && o.step == 2, "refuses steps after a weight was mended");
	optim_free(&o);
}

static void
threads_change_nothing(const struct optim_type *type)
{
	for (int threads = 1; threads <= 3; threads++) {
		par_threads(threads);
		struct optim o = grouped(type);
		o.clip_norm = 0.1;
		draw(w, rng_key(1, "w", 0));
		for (int t = 0; t < 3; t++) {
			draw(g, rng_key(2, "g", (uint64_t)t));
			optim_step(&o, (double[]){ type->lr, type->lr * 3, 0 }, g, w);
		}
		if (threads == 1)
			memcpy(w0, w, sizeof w);
		check(!memcmp(w0, w, sizeof w), "%s: %d threads give other weights than one", type->name, threads);
		optim_free(&o);
	}
}

/* ---- groups of several rules, some of which rest ---- */

static void
each_group_has_its_rule(void)
{
	enum { LATE = 2 }; /* steps in which adam's group rests first: its corrections count from there */
	const char *const names[] = { "nesterov", "adam", "rmsprop" };
	static const double decay[] = { 0, 0.1, 0.2 };
	static struct state s[N];
	struct optim alone[3], o;
	double worst = 0;

	optim_standard(&o, optim_find(names[0]));
	o.groups = 3;
	for (int k = 0; k < 3; k++) {
		optim_standard(&alone[k], optim_find(names[k]));
		alone[k].group[0].decay = decay[k];
		o.group[k] = alone[k].group[0];
	}
	for (int k = 0, at = 0; k < SPANS; at = spans[k++].end)
		optim_append(&o, (size_t)(spans[k].end - at), spans[k].group);
	o.group[1].begins = LATE;
	optim_alloc(&o, N);
	check(optim_slots(&o) == 2 && !strcmp(optim_slot_name(&o, 0), "momentum") && !strcmp(optim_slot_name(&o, 1), "velocity"),
	      "the slots of three rules are not those of the one that needs most");
	draw(w, rng_key(6, "w", 0));
	for (int i = 0; i < N; i++)
		s[i] = (struct state){ .w = w[i] };
	for (int t = 1; t <= STEPS; t++) {
		const double lr[] = { 0.01, t <= LATE ? OPTIM_RESTS : 0.001, t == 3 ? OPTIM_RESTS : 0.002 };
		draw(g, rng_key(6, "g", (uint64_t)t));
		optim_step(&o, lr, g, w);
		for (int i = 0; i < N; i++)
			if (lr[group_of(i)] >= 0)
				rule(&alone[group_of(i)], lr[group_of(i)], decay[group_of(i)], t - (group_of(i) == 1 ? LATE : 0), g[i], &s[i]);
	}
	for (int i = 0; i < N; i++)
		worst = fmax(worst, fabs(w[i] - s[i].w) / fmax(1, fabs(s[i].w)));
	check(worst < 3e-6, "groups of three rules: off by %g", worst);
	optim_free(&o);
}

/* ---- slow and averaged weights ---- */

enum { EVERY = 3 };
static const double PART = 0.4, KEPT = 0.9;

/* Group 1 rests, and its weights and their averages stay as they are, to the last bit. */
static void
slow_and_averaged_weights_follow_their_rules(const struct optim_type *type)
{
	static struct state s[N];
	static double slow[N], mean[N];
	struct optim o;
	double worst = 0, worst_mean = 0;

	optim_standard(&o, type);
	o.groups = 2;
	o.group[1] = o.group[0];
	o.ema = KEPT, o.lookahead = EVERY, o.slow_part = PART;
	optim_append(&o, N - 100, 0);
	optim_append(&o, 100, 1);
	optim_alloc(&o, N);
	draw(w, rng_key(9, "w", 0));
	memcpy(w0, w, sizeof w);
	for (int i = 0; i < N; i++)
		s[i] = (struct state){ .w = slow[i] = w[i] };
	for (int t = 1; t <= STEPS; t++) {
		draw(g, rng_key(9, "g", (uint64_t)t));
		optim_step(&o, (double[]){ type->lr, OPTIM_RESTS }, g, w);
		for (int i = 0; i < N; i++) {
			if (i < N - 100)
				rule(&o, type->lr, o.group[0].decay, t, g[i], &s[i]);
			if (t % EVERY == 0)
				s[i].w = slow[i] += PART * (s[i].w - slow[i]);
			mean[i] = t == 1 ? s[i].w : KEPT * mean[i] + (1 - KEPT) * s[i].w;
		}
	}
	optim_swap_average(&o, w);
	for (int i = 0; i < N; i++) {
		worst = fmax(worst, fabs(o.slot[SLOT_AVERAGE][i] - s[i].w) / fmax(1, fabs(s[i].w)));
		worst_mean = fmax(worst_mean, fabs(w[i] - mean[i]) / fmax(1, fabs(mean[i])));
	}
	check(worst < 3e-6 && worst_mean < 3e-6, "%s: slow weights off their rule by %g, averaged ones by %g", type->name, worst, worst_mean);
	check(!memcmp(w + N - 100, w0 + N - 100, 100 * sizeof *w), "%s: the average of what rests moves", type->name);
	optim_free(&o);
}

/* With a constant gradient of 1, rate 1 and no momentum: after t steps the average is behind by m + m^2 + ... + m^(t-1), and after each
 * EVERY steps the weights have gone PART times as far. */
static void
averages_go_the_closed_way(void)
{
	struct optim o;
	const int t = 12;

	for (int way = 0; way < 2; way++) {
		optim_standard(&o, optim_find("sgd"));
		o.ema = way ? 0 : KEPT;
		o.lookahead = way ? EVERY : 0, o.slow_part = PART;
		optim_alloc(&o, N);
		for (int i = 0; i < N; i++)
			w[i] = 0, g[i] = 1;
		for (int k = 0; k < t; k++)
			step(&o, 1);
		optim_swap_average(&o, w);
		const double want = way ? -PART * t : -t + KEPT * (1 - pow(KEPT, t - 1)) / (1 - KEPT);
		check(fabs(w[N - 1] - want) < 1e-5, "%s leads to %.9g, not %.9g", way ? "lookahead" : "the average", (double)w[N - 1], want);
		optim_free(&o);
	}
}

/* ---- muon, against the same in double with plain loops ---- */

enum { SIDE = 40, LARGEST = SIDE * SIDE };

/* c (rows, cols) = a (rows, inner) b (inner, cols); a and b are read with these steps, so that they may be transposed */
static void
product(int rows, int inner, int cols, const double *a, int ar, int ac, const double *b, int br, int bc, double *c)
{
	for (int i = 0; i < rows; i++)
		for (int k = 0; k < cols; k++) {
			c[i * cols + k] = 0;
			for (int j = 0; j < inner; j++)
				c[i * cols + k] += a[i * ar + j * ac] * b[j * br + k * bc];
		}
}

/* x (out, rest), as torch has it, however it is stored: the cubic and quintic terms always of x x^T. */
static void
newton_schulz(int out, int rest, int rounds, double *x)
{
	static double gram[LARGEST], cube[LARGEST], quintic[LARGEST];
	double norm = 0;

	for (int i = 0; i < out * rest; i++)
		norm += x[i] * x[i];
	for (int i = 0; i < out * rest; i++)
		x[i] /= sqrt(norm) + 1e-7;
	while (rounds--) {
		product(out, rest, out, x, rest, 1, x, 1, rest, gram);
		product(out, out, rest, gram, out, 1, x, rest, 1, cube);
		product(out, out, rest, gram, out, 1, cube, rest, 1, quintic);
		for (int i = 0; i < out * rest; i++)
			x[i] = 3.4445 * x[i] - 4.7750 * cube[i] + 2.0315 * quintic[i];
	}
}

static double mw[LARGEST], mv[LARGEST], mx[LARGEST];

/* One step over a kernel (rest, out). */
static void
muon_by_hand(const struct optim_group *group, double lr, int rest, int out)
{
	double norm = 0;

	for (int r = 0; r < rest; r++)
		for (int k = 0; k < out; k++) {
			const int i = r * out + k;
			mv[i] = group->momentum * mv[i] + g[i];
			mx[k * rest + r] = g[i] + group->momentum * mv[i];
			norm += mw[i] * mw[i];
		}
	newton_schulz(out, rest, (int)group->iterations, mx);
	for (int r = 0; r < rest; r++)
		for (int k = 0; k < out; k++) {
			const int i = r * out + k;
			if (group->norm > 0)
				mw[i] *= group->norm * sqrt(out) / sqrt(norm);
			mw[i] -= lr * group->decay * mw[i];
			mw[i] -= lr * mx[k * rest + r];
		}
}

/* Two kernels, and numbers of another rule between them. */
static struct optim
two_kernels(int rest, int out)
{
	struct optim o;

	optim_standard(&o, optim_find("sgd"));
	o.groups = 2;
	o.group[1] = optim_group_standard(optim_find("muon"));
	o.group[1].norm = 1;
	o.group[1].decay = 0.1;
	o.ema = 0.5; /* its average is a result, too */
	optim_append_matrix(&o, (struct matrix){ rest, out }, 1);
	optim_append(&o, 3, 0);
	optim_append_matrix(&o, (struct matrix){ rest, out }, 1);
	optim_alloc(&o, 2 * (size_t)(rest * out) + 3);
	return o;
}

static void
muon_follows_its_rule(int rest, int out)
{
	struct optim o = two_kernels(rest, out);
	const int n = rest * out;
	double worst = 0;

	real *const second_w = w + n + 3, *const second_g = g + n + 3; /* of the kernel after it, which is the same */
	draw(w, rng_key(7, "w", 0));
	memcpy(second_w, w, (size_t)n * sizeof *w);
	memset(mv, 0, sizeof mv);
	for (int i = 0; i < n; i++)
		mw[i] = w[i];
	for (int t = 1; t <= 4; t++) {
		draw(g, rng_key(7, "g", (uint64_t)t));
		memcpy(second_g, g, (size_t)n * sizeof *g);
		const real between = w[n + 1];
		check(optim_step(&o, (double[]){ 0.5, 0.05 }, g, w), "muon refuses a harmless step");
		check(fabs((double)(between - (real)0.5 * g[n + 1] - w[n + 1])) < 1e-6, "what lies between two kernels does not follow its rule");
		muon_by_hand(&o.group[1], 0.05, rest, out);
	}
	for (int i = 0; i < n; i++)
		worst = fmax(worst, fabs(w[i] - mw[i]));
	check(worst < 2e-5, "muon of %dx%d: off its rule by %g", rest, out, worst);
	check(!memcmp(w, second_w, (size_t)n * sizeof *w), "muon of %dx%d: two equal kernels become different", rest, out);
	optim_free(&o);
}

/* w0, by the plain kernels and one thread; the other sets with fused products give the same bits */
static void
muon_has_one_result(void)
{
	const int rest = 200, out = 70;

	for (int threads = 1; threads <= 3; threads++) {
		struct optim o = two_kernels(rest, out);
		par_threads(threads);
		draw(w, rng_key(8, "w", 0));
		for (int t = 0; t < 2; t++) {
			draw(g, rng_key(8, "g", (uint64_t)t));
			optim_step(&o, (double[]){ 0.5, 0.05 }, g, w);
		}
		kern->add(o.n, o.slot[SLOT_AVERAGE], w);
		static real first[N];
		if (!strcmp(kern->name, "ref") && threads == 1)
			memcpy(first, w, sizeof w);
		else if (kern->fused)
			check(!memcmp(first, w, (2 * (size_t)(rest * out) + 3) * sizeof *w), "muon: other bits with %d threads", threads);
		optim_free(&o);
	}
}

/* a weight that a step over a matrix leaves too large, in its last piece */
static void
muon_refuses_what_it_left(void)
{
	const int rest = 160, out = 100;
	struct optim o = two_kernels(rest, out);

	draw(w, rng_key(10, "w", 0));
	draw(g, rng_key(10, "g", 0));
	o.group[1].norm = 0;
	w[o.n - 1] = (real)9.9e17;
	check(optim_step(&o, (double[]){ 0, 1e18 }, g, w), "muon refuses weights that are not too large");
	memcpy(w0, w, sizeof w);
	check(!optim_step(&o, (double[]){ 0, 1e18 }, g, w) && !memcmp(w0, w, sizeof w), "muon steps from weights that are too large");
	optim_free(&o);
}

/* Five rounds bring singular values near 1: for a diagonal gradient they are on the diagonal. */
static void
muon_steps_are_of_one_size(void)
{
	struct optim o;
	const int n = 8;

	optim_standard(&o, optim_find("muon"));
	optim_append_matrix(&o, (struct matrix){ n, n }, 0);
	optim_alloc(&o, (size_t)(n * n));
	memset(w, 0, sizeof w);
	memset(g, 0, sizeof g);
	for (int i = 0; i < n; i++)
		g[i * n + i] = (real)(1 + i);
	step(&o, 1);
	for (int i = 0; i < n; i++)
		check(w[i * n + i] < -0.6 && w[i * n + i] > -1.25, "muon: a singular value becomes %g", -(double)w[i * n + i]);
	optim_free(&o);
}

int
main(void)
{
	const struct kern *set;

	for (int k = 0; (set = kern_list(k)); k++) {
		kern_select(set->name);
		for (int side = 1; side <= SIDE; side += 13) {
			muon_follows_its_rule(SIDE, side);
			muon_follows_its_rule(side, SIDE);
		}
		muon_has_one_result();
		muon_steps_are_of_one_size();
		each_group_has_its_rule();
		for (const struct optim_type *type = optim_types; type->name; type++) {
			if (type->matrices)
				continue;
			follows_its_rule(type, 0);
			follows_its_rule(type, 0.1);
			goes_the_closed_way(type);
			each_group_has_its_rate_and_decay(type);
			groups_alike_are_one(type);
			refuses(type, 0, NAN, 1);
			refuses(type, N - 1, INFINITY, 1);
			refuses(type, N / 2, -INFINITY, 1);
			refuses(type, 17000, (real)-2e18, 1);
			refuses(type, 17000, 1, (real)2e18);
			threads_change_nothing(type);
			slow_and_averaged_weights_follow_their_rules(type);
		}
		averages_go_the_closed_way();
		muon_refuses_what_it_left();
		refuses_what_it_left();
		adamw_shrinks_by_its_decay();
		clips_all_gradients_to_one_norm();
		clips_by_hand();
		clips_all_groups_to_one_norm();
	}
	check(!optim_find("adagrad"), "finds an optimizer that is none");
	return failures != 0;
}
