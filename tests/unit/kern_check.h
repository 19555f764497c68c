/* What the checks of kernels share. Each program kern_NAME.c checks the kernels of a family, in every set that the processor runs and in
 * the text of v4 lowered to registers of 8 lanes:
 *   kern_NAME            checks: the plain kernels, which are the definition, come near the result in double; other sets have their
 *                        bits, but for sets without fused multiply-adds, which come near as well
 *   kern_NAME --digest   also prints a digest of all outputs for each set: the same from every compiler, and from every set that is
 *                        fused
 *   kern_NAME --bench    prints the nanoseconds of processor time that each kernel takes in each set */
#ifndef UNIT_KERN_CHECK_H
#define UNIT_KERN_CHECK_H

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "kern/kern.h"

#pragma GCC diagnostic ignored "-Wunused-function" /* each program needs some of this */
#pragma GCC diagnostic ignored "-Wunused-variable"

static const struct kern *ref, *set;
static int failures;
static uint64_t draw, digest;
static const real least = sizeof(real) == sizeof(float) ? FLT_MIN : (real)DBL_MIN; /* below it numbers are denormal */
static const char *family;

static void __attribute__((format(printf, 1, 2)))
fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "%s: %s: ", family, set->name);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	if (++failures > 30)
		exit(1);
}

static int
between(int low, int high)
{
	return low + (int)rng_below(2, draw++, (uint64_t)(high - low + 1));
}

static real
uniform(void)
{
	return (real)(2 * rng_unit(1, draw++) - 1);
}

/* Arrays with a border that nothing may touch; AddressSanitizer has a border of its own. */
#ifdef __SANITIZE_ADDRESS__
enum { BORDER = 0 };
#else
enum { BORDER = 64 };
#endif

struct array {
	size_t n;
	real *v, *all;
};

static struct array
array(size_t n)
{
	struct array a = { .n = n, .all = malloc((n + 2 * BORDER + 1) * sizeof(real)) };

	if (!a.all)
		abort();
	memset(a.all, 0x5a, (n + 2 * BORDER) * sizeof(real));
	a.v = a.all + BORDER;
	a.all = BORDER ? a.all : realloc(a.all, n ? n * sizeof(real) : 1);
	a.v = a.all + BORDER;
	for (size_t i = 0; i < n; i++)
		a.v[i] = NAN;
	return a;
}

static struct array
noise(size_t n)
{
	struct array a = array(n);

	for (size_t i = 0; i < n; i++)
		a.v[i] = uniform();
	return a;
}

static struct array
copy(struct array a)
{
	struct array b = array(a.n);

	memcpy(b.v, a.v, a.n * sizeof(real));
	return b;
}

static void
done(struct array a, const char *what)
{
	for (int i = 0; i < BORDER * (int)sizeof(real); i++)
		if (((char *)a.all)[i] != 0x5a || ((char *)(a.v + a.n))[i] != 0x5a) {
			fail("%s writes outside of its array", what);
			break;
		}
	for (size_t i = 0; i < a.n * sizeof(real); i++)
		digest = (digest ^ ((unsigned char *)a.v)[i]) * UINT64_C(0x100000001b3);
	free(a.all);
}

static void
drop(struct array a)
{
	free(a.all);
}

static void
same(struct array a, struct array b, const char *what)
{
	for (size_t i = 0; i < a.n; i++)
		if (memcmp(&a.v[i], &b.v[i], sizeof(real)) && !(isnan(a.v[i]) && isnan(b.v[i]))) {
			fail("%s: element %zu of %zu is %.9g, not %.9g", what, i, a.n, (double)a.v[i], (double)b.v[i]);
			return;
		}
}

/* Sums are judged by double where they are the definition, or round otherwise; the bits of the definition need no second judge. */
static bool
judged(void)
{
	return set == ref || !set->fused;
}

/* What the definition made, in order. Each set draws the same cases as the first, which is the definition, so one calculation of
 * each is enough. */
static struct array *kept;
static size_t kepts, kept_room, kept_next;

static void
keep(struct array a)
{
	if (kepts == kept_room) {
		kept_room = 2 * kept_room + 64;
		kept = realloc(kept, kept_room * sizeof *kept);
		if (!kept)
			abort();
	}
	kept[kepts++] = copy(a);
}

/* the bits of the definition, in the sets that have them */
static void
defined(struct array a, const char *what)
{
	if (set == ref) {
		keep(a);
		return;
	}
	const struct array plain = kept_next < kepts ? kept[kept_next++] : (struct array){ 0 };
	if (plain.n != a.n)
		fail("%s: the definition had another case here", what);
	else if (set->fused)
		same(a, plain, what);
}

/* Results in double, and the sums of the magnitudes of their terms. */
struct exact {
	size_t n;
	double *sum, *size;
};

static struct exact
exact(size_t n)
{
	struct exact e = { n, calloc(2 * n + 1, sizeof(double)), NULL };

	if (!e.sum)
		abort();
	e.size = e.sum + n;
	return e;
}

static struct exact
exact_of(struct array a)
{
	struct exact e = exact(a.n);

	for (size_t i = 0; i < a.n; i++) {
		e.sum[i] = a.v[i];
		e.size[i] = fabs((double)a.v[i]);
	}
	return e;
}

static inline void
add_term(struct exact *e, size_t i, double term)
{
	e->sum[i] += term;
	e->size[i] += fabs(term);
}

static inline struct exact
exact_from(struct exact e, size_t from)
{
	return (struct exact){ e.n - from, e.sum + from, e.size + from };
}

/* Winograd's algorithms spread rounding errors over a tile: they are relative to the largest sums of the images */
static void
spread(struct exact e, bool tiles)
{
	double most = 0;

	for (size_t i = 0; tiles && i < e.n; i++)
		most = fmax(most, e.size[i]);
	for (size_t i = 0; tiles && i < e.n; i++)
		e.size[i] = most;
}

/* rounding errors are relative to the sums of magnitudes, and grow with the root of the terms; gives e back */
static void
near(struct array a, struct exact e, int terms, const char *what)
{
	for (size_t i = 0; judged() && i < a.n; i++)
		if (!(fabs(a.v[i] - e.sum[i]) <= 2e-7 * (2 + sqrt(terms)) * e.size[i] + 1e-30)) {
			fail("%s: element %zu of %zu is %.9g, in double %.9g", what, i, a.n, (double)a.v[i], e.sum[i]);
			break;
		}
	free(e.sum);
}

/* not, now and then: drawn, for the number of draws before goes with the case */
static bool
often(void)
{
	return between(0, 3);
}

static int
output(int length, int kernel, int stride, bool pad, int *before)
{
	const int out = pad ? (length + stride - 1) / stride : (length - kernel) / stride + 1;
	const int missing = (out - 1) * stride + kernel - length;

	*before = pad && missing > 0 ? missing / 2 : 0;
	return out;
}

static struct conv
conv_shape(int h, int w, int c, int f, int k, int stride, bool pad)
{
	struct conv g = { .h = h, .w = w, .c = c, .f = f, .kh = k, .kw = k, .sh = stride, .sw = stride };

	g.oh = output(h, k, stride, pad, &g.top);
	g.ow = output(w, k, stride, pad, &g.left);
	return g;
}
/* `size` bytes of NaNs, and some after them that nothing may touch */
enum { AFTER = 32 };

static void *
scratch(size_t size)
{
	char *p = aligned_alloc(64, (size + AFTER + 63) / 64 * 64);

	if (!p)
		abort();
	memset(p, 0xff, size + AFTER);
	return p;
}

static void
give_back(void *p, size_t size, const char *what)
{
	for (size_t i = 0; i < AFTER; i++)
		if (((unsigned char *)p)[size + i] != 0xff)
			fail("%s: writes beyond its scratch memory", what);
	free(p);
}

/* ---- the sets ---- */

/* v4's text with 16 lanes in two registers, where a test is linked with it */
extern const struct kern kern_lowered __attribute__((weak));
#define LOWERED (&kern_lowered)

static const struct kern *
set_of(int i)
{
	int n = 0;
	bool lowers = false;

	for (; kern_list(n); n++)
		lowers |= !strcmp(kern_list(n)->name, "v3");
	return i < n ? kern_list(i) : i == n && lowers ? LOWERED : NULL;
}

/* the i-th set becomes the one that is checked; false after the last */
static bool
take(int i)
{
	set = set_of(i);
	if (set)
		kern_select(set == LOWERED ? "v3" : set->name);
	return set;
}

/* ---- speed ---- */

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

/* a row: the nanoseconds of a call in each set but the lowered one, the best of several runs */
#define BENCH(what, ...) do { \
		printf("%-48s", what); \
		for (int of = 0; take(of) && set != LOWERED; of++) { \
			double best = INFINITY; \
			for (int run = 0; run < (set == ref ? 1 : 7); run++) { \
				int times = 0; \
				const double t0 = now(); \
				double t = t0; \
				for (; t - t0 < 1e7; times++, t = now()) \
					__VA_ARGS__; \
				best = fmin(best, (t - t0) / times); \
			} \
			printf(" %12.0f", best); \
		} \
		printf("\n"); \
	} while (0)

static void
bench_header(void)
{
	printf("%-48s", "nanoseconds a call");
	for (int i = 0; take(i) && set != LOWERED; i++)
		printf(" %12s", set->name);
	printf("\n");
}

static int
check_or_bench(int argc, char **argv, void check(void), void bench(void))
{
	const char *slash = strrchr(argv[0], '/'), *option = argc > 1 ? argv[1] : "";

	family = slash ? slash + 1 : argv[0];
	ref = kern_list(0);
	if (!strcmp(option, "--bench")) {
		bench_header();
		bench();
		return 0;
	}
	uint64_t definition = 0;
	for (int i = 0; take(i); i++) {
		draw = 0;
		kept_next = 0;
		digest = UINT64_C(0xcbf29ce484222325);
		check();
		definition = set == ref ? digest : definition;
		if (set->fused && digest != definition)
			fail("the digest differs from that of %s", ref->name);
		if (!strcmp(option, "--digest"))
			printf("%s %016llx\n", set->name, (unsigned long long)digest);
	}
	return failures > 0;
}

#endif
