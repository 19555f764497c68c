/* Time for the bench's programs: a contestant is a function that is called again and again. */
#ifndef BENCH_TIMING_H
#define BENCH_TIMING_H

#include <time.h>

static inline double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Threads of OpenMP and OpenBLAS spin for some 30 ms after their work, where they would take a core from who is next. */
static inline void
settle(int threads)
{
	if (threads > 1)
		nanosleep(&(struct timespec){ 0, 35000000 }, NULL);
}

/* Seconds of the best of as many calls as take 10 ms, after one to warm up. The best, since others use the machine, too. */
static inline double
time_calls(void (*fn)(void *), void *ctx)
{
	double best = 1e9, now;

	fn(ctx);
	const double start = seconds();
	do {
		const double before = seconds();
		fn(ctx);
		now = seconds();
		best = now - before < best ? now - before : best;
	} while (now - start < 0.01);
	return best;
}

#endif
