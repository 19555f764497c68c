/* A pool of threads that take pieces. `ticket` holds the number of the job (upper half) and of the pieces left (lower
 * half) in one word: who takes a piece with compare-and-swap knows that the job is still the one whose function it
 * read, because par_for does not return before the piece is done. Pieces left, not the next piece: a job that is used
 * up says so itself, whatever job_pieces says by then. So nobody ever waits for a thread that sleeps. */
#include "base/par.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef void piece_fn(int piece, int worker, void *ctx);

/* turns of waiting before a thread goes to sleep: some ten microseconds, about what a wake-up costs in a virtual machine */
enum { TURNS = 1000 };

static int threads;      /* chosen; 0: not yet */
static int started = 1;  /* running, the caller's included */
static atomic_int turns;

static _Atomic(piece_fn *) job_fn;
static _Atomic(void *) job_ctx;
static atomic_int job_pieces, job_workers, job_done;
static atomic_uint_least64_t ticket;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t go = PTHREAD_COND_INITIALIZER, done = PTHREAD_COND_INITIALIZER;
static atomic_int sleepers;

static int
cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
}

int
par_threads(int n)
{
	threads = n > 0 ? n : cpus();
	if (threads > PAR_MAX)
		threads = PAR_MAX;
	atomic_store(&turns, threads <= cpus() ? TURNS : 0);
	return threads;
}

int
par_count(void)
{
	return threads ? threads : par_threads(0);
}

static void
breathe(void)
{
#if defined __x86_64__ || defined __i386__
	__builtin_ia32_pause();
#endif
}

/* Takes pieces of job `job` until none is left. True: ran the last one to be finished. */
static bool
work(uint32_t job, int worker)
{
	bool last = false;
	uint64_t t = atomic_load(&ticket);

	while (t >> 32 == job) {
		piece_fn *const fn = atomic_load(&job_fn);
		void *const ctx = atomic_load(&job_ctx);
		const int pieces = atomic_load(&job_pieces), left = (int)(uint32_t)t;
		if (left == 0 || worker >= atomic_load(&job_workers))
			break;
		if (!atomic_compare_exchange_weak(&ticket, &t, t - 1))
			continue;
		fn(pieces - left, worker, ctx);
		last = atomic_fetch_add(&job_done, 1) + 1 == pieces;
		t = atomic_load(&ticket);
	}
	return last;
}

static uint32_t
next_job(uint32_t seen)
{
	for (int i = atomic_load(&turns); i > 0; i--) {
		const uint32_t job = (uint32_t)(atomic_load(&ticket) >> 32);
		if (job != seen)
			return job;
		breathe();
	}
	pthread_mutex_lock(&lock);
	atomic_fetch_add(&sleepers, 1);
	while ((uint32_t)(atomic_load(&ticket) >> 32) == seen)
		pthread_cond_wait(&go, &lock);
	atomic_fetch_sub(&sleepers, 1);
	pthread_mutex_unlock(&lock);
	return (uint32_t)(atomic_load(&ticket) >> 32);
}

static void *
helper(void *arg)
{
	const int worker = (int)(intptr_t)arg;

	for (uint32_t job = 0;;) {
		job = next_job(job);
		if (work(job, worker)) {
			pthread_mutex_lock(&lock);
			pthread_cond_signal(&done);
			pthread_mutex_unlock(&lock);
		}
	}
	return NULL;
}

/* Helpers block all signals: the main thread takes them. Where no more threads are to be had, fewer do. */
static void
start(int n)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (started < n) {
		pthread_t t;
		if (pthread_create(&t, NULL, helper, (void *)(intptr_t)started)) {
			threads = started;
			break;
		}
		pthread_detach(t);
		started++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void
wait_done(int pieces)
{
	for (int i = atomic_load(&turns); i > 0; i--) {
		if (atomic_load(&job_done) == pieces)
			return;
		breathe();
	}
	pthread_mutex_lock(&lock);
	while (atomic_load(&job_done) != pieces)
		pthread_cond_wait(&done, &lock);
	pthread_mutex_unlock(&lock);
}

void
par_for(int pieces, void (*fn)(int piece, int worker, void *ctx), void *ctx)
{
	if (par_count() > started && pieces > 1)
		start(threads);
	if (threads == 1 || pieces <= 1) {
		for (int piece = 0; piece < pieces; piece++)
			fn(piece, 0, ctx);
		return;
	}
	const uint32_t job = (uint32_t)(atomic_load(&ticket) >> 32) + 1;
	atomic_store(&job_fn, fn);
	atomic_store(&job_ctx, ctx);
	atomic_store(&job_pieces, pieces);
	atomic_store(&job_workers, threads);
	atomic_store(&job_done, 0);
	atomic_store(&ticket, (uint64_t)job << 32 | (uint32_t)pieces);
	if (atomic_load(&sleepers)) {
		pthread_mutex_lock(&lock);
		pthread_cond_broadcast(&go);
		pthread_mutex_unlock(&lock);
	}
	work(job, 0);
	wait_done(pieces);
}
