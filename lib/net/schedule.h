/* How a learning rate changes over a run: factors for it, one a step. */
#ifndef NET_SCHEDULE_H
#define NET_SCHEDULE_H

#include <stdint.h>

enum schedule_way { SCHEDULE_CONSTANT, SCHEDULE_STEP, SCHEDULE_COSINE, SCHEDULE_TRIANGLE, SCHEDULE_ONECYCLE, SCHEDULE_POINTS, SCHEDULE_WAYS };
enum { POINTS_MAX = 16 };

struct schedule {
	enum schedule_way way;
	double factor;  /* step: multiplies the rate ... */
	int64_t every;  /* ... every so many epochs */
	double up;      /* triangle, onecycle: part of all steps on the way up */
	int points;     /* points: between them the factor is on straight lines, before and after them constant; */
	struct {
		double at, rate; /* at: part of all steps, ascending */
	} point[POINTS_MAX];
};

/* The next step of a run. */
struct schedule_at {
	int64_t epoch, step, all; /* epochs and steps done, and steps of the run */
	int64_t warmup;           /* steps of the warm-up, which a cosine begins after */
};
double schedule_factor(const struct schedule *s, const struct schedule_at *at);

#endif
