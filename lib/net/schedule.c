#include "net/schedule.h"

#include "base/exact.h"

static const double PI = 3.14159265358979323846;
static const double ONECYCLE_FIRST = 1 / 25.0, ONECYCLE_LAST = 1 / 25e4; /* PyTorch's OneCycleLR */

typedef double way_fn(const struct schedule *s, const struct schedule_at *at);

static double
constant(const struct schedule *s, const struct schedule_at *at)
{
	(void)s, (void)at;
	return 1;
}

static double
step(const struct schedule *s, const struct schedule_at *at)
{
	return exact_pow_int(s->factor, (uint64_t)(at->epoch / s->every));
}

/* Keras's CosineDecay */
static double
cosine(const struct schedule *s, const struct schedule_at *at)
{
	const double warm = at->step > at->warmup ? (double)(at->step - at->warmup) : 0; /* steps since the warm-up */

	(void)s;
	return 0.5 * (1 + exact_cos(PI * warm / ((double)at->all - (double)at->warmup)));
}

/* In the middle of the step, so that none has the rate 0. */
static double
triangle(const struct schedule *s, const struct schedule_at *at)
{
	const double middle = ((double)at->step + 0.5) / (double)at->all;

	return middle < s->up ? middle / s->up : (1 - middle) / (1 - s->up);
}

/* From `from` at part 0 to `to` at part 1 along half a cosine. */
static double
anneal(double from, double to, double part)
{
	return to + (from - to) / 2 * (1 + exact_cos(PI * part));
}

static double
onecycle(const struct schedule *s, const struct schedule_at *at)
{
	const double now = (double)at->step, last = (double)at->all - 1;
	const double peak = s->up * (double)at->all - 1;

	if (now < peak)
		return anneal(ONECYCLE_FIRST, 1, now / peak);
	return last > peak ? anneal(1, ONECYCLE_LAST, (now - peak) / (last - peak)) : 1;
}

static double
points(const struct schedule *s, const struct schedule_at *at)
{
	const double now = (double)at->step / (double)at->all;
	int k = 0;

	while (k < s->points && s->point[k].at <= now)
		k++;
	if (k == 0 || k == s->points)
		return s->point[k ? k - 1 : 0].rate;
	const double part = (now - s->point[k - 1].at) / (s->point[k].at - s->point[k - 1].at);
	return s->point[k - 1].rate + (s->point[k].rate - s->point[k - 1].rate) * part;
}

double
schedule_factor(const struct schedule *s, const struct schedule_at *at)
{
	static way_fn *const ways[SCHEDULE_WAYS] = { constant, step, cosine, triangle, onecycle, points };

	return ways[s->way](s, at);
}
