#include "model/train_options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "model/dataset.h"

#define EPSILON_MAX 1e6
#define CLASS_WEIGHT_MAX 1e6
#define CLIP_NORM_MIN 1e-12
#define MIX_ALPHA_MIN 1e-3
#define MIX_ALPHA_MAX 1e3

/* ---- the optimizer ---- */

static double
number(const char *option, const char *said, double min, double max)
{
	double v;

	if (!parse_real(said, &v))
		die(EX_USAGE, "--%s %s: not a number", option, said);
	if (v < min || v > max)
		die(EX_USAGE, "--%s %s: must be between %.9g and %.9g", option, said, min, max);
	return v;
}

/* Sets the text to record. */
static double
recorded(const char **said, double v)
{
	char exact[32];

	*said = xstrdup(real_text(v, exact, sizeof exact));
	return v;
}

/* One number of an optimizer; standard: its own, NaN when it does not know the number. */
static double
tune(const struct optim_type *t, const char *option, const char **said, double standard, double min, double max)
{
	if (isnan(standard)) {
		if (*said)
			die(EX_USAGE, "--%s %s: the optimizer %s has no such number", option, *said, t->name);
		return standard;
	}
	return recorded(said, *said ? number(option, *said, min, max) : standard);
}

void
train_options_optimizer(const char *name, struct tuning *said, struct optim *o)
{
	const struct optim_type *t = optim_find(name);

	if (!t)
		die(EX_USAGE, "--optimizer %s: unknown; known are sgd, momentum, nesterov, adam, adamw, rmsprop", name);
	optim_standard(o, t);
	o->group[0].lr = tune(t, "lr", &said->lr, t->lr, 0, OPTIM_LR_MAX);
	o->momentum = tune(t, "momentum", &said->momentum, t->momentum, 0, OPTIM_BETA_MAX);
	o->beta1 = tune(t, "beta1", &said->beta1, t->beta1, 0, OPTIM_BETA_MAX);
	o->beta2 = tune(t, "beta2", &said->beta2, t->beta2, 0, OPTIM_BETA_MAX);
	o->epsilon = tune(t, "epsilon", &said->epsilon, t->epsilon, OPTIM_EPSILON_MIN, EPSILON_MAX);
	o->group[0].decay = tune(t, "weight-decay", &said->weight_decay, t->decay, 0, OPTIM_DECAY_MAX);
	if (said->clip_norm)
		o->clip_norm = tune(t, "clip-norm", &said->clip_norm, 0, CLIP_NORM_MIN, OPTIM_LARGEST);
}

/* ---- the plan ---- */

/* Splits "A,B" into numbers; returns how many, or -1 when there are more than max or one is none. */
static int
numbers(const char *list, int max, double *v)
{
	char *copy = xstrdup(list), *rest = copy, *one;
	int n = 0;

	while ((one = strsep(&rest, ",")))
		if (n == max || !parse_real(one, &v[n++])) {
			n = -1;
			break;
		}
	free(copy);
	return n;
}

static bool
whole(double v)
{
	return v >= 1 && v <= EPOCHS_MAX && v == floor(v);
}

static enum schedule
schedule_called(const char *said, size_t length)
{
	static const char *const names[SCHEDULES] = { "constant", "step", "cosine", "triangle" };

	for (int k = 0; k < SCHEDULES; k++)
		if (strlen(names[k]) == length && !strncmp(names[k], said, length))
			return (enum schedule)k;
	die(EX_USAGE, "--lr-schedule %s: unknown; known are constant, step[:FACTOR,EPOCHS], cosine, triangle[:UP]", said);
}

void
train_options_schedule(const char *said, struct train_options *p)
{
	const char *colon = strchr(said, ':');
	double v[2] = { 0 };
	int n = colon ? numbers(colon + 1, 2, v) : 0;
	bool right;

	p->schedule = schedule_called(said, colon ? (size_t)(colon - said) : strlen(said));
	p->schedule_factor = n ? v[0] : 0.1;
	p->schedule_every = 10;
	p->schedule_up = n ? v[0] : 0.5;
	if (p->schedule == SCHEDULE_STEP)
		right = n == 0 || (n == 2 && v[0] > 0 && v[0] <= 1 && whole(v[1]));
	else if (p->schedule == SCHEDULE_TRIANGLE)
		right = n == 0 || (n == 1 && v[0] >= 0 && v[0] <= 1);
	else
		right = !colon;
	if (!right)
		die(EX_USAGE, "--lr-schedule %s: expected step:FACTOR,EPOCHS with a factor in (0, 1], or triangle:UP with UP in [0, 1]",
		    said);
	if (n == 2)
		p->schedule_every = (int64_t)v[1];
}

void
train_options_warmup(const char *said, struct train_options *p)
{
	if (!said)
		return;
	if (!parse_int(said, &p->warmup) || p->warmup < 1)
		die(EX_USAGE, "--lr-warmup %s: expected a number of steps, 1 or more", said);
}

void
train_options_mixing(const char **mixup, const char **cutmix, struct train_options *p)
{
	if (*mixup && *cutmix)
		die(EX_USAGE, "--cutmix %s: not together with --mixup; give one of them", *cutmix);
	if (*mixup)
		p->mix_alpha = recorded(mixup, number("mixup", *mixup, MIX_ALPHA_MIN, MIX_ALPHA_MAX));
	if (*cutmix)
		p->mix_alpha = recorded(cutmix, number("cutmix", *cutmix, MIX_ALPHA_MIN, MIX_ALPHA_MAX));
	p->mixing = *mixup ? MIX_UP : *cutmix ? MIX_CUT : MIX_NONE;
}

void
train_options_plateau(const char *said, struct train_options *p)
{
	double v[2] = { 0, 0.1 };

	if (!said)
		return;
	int n = numbers(said, 2, v);
	if (n < 1 || !whole(v[0]) || !(v[1] > 0 && v[1] < 1))
		die(EX_USAGE, "--plateau %s: expected a number of epochs, or EPOCHS,FACTOR with a factor in (0, 1)", said);
	p->plateau = (int64_t)v[0];
	p->plateau_factor = v[1];
}

void
train_options_class_weights(const char *said, const struct dataset *d, const char *name, double *weight, struct train_options *p)
{
	if (!said)
		return;
	p->loss.class_weight = weight;
	if (!strcmp(said, "balanced")) {
		class_weights_balanced(d, weight);
		return;
	}
	int n = numbers(said, CLASSES_MAX, weight);
	for (int i = 0; i < n; i++)
		if (weight[i] < 0 || weight[i] > CLASS_WEIGHT_MAX)
			n = -1;
	if (n < 0)
		die(EX_USAGE, "--class-weights %s: expected balanced, or numbers from 0 to 1e6 with commas", said);
	if (n != d->classes)
		die(EX_USAGE, "--class-weights %s: %d weights, but %s has %d classes", said, n, name, d->classes);
}
