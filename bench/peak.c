/* peak THREADS: what the processor can multiply and add at most, in GFLOP/s, for each instruction set it has: the best of
 * ROUNDS short loops over registers alone. v2 has no fused multiply-add: it multiplies and adds. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/par.h"
#include "timing.h"

enum { ROUNDS = 500, TURNS = 1 << 16 /* some 0.1 ms */ };

#ifdef __x86_64__
#include <immintrin.h>

static volatile float sink;

/* Twelve sums, enough for two units that take four to five cycles; as names, not an array: they must stay in registers. */
#define LOOP(name, isa, vec, set1, fma) \
	static void __attribute__((target(isa))) \
	name(void) \
	{ \
		const vec a = set1(0.999f), b = set1(0.001f); \
		vec s0 = a, s1 = a + b, s2 = s1 + b, s3 = s2 + b, s4 = s3 + b, s5 = s4 + b; \
		vec s6 = s5 + b, s7 = s6 + b, s8 = s7 + b, s9 = s8 + b, s10 = s9 + b, s11 = s10 + b; \
		for (int i = 0; i < TURNS; i++) { \
			s0 = fma(s0), s1 = fma(s1), s2 = fma(s2), s3 = fma(s3), s4 = fma(s4), s5 = fma(s5); \
			s6 = fma(s6), s7 = fma(s7), s8 = fma(s8), s9 = fma(s9), s10 = fma(s10), s11 = fma(s11); \
		} \
		s0 += s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11; \
		sink = s0[0]; \
	}
#define FMA4(s) _mm_add_ps(_mm_mul_ps(s, a), b)
#define FMA8(s) _mm256_fmadd_ps(s, a, b)
#define FMA16(s) _mm512_fmadd_ps(s, a, b)
LOOP(loop_v2, "sse4.2", __m128, _mm_set1_ps, FMA4)
LOOP(loop_v3, "avx2,fma", __m256, _mm256_set1_ps, FMA8)
LOOP(loop_v4, "avx512f", __m512, _mm512_set1_ps, FMA16)

static const struct set {
	const char *name;
	void (*loop)(void);
	double flop;
} sets[] = {
	{ "v2", loop_v2, 24.0 * 4 * TURNS },
	{ "v3", loop_v3, 24.0 * 8 * TURNS },
	{ "v4", loop_v4, 24.0 * 16 * TURNS },
};

static int
runs(int i)
{
	__builtin_cpu_init();
	return i == 0 || (i == 1 ? __builtin_cpu_supports("fma") : __builtin_cpu_supports("avx512f"));
}
#else
static const struct set {
	const char *name;
	void (*loop)(void);
	double flop;
} sets[1];

static int
runs(int i)
{
	(void)i;
	return 0;
}
#endif

struct burst {
	const struct set *set;
	int threads;
	atomic_int here;
	double seconds[PAR_MAX];
};

/* Waits for the others: a thread that wakes up late would leave its piece to one that has done its own. */
static void
piece(int number, int worker, void *ctx)
{
	struct burst *b = ctx;

	(void)worker;
	atomic_fetch_add(&b->here, 1);
	while (atomic_load(&b->here) < b->threads)
		;
	const double start = seconds();
	b->set->loop();
	b->seconds[number] = seconds() - start;
}

/* GFLOP/s of all threads together, by the slowest of them. */
static double
burst(const struct set *s, int threads)
{
	struct burst b = { .set = s, .threads = threads };
	double slowest = 0;

	par_for(threads, piece, &b);
	for (int i = 0; i < threads; i++)
		slowest = b.seconds[i] > slowest ? b.seconds[i] : slowest;
	return 1e-9 * s->flop * threads / slowest;
}

int
main(int argc, char **argv)
{
	const int threads = par_threads(argc > 1 ? atoi(argv[1]) : 1);

	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		double best = 0;
		for (int r = 0; r < ROUNDS && runs((int)i); r++) {
			const double speed = burst(&sets[i], threads);
			best = speed > best ? speed : best;
		}
		if (best > 0)
			printf("%s\t%.1f\n", sets[i].name, best);
	}
	return 0;
}
