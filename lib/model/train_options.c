#include "model/train_options.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "model/dataset.h"

#define EPSILON_MAX 1e6
#define CLASS_WEIGHT_MAX 1e6
#define CLIP_NORM_MIN 1e-12
#define RATE_MAX 1e4
#define EMA_MIN 1e-6
#define MIX_ALPHA_MIN 1e-3
#define MIX_ALPHA_MAX 1e3

/* ---- numbers ---- */

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

/* STEPS[,PART]; NULL: none */
static void
read_lookahead(const char *said, struct optim *o)
{
	double v[2] = { 0, 0.5 };

	if (!said)
		return;
	if (numbers(said, 2, v) < 1 || !whole(v[0]) || !(v[1] > 0 && v[1] <= 1))
		die(EX_USAGE, "--lookahead %s: expected a number of steps up to %d, or STEPS,PART with a part in (0, 1]", said, EPOCHS_MAX);
	o->lookahead = (int64_t)v[0];
	o->slow_part = v[1];
}

void
train_options_optimizer(const char *name, struct tuning *said, struct optim *o)
{
	const struct optim_type *t = optim_find(name);

	if (!t)
		die(EX_USAGE, "--optimizer %s: unknown; known are %s", name, optim_names());
	optim_standard(o, t);
	struct optim_group *const g = &o->group[0];
	g->lr = tune(t, "lr", &said->lr, t->lr, 0, OPTIM_LR_MAX);
	g->momentum = tune(t, "momentum", &said->momentum, t->momentum, 0, OPTIM_BETA_MAX);
	g->beta1 = tune(t, "beta1", &said->beta1, t->beta1, 0, OPTIM_BETA_MAX);
	g->beta2 = tune(t, "beta2", &said->beta2, t->beta2, 0, OPTIM_BETA_MAX);
	g->epsilon = tune(t, "epsilon", &said->epsilon, t->epsilon, OPTIM_EPSILON_MIN, EPSILON_MAX);
	g->decay = tune(t, "weight-decay", &said->weight_decay, t->decay, 0, OPTIM_DECAY_MAX);
	if (said->clip_norm)
		o->clip_norm = tune(t, "clip-norm", &said->clip_norm, 0, CLIP_NORM_MIN, OPTIM_LARGEST);
	if (said->ema)
		o->ema = tune(t, "ema", &said->ema, 0, EMA_MIN, OPTIM_BETA_MAX);
	read_lookahead(said->lookahead, o);
}

/* ---- the plan ---- */

/* "0=0.2,0.23=1,1=0.07": parts of the run, ascending, and factors. */
static bool
read_points(const char *said, struct schedule *s)
{
	char *copy = xstrdup(said), *rest = copy, *one;
	bool right = true;

	s->points = 0;
	while (right && (one = strsep(&rest, ","))) {
		char *rate = strchr(one, '=');
		right = rate && s->points < POINTS_MAX;
		if (!right)
			break;
		*rate++ = '\0';
		const int k = s->points++;
		right = parse_real(one, &s->point[k].at) && parse_real(rate, &s->point[k].rate) && s->point[k].at <= 1 &&
		        s->point[k].at >= 0 && (!k || s->point[k].at > s->point[k - 1].at) && s->point[k].rate >= 0 && s->point[k].rate <= RATE_MAX;
	}
	free(copy);
	return right;
}

static bool
read_step(const char *said, struct schedule *s)
{
	double v[2];

	if (!said)
		return true;
	if (numbers(said, 2, v) != 2 || !(v[0] > 0 && v[0] <= 1 && whole(v[1])))
		return false;
	s->factor = v[0];
	s->every = (int64_t)v[1];
	return true;
}

static bool
read_up(const char *said, struct schedule *s)
{
	double up;

	if (!said)
		return true;
	if (!parse_real(said, &up) || !(up >= 0 && up <= 1))
		return false;
	s->up = up;
	return true;
}

/* Ways by name; how each reads what follows the colon. */
static bool
read_way(enum schedule_way way, const char *said, struct schedule *s)
{
	switch (way) {
	case SCHEDULE_STEP: return read_step(said, s);
	case SCHEDULE_TRIANGLE:
	case SCHEDULE_ONECYCLE: return read_up(said, s);
	case SCHEDULE_POINTS: return said && read_points(said, s);
	default: return !said;
	}
}

const char *
train_options_way(const char *said, struct schedule *s)
{
	static const char *const names[SCHEDULE_WAYS] = { "constant", "step", "cosine", "triangle", "onecycle", "points" };
	const size_t length = strcspn(said, ":");
	const char *numbers_said = said[length] ? said + length + 1 : NULL;
	int way = 0;

	while (way < SCHEDULE_WAYS && (strlen(names[way]) != length || strncmp(names[way], said, length)))
		way++;
	if (way == SCHEDULE_WAYS)
		return "unknown; known are constant, step[:FACTOR,EPOCHS], cosine, triangle[:UP], onecycle[:UP], points:PART=FACTOR,...";
	*s = (struct schedule){ .way = (enum schedule_way)way, .factor = 0.1, .every = 10, .up = way == SCHEDULE_ONECYCLE ? 0.3 : 0.5 };
	return read_way(s->way, numbers_said, s) ? NULL : "expected step:FACTOR,EPOCHS with a factor in (0, 1], triangle:UP or onecycle:UP "
	       "with UP in [0, 1], or points:PART=FACTOR,... with at most 16 ascending parts in [0, 1]";
}

void
train_options_schedule(const char *said, struct train_options *p)
{
	const char *what = train_options_way(said, &p->schedule);

	if (what)
		die(EX_USAGE, "--lr-schedule %s: %s", said, what);
}

void
train_options_steps(const char *said, int64_t n, struct train_options *p, int64_t *epochs)
{
	const int64_t an_epoch = (n + p->batch - 1) / p->batch;

	if (!said)
		return;
	if (!parse_int(said, &p->steps) || p->steps < 1 || p->steps > EPOCHS_MAX * an_epoch)
		die(EX_USAGE, "--steps %s: expected a number from 1 to %" PRId64 ", which is %d epochs", said, EPOCHS_MAX * an_epoch, EPOCHS_MAX);
	*epochs = p->epochs = (p->steps + an_epoch - 1) / an_epoch;
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
