/* A pool of threads that take pieces of work. A thread takes from its own share first, then from the shares of others.
 * The ticket of a share is one word: the number of the job (upper half) and of the pieces left (lower half). A thread
 * that takes a piece by compare-and-swap knows that the job is still the one whose function it read, because par_for
 * does not return before the piece is done. The ticket counts pieces left, not the next piece, so a share that is used
 * up is 0 for any job. Therefore no thread waits for one that sleeps. */
#include "base/par.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/denormals.h"

typedef void piece_fn(int piece, int worker, void *ctx);

/* A waiting thread polls this often, some hundred microseconds, before it sleeps: in a virtual machine a sleeping processor
 * takes tens of microseconds to wake. */
enum { LOOKS = 4000 };

static int threads;      /* chosen; 0: not yet */
static int started = 1;  /* running, the caller's included */
static atomic_int looks;

/* A cache line each: what all read, what each takes from, what each adds to. */
static struct {
	_Alignas(64) atomic_uint_least32_t number; /* set last: a thread that sees it may begin */
	_Atomic(piece_fn *) fn;
	_Atomic(void *) ctx;
	atomic_int pieces, workers;
	atomic_int cpu; /* the caller's */
} job;
static struct {
	_Alignas(64) atomic_uint_least64_t ticket;
} share[PAR_MAX];
static _Alignas(64) atomic_int done_pieces;

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
	atomic_store(&looks, threads <= cpus() ? LOOKS : 0);
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

/* Share k of so many pieces ends before this one. */
static int
share_end(int pieces, int workers, int k)
{
	return (int)((int64_t)pieces * (k + 1) / workers);
}

/* Runs pieces of share k until none is left, and returns how many. */
static int
work_on(uint32_t number, int k, int worker)
{
	int ran = 0;
	uint64_t t = atomic_load(&share[k].ticket);

	while (t >> 32 == number) {
		piece_fn *const fn = atomic_load(&job.fn);
		void *const ctx = atomic_load(&job.ctx);
		const int left = (int)(uint32_t)t;
		const int piece = share_end(atomic_load(&job.pieces), atomic_load(&job.workers), k) - left;
		if (left == 0)
			break;
		if (!atomic_compare_exchange_weak(&share[k].ticket, &t, t - 1))
			continue;
		fn(piece, worker, ctx);
		ran++;
		t = atomic_load(&share[k].ticket);
	}
	return ran;
}

/* True: what this worker ran was all that was missing. */
static bool
work(uint32_t number, int worker)
{
	const int workers = atomic_load(&job.workers), pieces = atomic_load(&job.pieces);
	int ran = 0;

	for (int i = 0; worker < workers && i < workers; i++)
		ran += work_on(number, (worker + i) % workers, worker);
	return ran && atomic_fetch_add(&done_pieces, ran) + ran == pieces;
}

/* A kernel that knows of no cache shared by two processors wakes a thread on the processor where it slept last, even on
 * the caller's, where it has to wait: such a thread moves to another allowed processor. */
static void
leave(int cpu)
{
	cpu_set_t all, others;

	if (cpu < 0 || sched_getaffinity(0, sizeof all, &all) || !CPU_ISSET(cpu, &all) || CPU_COUNT(&all) < 2)
		return;
	others = all;
	CPU_CLR(cpu, &others);
	if (!sched_setaffinity(0, sizeof others, &others))
		sched_setaffinity(0, sizeof all, &all);
}

static uint32_t
next_job(uint32_t seen)
{
	for (int i = atomic_load(&looks); i > 0; i--) {
		const uint32_t number = atomic_load(&job.number);
		if (number != seen)
			return number;
		breathe();
	}
	pthread_mutex_lock(&lock);
	atomic_fetch_add(&sleepers, 1);
	while (atomic_load(&job.number) == seen)
		pthread_cond_wait(&go, &lock);
	atomic_fetch_sub(&sleepers, 1);
	pthread_mutex_unlock(&lock);
	if (sched_getcpu() == atomic_load(&job.cpu))
		leave(sched_getcpu());
	return atomic_load(&job.number);
}

static void *
helper(void *arg)
{
	const int worker = (int)(intptr_t)arg;

	denormals_flush();
	for (uint32_t number = 0;;) {
		number = next_job(number);
		if (work(number, worker)) {
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
	for (int i = atomic_load(&looks); i > 0; i--) {
		if (atomic_load(&done_pieces) == pieces)
			return;
		breathe();
	}
	pthread_mutex_lock(&lock);
	while (atomic_load(&done_pieces) != pieces)
		pthread_cond_wait(&done, &lock);
	pthread_mutex_unlock(&lock);
}

void
par_for(int pieces, piece_fn *fn, void *ctx)
{
	if (par_count() > started && pieces > 1)
		start(threads);
	if (threads == 1 || pieces <= 1) {
		par_for_if(false, pieces, fn, ctx);
		return;
	}
	const uint32_t number = atomic_load(&job.number) + 1;
	atomic_store(&job.fn, fn);
	atomic_store(&job.ctx, ctx);
	atomic_store(&job.pieces, pieces);
	atomic_store(&job.workers, threads);
	atomic_store(&job.cpu, sched_getcpu());
	atomic_store(&done_pieces, 0);
	for (int k = 0; k < threads; k++) {
		const int size = share_end(pieces, threads, k) - share_end(pieces, threads, k - 1);
		atomic_store(&share[k].ticket, (uint64_t)number << 32 | (uint32_t)size);
	}
	atomic_store(&job.number, number);
	if (atomic_load(&sleepers)) {
		pthread_mutex_lock(&lock);
		pthread_cond_broadcast(&go);
		pthread_mutex_unlock(&lock);
	}
	work(number, 0);
	wait_done(pieces);
}

void
par_for_if(bool worth, int pieces, piece_fn *fn, void *ctx)
{
	if (worth)
		par_for(pieces, fn, ctx);
	for (int piece = 0; !worth && piece < pieces; piece++)
		fn(piece, 0, ctx);
}
