/* Every kernel of every instruction set against the plain loops, on random shapes.
 *   kern            checks
 *   kern --digest   prints a digest of all outputs for each set: the same from every compiler
 *   kern --time     prints the speed of convolution and dense layers, in multiply-adds */
#include "kern/kern.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/par.h"
#include "base/rng.h"

static const struct kern *ref, *set;
static int failures;
static uint64_t draw, digest;
static const real least = sizeof(real) == sizeof(float) ? FLT_MIN : (real)DBL_MIN; /* below it numbers are denormal */

static void __attribute__((format(printf, 1, 2)))
fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "kern: %s: ", set->name);
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

/* Arrays with a border that nobody may touch; under AddressSanitizer the border is its own. */
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

static struct array
magnitude(struct array a)
{
	struct array b = copy(a);

	for (size_t i = 0; i < b.n; i++)
		b.v[i] = b.v[i] < 0 ? -b.v[i] : b.v[i];
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

/* `size` holds the sums of magnitudes: rounding errors are relative to them, and grow with the root of the terms */
static void
near(struct array a, struct array b, struct array size, int terms, const char *what)
{
	for (size_t i = 0; i < a.n; i++)
		if (!(fabs((double)a.v[i] - b.v[i]) <= 2e-7 * (2 + sqrt(terms)) * size.v[i] + 1e-30)) {
			fail("%s: element %zu of %zu is %.9g, not %.9g", what, i, a.n, (double)a.v[i], (double)b.v[i]);
			return;
		}
}

static bool
tiled(const struct conv *g)
{
	const int unit = g->c * g->f <= 128 * 128 ? 8 : 16;

	return g->kh == 3 && g->kw == 3 && g->sh == 1 && g->sw == 1 && g->c >= 16 && g->f >= 16 && g->c % unit == 0 &&
	       g->f % unit == 0;
}

/* few channels to 8 filters: forward only */
static bool
tiled_forward(const struct conv *g)
{
	return g->kh == 3 && g->kw == 3 && g->sh == 1 && g->sw == 1 && g->c <= 4 && g->f == 8 && g->oh % 2 == 0 && g->ow % 2 == 0 &&
	       g->ow >= 32;
}

/* Winograd's algorithm spreads rounding errors over a tile: they are relative to the largest sums of the images */
static void
spread(struct array size, bool tiles)
{
	real most = 0;

	if (!tiles)
		return;
	for (size_t i = 0; i < size.n; i++)
		most = size.v[i] > most ? size.v[i] : most;
	for (size_t i = 0; i < size.n; i++)
		size.v[i] = most;
}

/* a NULL bias now and then */
static const real *
some(struct array b)
{
	return draw % 4 ? b.v : NULL;
}

/* Convolution */

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

static struct conv
random_conv(void)
{
	struct conv g = { .h = between(1, 13) };
	const bool pad = between(0, 1);

	/* one after the other: the order within a list of values is the compiler's */
	g.w = between(1, 20);
	g.c = between(1, between(1, 40));
	g.f = between(1, between(1, 70));
	g.sh = between(1, 3);
	g.sw = between(1, 3);
	g.kh = between(1, pad || g.h > 7 ? 7 : g.h);
	g.kw = between(1, pad || g.w > 7 ? 7 : g.w);
	g.oh = output(g.h, g.kh, g.sh, pad, &g.top);
	g.ow = output(g.w, g.kw, g.sw, pad, &g.left);
	return g;
}

static void *
scratch(const struct conv *g)
{
	const size_t size = (set->conv_scratch(g) + 63) / 64 * 64 + 64;
	void *p = aligned_alloc(64, size);

	if (!p)
		abort();
	memset(p, 0xff, size); /* NaNs */
	return p;
}

static void
check_conv(struct conv g, int n)
{
	const size_t in = (size_t)g.h * g.w * g.c, out = (size_t)g.oh * g.ow * g.f, taps = (size_t)g.kh * g.kw * g.c;
	struct array x = noise(n * in), w = noise(taps * g.f), b = noise(g.f), dy = noise(n * out);
	struct array ax = magnitude(x), aw = magnitude(w), ady = magnitude(dy), ab = magnitude(b);
	const real *bias = some(b);
	const bool relu = between(0, 1);
	char what[160];
	void *s = scratch(&g), *end = (char *)s + set->conv_scratch(&g);
	unsigned char after[64];

	memcpy(after, end, 32);
	snprintf(what, sizeof what, "conv n %d, %dx%dx%d, kernel %dx%d, strides %dx%d, pad %d %d, out %dx%dx%d", n, g.h, g.w,
		g.c, g.kh, g.kw, g.sh, g.sw, g.top, g.left, g.oh, g.ow, g.f);

	struct array y = array(n * out), want = array(n * out), size = array(n * out), one = array(n * out);
	set->conv_y(&g, n, x.v, w.v, bias, relu, y.v, s);
	ref->conv_y(&g, n, x.v, w.v, bias, relu, want.v, NULL);
	ref->conv_y(&g, n, ax.v, aw.v, bias ? ab.v : NULL, false, size.v, NULL);
	spread(size, tiled(&g) || tiled_forward(&g));
	near(y, want, size, (int)taps, what);
	for (int i = 0; i < n; i++)
		set->conv_y(&g, 1, x.v + i * in, w.v, bias, relu, one.v + i * out, s);
	same(one, y, what);
	drop(want), drop(size), done(one, what), done(y, what);

	struct array dx = array(n * in);
	want = array(n * in), size = array(n * in), one = array(n * in);
	set->conv_dx(&g, n, dy.v, w.v, dx.v, s);
	ref->conv_dx(&g, n, dy.v, w.v, want.v, NULL);
	ref->conv_dx(&g, n, ady.v, aw.v, size.v, NULL);
	spread(size, tiled(&g));
	near(dx, want, size, g.kh * g.kw * g.f, what);
	for (int i = 0; i < n; i++)
		set->conv_dx(&g, 1, dy.v + i * out, w.v, one.v + i * in, s);
	same(one, dx, what);
	drop(want), drop(size), done(one, what), done(dx, what);

	struct array dw = noise(taps * g.f), db = noise(g.f), dbwant = copy(db), dbsize = magnitude(db), dbone = copy(db);
	want = copy(dw), size = magnitude(dw), one = copy(dw);
	set->conv_dw(&g, n, x.v, dy.v, dw.v, bias ? db.v : NULL, s);
	ref->conv_dw(&g, n, x.v, dy.v, want.v, bias ? dbwant.v : NULL, NULL);
	ref->conv_dw(&g, n, ax.v, ady.v, size.v, dbsize.v, NULL);
	spread(size, tiled(&g));
	near(dw, want, size, n * g.oh * g.ow, what);
	near(db, dbwant, dbsize, g.oh * g.ow, what);
	for (int i = 0; i < n; i++)
		set->conv_dw(&g, 1, x.v + i * in, dy.v + i * out, one.v, bias ? dbone.v : NULL, s);
	if (tiled(&g))
		near(one, dw, size, n * g.oh * g.ow, what);
	else
		same(one, dw, what);
	same(dbone, db, what);
	drop(want), drop(size), drop(dbwant), drop(dbsize);
	done(one, what), done(dw, what), done(dbone, what), done(db, what);

	if (memcmp(after, end, 32))
		fail("%s: writes behind its scratch memory", what);
	free(s);
	drop(ax), drop(aw), drop(ady), drop(ab), done(x, what), done(w, what), done(b, what), done(dy, what);
}

/* Depthwise convolution */

static struct depthwise
random_depthwise(void)
{
	struct depthwise g = { .h = between(1, 13) };
	const bool pad = between(0, 1);

	g.w = between(1, 24);
	g.c = between(1, between(1, 80));
	g.m = between(0, 2) ? 1 : between(2, 3);
	g.sh = between(0, 2) ? 1 : between(1, 4);
	g.sw = between(0, 2) ? 1 : between(1, 4);
	g.dh = g.sh == 1 ? between(1, 3) : 1;
	g.dw = g.sw == 1 ? between(1, 3) : 1;
	g.kh = between(1, pad ? 6 : (g.h - 1) / g.dh < 5 ? (g.h - 1) / g.dh + 1 : 6);
	g.kw = between(1, pad ? 6 : (g.w - 1) / g.dw < 5 ? (g.w - 1) / g.dw + 1 : 6);
	g.oh = output(g.h, (g.kh - 1) * g.dh + 1, g.sh, pad, &g.top);
	g.ow = output(g.w, (g.kw - 1) * g.dw + 1, g.sw, pad, &g.left);
	return g;
}

/* in double, from the definition: sum over all outputs and taps of dy x w is dy . y(x), x . dx(dy) and w . dw(x, dy) */
static double
depthwise_sum(const struct depthwise *g, int n, const real *x, const real *w, const real *dy)
{
	double sum = 0;

	for (int i = 0; i < n; i++, x += (size_t)g->h * g->w * g->c)
		for (int oy = 0; oy < g->oh; oy++)
			for (int ox = 0; ox < g->ow; ox++)
				for (int k = 0; k < g->c * g->m; k++, dy++)
					for (int ky = 0; ky < g->kh; ky++)
						for (int kx = 0; kx < g->kw; kx++) {
							const int iy = oy * g->sh + ky * g->dh - g->top, ix = ox * g->sw + kx * g->dw - g->left;
							if (iy >= 0 && iy < g->h && ix >= 0 && ix < g->w)
								sum += (double)*dy * x[((size_t)iy * g->w + ix) * g->c + k / g->m] *
								       w[((size_t)ky * g->kw + kx) * g->c * g->m + k];
						}
	return sum;
}

static double
dot(struct array a, struct array b)
{
	double sum = 0;

	for (size_t i = 0; i < a.n; i++)
		sum += (double)a.v[i] * b.v[i];
	return sum;
}

static void
check_depthwise(struct depthwise g, int n)
{
	const size_t in = (size_t)g.h * g.w * g.c, f = (size_t)g.c * g.m, out = (size_t)g.oh * g.ow * f, taps = (size_t)g.kh * g.kw;
	struct array x = noise(n * in), w = noise(taps * f), b = noise(f), dy = noise(n * out);
	struct array ax = magnitude(x), aw = magnitude(w), ady = magnitude(dy), ab = magnitude(b);
	const real *bias = some(b);
	const bool relu = between(0, 1);
	const double sum = depthwise_sum(&g, n, x.v, w.v, dy.v), most = depthwise_sum(&g, n, ax.v, aw.v, ady.v);
	struct array s = array(set->depthwise_scratch(&g) / sizeof(real));
	char what[160];

	snprintf(what, sizeof what, "depthwise n %d, %dx%dx%d times %d, kernel %dx%d, strides %dx%d, dilation %dx%d, pad %d %d, out %dx%d",
		n, g.h, g.w, g.c, g.m, g.kh, g.kw, g.sh, g.sw, g.dh, g.dw, g.top, g.left, g.oh, g.ow);

	struct array y = array(n * out), want = array(n * out), size = array(n * out), one = array(n * out);
	set->depthwise_y(&g, n, x.v, w.v, NULL, false, y.v, s.v);
	if (fabs(dot(y, dy) - sum) > 1e-6 * most)
		fail("%s: y: the sum of all products is %.9g, not %.9g", what, dot(y, dy), sum);
	set->depthwise_y(&g, n, x.v, w.v, bias, relu, y.v, s.v);
	ref->depthwise_y(&g, n, x.v, w.v, bias, relu, want.v, NULL);
	ref->depthwise_y(&g, n, ax.v, aw.v, bias ? ab.v : NULL, false, size.v, NULL);
	near(y, want, size, (int)taps, what);
	for (int i = 0; i < n; i++)
		set->depthwise_y(&g, 1, x.v + i * in, w.v, bias, relu, one.v + i * out, s.v);
	same(one, y, what);
	drop(want), drop(size), done(one, what), done(y, what);

	struct array dx = array(n * in);
	want = array(n * in), size = array(n * in), one = array(n * in);
	set->depthwise_dx(&g, n, dy.v, w.v, dx.v, s.v);
	if (fabs(dot(dx, x) - sum) > 1e-6 * most)
		fail("%s: dx: the sum of all products is %.9g, not %.9g", what, dot(dx, x), sum);
	ref->depthwise_dx(&g, n, dy.v, w.v, want.v, NULL);
	ref->depthwise_dx(&g, n, ady.v, aw.v, size.v, NULL);
	near(dx, want, size, (int)taps * g.m, what);
	for (int i = 0; i < n; i++)
		set->depthwise_dx(&g, 1, dy.v + i * out, w.v, one.v + i * in, s.v);
	same(one, dx, what);
	drop(want), drop(size), done(one, what), done(dx, what);

	struct array dw = array(taps * f);
	memset(dw.v, 0, dw.n * sizeof(real));
	set->depthwise_dw(&g, n, x.v, dy.v, dw.v, NULL, s.v);
	if (fabs(dot(dw, w) - sum) > 1e-6 * most)
		fail("%s: dw: the sum of all products is %.9g, not %.9g", what, dot(dw, w), sum);
	drop(dw);
	dw = noise(taps * f);
	struct array db = noise(f), dbwant = copy(db), dbsize = magnitude(db), dbone = copy(db);
	want = copy(dw), size = magnitude(dw), one = copy(dw);
	set->depthwise_dw(&g, n, x.v, dy.v, dw.v, bias ? db.v : NULL, s.v);
	ref->depthwise_dw(&g, n, x.v, dy.v, want.v, bias ? dbwant.v : NULL, NULL);
	ref->depthwise_dw(&g, n, ax.v, ady.v, size.v, dbsize.v, NULL);
	near(dw, want, size, n * g.oh * g.ow, what);
	near(db, dbwant, dbsize, n * g.oh * g.ow, what);
	for (int i = 0; i < n; i++)
		set->depthwise_dw(&g, 1, x.v + i * in, dy.v + i * out, one.v, bias ? dbone.v : NULL, s.v);
	same(one, dw, what);
	same(dbone, db, what);
	drop(want), drop(size), drop(dbwant), drop(dbsize);
	done(one, what), done(dw, what), done(dbone, what), done(db, what);
	memset(s.v, 0, s.n * sizeof(real)); /* what lies there does not matter */
	drop(ax), drop(aw), drop(ady), drop(ab), done(s, what), done(x, what), done(w, what), done(b, what), done(dy, what);
}

/* Convolution and pool in one: the same bits as one after the other */

static struct conv
random_pooled_conv(void)
{
	struct conv g;

	do
		g = random_conv();
	while (tiled(&g));
	return g;
}

/* windows side by side */
static struct pool
pool_of(const struct conv *g, int ph, int pw)
{
	return (struct pool){ .h = g->oh, .w = g->ow, .c = g->f, .ph = ph, .pw = pw, .sh = ph, .sw = pw, .oh = g->oh / ph,
		.ow = g->ow / pw };
}

static struct pool
random_side_by_side(const struct conv *g)
{
	const int ph = between(1, g->oh < 4 ? g->oh : 4), pw = between(1, g->ow < 4 ? g->ow : 4);

	return pool_of(g, ph, pw);
}

static void *
pool_scratch(const struct conv *g, const struct pool *q)
{
	const size_t size = set->conv_pool_scratch(g, q);
	char *p = aligned_alloc(64, (size + 32 + 63) / 64 * 64);

	if (!p)
		abort();
	memset(p, 0xff, size + 32);
	return p;
}

static void
check_conv_pool(struct conv g, struct pool q, int n, bool strange)
{
	const size_t in = (size_t)g.h * g.w * g.c, middle = (size_t)g.oh * g.ow * g.f, out = (size_t)q.oh * q.ow * g.f;
	const size_t taps = (size_t)g.kh * g.kw * g.c;
	struct array x = noise(n * in), w = noise(taps * g.f), b = noise(g.f);
	struct array y = array(n * out), want = array(n * out), whole = array(n * middle);
	const real *bias = some(b);
	const bool relu = between(0, 1);
	void *s = scratch(&g), *ps = pool_scratch(&g, &q);
	int32_t *there = malloc(n * out * sizeof *there);
	int32_t *at = malloc(n * out * sizeof *at);
	char what[160];

	snprintf(what, sizeof what, "conv and pool n %d, %dx%dx%d, kernel %dx%d, strides %dx%d, out %dx%dx%d, pool %dx%d", n, g.h, g.w,
		g.c, g.kh, g.kw, g.sh, g.sw, g.oh, g.ow, g.f, q.ph, q.pw);
	for (size_t i = 0; strange && i < x.n; i++) /* equal ones, and some that are no numbers */
		x.v[i] = between(0, 40) ? (real)(int)(2 * x.v[i]) : (real)NAN;
	set->conv_y(&g, n, x.v, w.v, bias, relu, whole.v, s);
	set->maxpool_y(&q, n, whole.v, want.v, there, NULL);
	set->conv_pool_y(&g, &q, n, x.v, w.v, bias, relu, y.v, NULL, ps);
	same(y, want, what);
	set->conv_pool_y(&g, &q, n, x.v, w.v, bias, relu, y.v, at, ps);
	same(y, want, what);
	for (size_t i = 0; i < n * out; i++)
		if (at[i] != there[i]) {
			fail("%s: window %zu has its maximum at %d, not %d", what, i, (int)at[i], (int)there[i]);
			break;
		}

	for (int i = 0; i < 32; i++)
		if (((unsigned char *)ps)[set->conv_pool_scratch(&g, &q) + (size_t)i] != 0xff)
			fail("%s: writes behind its scratch memory", what);
	free(s), free(ps), free(at), free(there);
	drop(want), drop(whole);
	done(x, what), done(w, what), done(b, what), done(y, what);
}

/* Dense layers */

static void
check_dense(int n, int in, int units)
{
	struct array x = noise((size_t)n * in), w = noise((size_t)in * units), b = noise(units), dy = noise((size_t)n * units);
	struct array ax = magnitude(x), aw = magnitude(w), ady = magnitude(dy);
	const bool relu = between(0, 1);
	char what[80];

	snprintf(what, sizeof what, "dense n %d, %d to %d", n, in, units);
	struct array y = array(dy.n), want = array(dy.n), size = array(dy.n), one = array(dy.n);
	const int cut = between(0, in);
	set->dense_y(n, in, units, 0, in, x.v, w.v, false, y.v);
	ref->dense_y(n, in, units, 0, in, x.v, w.v, false, want.v);
	ref->dense_y(n, in, units, 0, in, ax.v, aw.v, false, size.v);
	near(y, want, size, in, what);
	for (int i = 0; i < n; i++)
		set->dense_y(1, in, units, 0, in, x.v + (size_t)i * in, w.v, false, one.v + (size_t)i * units);
	same(one, y, what);
	/* in two parts: added up at once, or afterwards */
	set->dense_y(n, in, units, 0, cut, x.v, w.v, false, one.v);
	set->dense_y(n, in, units, cut, in, x.v, w.v, true, one.v);
	near(one, want, size, in, what);
	set->dense_y(n, in, units, 0, cut, x.v, w.v, false, y.v);
	set->dense_y(n, in, units, cut, in, x.v, w.v, false, size.v);
	set->add(y.n, size.v, y.v);
	same(one, y, what);
	set->bias(n, units, b.v, relu, one.v);
	ref->bias(n, units, b.v, relu, y.v);
	same(one, y, what);
	drop(want), drop(size), done(one, what), done(y, what);

	struct array dx = array(x.n);
	want = array(x.n), size = array(x.n), one = array(x.n);
	set->dense_dx(n, in, units, 0, in, dy.v, w.v, dx.v);
	ref->dense_dx(n, in, units, 0, in, dy.v, w.v, want.v);
	ref->dense_dx(n, in, units, 0, in, ady.v, aw.v, size.v);
	near(dx, want, size, units, what);
	for (int i = 0; i < n; i++)
		set->dense_dx(1, in, units, 0, in, dy.v + (size_t)i * units, w.v, one.v + (size_t)i * in);
	same(one, dx, what);
	set->dense_dx(n, in, units, 0, cut, dy.v, w.v, one.v);
	set->dense_dx(n, in, units, cut, in, dy.v, w.v, one.v);
	same(one, dx, what);
	drop(want), drop(size), done(one, what), done(dx, what);

	struct array dw = array(w.n), db = array(b.n);
	want = array(w.n), size = array(w.n), one = array(w.n);
	set->dense_dw(n, in, units, 0, in, x.v, dy.v, dw.v);
	ref->dense_dw(n, in, units, 0, in, x.v, dy.v, want.v);
	ref->dense_dw(n, in, units, 0, in, ax.v, ady.v, size.v);
	near(dw, want, size, n, what);
	set->dense_dw(n, in, units, 0, cut, x.v, dy.v, one.v);
	set->dense_dw(n, in, units, cut, in, x.v, dy.v, one.v);
	same(one, dw, what);
	drop(want), drop(size), done(one, what), done(dw, what);
	want = array(b.n), size = array(b.n);
	set->dense_db(n, units, dy.v, db.v);
	ref->dense_db(n, units, dy.v, want.v);
	ref->dense_db(n, units, ady.v, size.v);
	near(db, want, size, n, what);
	drop(want), drop(size), done(db, what);
	drop(ax), drop(aw), drop(ady), done(x, what), done(w, what), done(b, what), done(dy, what);
}

/* Pools */

static struct pool
random_pool(int size, int most)
{
	struct pool g = { .h = between(1, size) };
	const bool pad = between(0, 1);

	g.w = between(1, size); /* one after the other: the same shapes from every compiler */
	g.c = between(1, 40);
	g.sh = between(1, 3);
	g.sw = between(1, 3);
	g.ph = between(1, pad || g.h > most ? most : g.h);
	g.pw = between(1, pad || g.w > most ? most : g.w);
	g.oh = output(g.h, g.ph, g.sh, pad, &g.top);
	g.ow = output(g.w, g.pw, g.sw, pad, &g.left);
	return g;
}

/* the mean of a window, plainly */
static double
mean(const struct pool *g, const real *x, int oy, int ox, int k)
{
	double sum = 0;
	int count = 0;

	for (int iy = oy * g->sh - g->top; iy < oy * g->sh - g->top + g->ph; iy++)
		for (int ix = ox * g->sw - g->left; ix < ox * g->sw - g->left + g->pw; ix++)
			if (iy >= 0 && iy < g->h && ix >= 0 && ix < g->w) {
				sum += x[(iy * g->w + ix) * g->c + k];
				count++;
			}
	return sum / count;
}

static void
check_pool(struct pool g, bool strange)
{
	const int n = between(1, 3);
	const size_t in = (size_t)g.h * g.w * g.c, out = (size_t)g.oh * g.ow * g.c;
	struct array x = noise(n * in), dy = noise(n * out), y = array(n * out), dx = array(n * in);
	int32_t *at = malloc(n * out * sizeof *at);
	void *s = malloc(set->pool_scratch(&g) + 1);
	for (size_t i = 0; i < x.n; i++) /* many equals */
		x.v[i] = strange && i % 3 == 0 ? NAN : strange && i % 7 == 0 ? -INFINITY : (real)(int)(4 * x.v[i]);

	set->maxpool_y(&g, n, x.v, y.v, at, s);
	for (size_t i = 0; i < y.n; i++) {
		const size_t k = i % g.c, ox = i / g.c % g.ow, oy = i / g.c / g.ow % g.oh, image = i / out;
		int first = -1;
		if (at[i] < 0 || (size_t)at[i] >= in) {
			fail("maxpool_y: index %d is outside of the image", (int)at[i]);
			break;
		}
		for (int ky = 0; ky < g.ph; ky++)
			for (int kx = 0; kx < g.pw; kx++) {
				const int iy = (int)oy * g.sh + ky - g.top, ix = (int)ox * g.sw + kx - g.left;
				if (iy < 0 || iy >= g.h || ix < 0 || ix >= g.w)
					continue;
				const int here = (iy * g.w + ix) * g.c + (int)k;
				if (first < 0 || x.v[image * in + here] > x.v[image * in + first])
					first = here;
			}
		if (at[i] != first || memcmp(&y.v[i], &x.v[image * in + first], sizeof(real))) {
			fail("maxpool_y: index %d, not %d", (int)at[i], first);
			break;
		}
	}
	struct array only = array(n * out);
	set->maxpool_y(&g, n, x.v, only.v, NULL, s);
	same(only, y, "maxpool_y without indices");
	drop(only);
	set->maxpool_dx(&g, n, at, dy.v, dx.v);
	struct array want = array(n * in);
	ref->maxpool_dx(&g, n, at, dy.v, want.v);
	same(dx, want, "maxpool_dx");
	drop(want);
	want = array(n * out);
	set->avgpool_y(&g, n, x.v, y.v, s);
	ref->avgpool_y(&g, n, x.v, want.v, s);
	same(y, want, "avgpool_y");
	drop(want);
	want = array(n * in);
	set->avgpool_dx(&g, n, dy.v, dx.v, s);
	ref->avgpool_dx(&g, n, dy.v, want.v, s);
	same(dx, want, "avgpool_dx");
	drop(want);
	if (!strange) { /* the mean is the mean; dx is y's transpose: dy . y(x) = x . dx(dy); the mean of equals is their value */
		double left = 0, right = 0;
		for (size_t i = 0; i < y.n; i++) {
			const double plain = mean(&g, x.v + i / out * in, (int)(i / g.c / g.ow) % g.oh, (int)(i / g.c) % g.ow, (int)(i % g.c));
			if (!(fabs(y.v[i] - plain) <= 1e-5)) {
				fail("avgpool_y: element %zu is %.9g, not %.9g", i, (double)y.v[i], plain);
				break;
			}
		}
		for (size_t i = 0; i < y.n; i++)
			left += (double)dy.v[i] * y.v[i];
		for (size_t i = 0; i < x.n; i++)
			right += (double)x.v[i] * dx.v[i];
		if (fabs(left - right) > 1e-5 * (1 + sqrt((double)y.n)))
			fail("avgpool_dx is not the transpose of avgpool_y: %.9g, not %.9g", right, left);
		for (size_t i = 0; i < x.n; i++)
			x.v[i] = (real)(i % g.c);
		set->avgpool_y(&g, n, x.v, y.v, s);
		for (size_t i = 0; i < y.n; i++)
			if (fabs((double)y.v[i] - (double)(i % g.c)) > 1e-5 * g.c) {
				fail("avgpool_y of equals is %.9g, not %zu", (double)y.v[i], i % g.c);
				break;
			}
	}
	free(at), free(s);
	if (strange) /* the bits of a NaN are not promised */
		drop(x), drop(y);
	else
		done(x, "pool"), done(y, "pool");
	done(dy, "pool"), done(dx, "pool");
}

/* Element by element: the same bits in every set */

static void
check_activations(size_t n)
{
	for (enum act a = 0; a < ACTS; a++) {
		const real slope = (real)(n % 4) / 3;
		struct array x = noise(n), y = array(n), want = array(n), dy = noise(n), dx = array(n), dwant = array(n);
		for (size_t i = 0; i < n; i++)
			x.v[i] *= (real)(i % 5 ? 3 : 120);
		struct array inplace = copy(x), dinplace = copy(dy);
		set->act_y(a, slope, n, x.v, y.v);
		ref->act_y(a, slope, n, x.v, want.v);
		set->act_y(a, slope, n, inplace.v, inplace.v);
		same(y, want, "act_y");
		same(inplace, want, "act_y in place");
		const real *from = act_needs_x(a) ? x.v : NULL;
		set->act_dx(a, slope, n, from, y.v, dy.v, dx.v);
		ref->act_dx(a, slope, n, from, y.v, dy.v, dwant.v);
		set->act_dx(a, slope, n, from, y.v, dinplace.v, dinplace.v);
		same(dx, dwant, "act_dx");
		same(dinplace, dwant, "act_dx in place");
		drop(want), drop(dwant);
		done(inplace, "act_y"), done(dinplace, "act_dx");
		done(x, "act"), done(y, "act"), done(dy, "act"), done(dx, "act");
	}
}

static const real SLOPE = (real)0.3;

static double
truth(enum act a, double x)
{
	switch (a) {
	case ACT_RELU: return x > 0 ? x : 0;
	case ACT_LEAKYRELU: return x > 0 ? x : (double)SLOPE * x;
	case ACT_GELU: return 0.5 * x * erfc(-x / sqrt(2));
	case ACT_ELU: return x > 0 ? x : expm1(x);
	case ACT_TANH: return tanh(x);
	case ACT_SIGMOID: return 1 / (1 + exp(-x));
	case ACT_SILU: return x / (1 + exp(-x));
	case ACT_RELU6: return fmin(fmax(x, 0), 6);
	case ACT_HARD_SILU: return x * fmin(fmax(x + 3, 0), 6) / 6;
	case ACT_SOFTPLUS: return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
	case ACT_GELU_TANH: return x / (1 + exp(-2 * sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x)));
	default: return x;
	}
}

static double
truth_slope(enum act a, double x)
{
	const double y = truth(a, x), sigmoid = 1 / (1 + exp(-x)), c = sqrt(2 / acos(-1));
	const double t = tanh(c * (x + 0.044715 * x * x * x)), du = c * (1 + 3 * 0.044715 * x * x);

	switch (a) {
	case ACT_RELU: return x > 0;
	case ACT_LEAKYRELU: return x > 0 ? 1 : (double)SLOPE;
	case ACT_GELU: return 0.5 * erfc(-x / sqrt(2)) + x * exp(-x * x / 2) / sqrt(2 * acos(-1));
	case ACT_ELU: return x > 0 ? 1 : exp(x);
	case ACT_TANH: return 1 - y * y;
	case ACT_SIGMOID: return y * (1 - y);
	case ACT_SILU: return sigmoid + x * sigmoid * (1 - sigmoid);
	case ACT_RELU6: return x > 0 && x < 6;
	case ACT_HARD_SILU: return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6;
	case ACT_SOFTPLUS: return sigmoid;
	case ACT_GELU_TANH: return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * du;
	default: return 1;
	}
}

static void
activations_are_accurate(void)
{
	enum { N = 100000 };
	struct array x = array(N), y = array(N), dy = array(N), dx = array(N);

	for (size_t i = 0; i < N; i++) {
		x.v[i] = (real)((double)i / N * 20 - 10) * (i % 10 ? 1 : 12);
		dy.v[i] = 1;
	}
	for (enum act a = 0; a < ACTS; a++) {
		/* gelu takes 1 + erf, and gelu_tanh's exponent grows: near -5 only the absolute error is small; what would come
		 * through denormal numbers is 0: silu's x times a sigmoid below `least` */
		const double absolute = a == ACT_GELU || a == ACT_ELU || a == ACT_GELU_TANH ? 2e-7 : 100 * least;
		set->act_y(a, SLOPE, N, x.v, y.v);
		set->act_dx(a, SLOPE, N, x.v, y.v, dy.v, dx.v);
		for (size_t i = 0; i < N; i++) {
			const double t = truth(a, x.v[i]), d = truth_slope(a, x.v[i]);
			if (!(fabs(y.v[i] - t) <= 4e-7 * fabs(t) + absolute)) {
				fail("activation %d of %.9g is %.9g, not %.9g", (int)a, (double)x.v[i], (double)y.v[i], t);
				break;
			}
			if (!(fabs(dx.v[i] - d) <= 1e-6)) {
				fail("activation %d's slope at %.9g is %.9g, not %.9g", (int)a, (double)x.v[i], (double)dx.v[i], d);
				break;
			}
		}
		real bad[3] = { NAN, INFINITY, -INFINITY }, out[3];
		set->act_y(a, SLOPE, 3, bad, out);
		if (!isnan(out[0]))
			fail("activation %d hides a NaN", (int)a);
	}
	drop(x), drop(y), drop(dy), drop(dx);
}

static void
check_softmax(int rows, int n)
{
	const size_t all = (size_t)rows * n;
	struct array x = noise(all), y = array(all), want = array(all), dy = noise(all), dx = array(all);

	for (size_t i = 0; i < all; i++)
		x.v[i] *= (real)(rows % 3 ? 5 : 300);
	set->softmax_y(rows, n, x.v, y.v);
	ref->softmax_y(rows, n, x.v, want.v);
	same(y, want, "softmax_y");
	for (int r = 0; r < rows; r++) {
		double sum = 0;
		for (int i = 0; i < n; i++)
			sum += y.v[(size_t)r * n + i];
		if (!(fabs(sum - 1) < 1e-6))
			fail("softmax_y: a row sums to %.9g", sum);
	}
	set->softmax_dx(rows, n, y.v, dy.v, dx.v);
	ref->softmax_dx(rows, n, y.v, dy.v, want.v);
	same(dx, want, "softmax_dx");
	drop(want), done(x, "softmax"), done(y, "softmax"), done(dy, "softmax"), done(dx, "softmax");
}

static void
check_dropout(size_t n)
{
	const uint64_t key = rng_key(5, "dropout", n), i0 = n % 3 ? (uint64_t)between(0, 1000) : (UINT64_C(1) << 34) - 2;
	const real rate = (real)(n % 5) / 5;
	struct array x = noise(n), y = array(n);

	set->dropout(key, i0, rate, n, x.v, y.v);
	for (size_t i = 0; i < n; i++) {
		const real want = (double)rng_bits(key, i0 + i) / 4294967296.0 >= (double)rate ? x.v[i] * (1 / (1 - rate)) : 0;
		if (memcmp(&y.v[i], &want, sizeof want)) {
			fail("dropout: element %zu of %zu from %llu on is %.9g, not %.9g", i, n, (unsigned long long)i0,
				(double)y.v[i], (double)want);
			break;
		}
	}
	set->dropout(key, i0, rate, n, x.v, x.v);
	same(x, y, "dropout in place");
	done(x, "dropout"), done(y, "dropout");
}

/* a draw equal to the rate is kept, one just below it is not */
static void
dropout_is_exact_at_its_limit(void)
{
	bool kept = false, dropped = false;

	for (uint64_t i = 0; !kept || !dropped; i++) {
		const uint32_t bits = rng_bits(6, i);
		const real one = 1;
		real y = 7, rate;
		if (bits % 256 == 0 && !kept) { /* 24 bits: a float holds it */
			rate = (real)(bits * 0x1p-32);
			set->dropout(6, i, rate, 1, &one, &y);
			kept = true;
			if (y != 1 / (1 - rate))
				fail("dropout drops a draw that is equal to the rate");
		}
		if (bits < 1u << 22 && !dropped) {
			rate = (real)((bits + 0.5) * 0x1p-32);
			set->dropout(6, i, rate, 1, &one, &y);
			dropped = true;
			if (y != 0)
				fail("dropout keeps a draw that is below the rate");
		}
	}
}

static void
check_sums(size_t n)
{
	struct array x = noise(n), y = noise(n), want = copy(y);

	set->add(n, x.v, y.v);
	ref->add(n, x.v, want.v);
	same(y, want, "add");
	set->mul(n, x.v, y.v);
	ref->mul(n, x.v, want.v);
	same(y, want, "mul");
	set->axpy(n, (real)0.7, x.v, y.v);
	ref->axpy(n, (real)0.7, x.v, want.v);
	same(y, want, "axpy");
	set->scale(n, (real)0.7, y.v);
	for (size_t i = 0; i < n; i++)
		want.v[i] = (real)0.7 * want.v[i];
	same(y, want, "scale");
	double squares = 0, magnitudes = 0, top = 0;
	for (size_t i = 0; i < n; i++) {
		squares += (double)x.v[i] * x.v[i];
		magnitudes += fabs((double)x.v[i]);
		top = fmax(top, fabs((double)x.v[i]));
	}
	if (set->sum_squares(n, x.v) != ref->sum_squares(n, x.v) || set->sum_abs(n, x.v) != ref->sum_abs(n, x.v))
		fail("sum_squares or sum_abs differs from ref");
	if (fabs(set->sum_squares(n, x.v) - squares) > 1e-12 * squares || fabs(set->sum_abs(n, x.v) - magnitudes) > 1e-12 * magnitudes)
		fail("sum_squares or sum_abs is wrong");
	if (set->largest(n, x.v) != (real)top)
		fail("largest of %zu is %.9g, not %.9g", n, (double)set->largest(n, x.v), top);
	for (size_t i = 0; i < n; i++) {
		static const real bad[] = { NAN, -NAN, INFINITY, -INFINITY };
		const real good = x.v[i];
		x.v[i] = bad[i % 4];
		if (!isinf(set->largest(n, x.v)) || set->largest(n, x.v) < 0)
			fail("largest overlooks what is not finite at %zu of %zu", i, n);
		x.v[i] = good;
	}
	drop(want), done(x, "sums"), done(y, "add");
}

static void
check_bn(size_t rows, int c)
{
	const size_t all = rows * c;
	struct array x = noise(all), dy = noise(all), a = noise(c), b = noise(c), k = noise(c), out = array(all), want = array(all);
	struct array s[4], r[4];

	for (int i = 0; i < 4; i++) {
		s[i] = noise(c);
		r[i] = copy(s[i]);
	}
	set->bn_sum(rows, c, x.v, s[0].v);
	ref->bn_sum(rows, c, x.v, r[0].v);
	set->bn_square(rows, c, x.v, a.v, s[1].v);
	ref->bn_square(rows, c, x.v, a.v, r[1].v);
	set->bn_dsum(rows, c, x.v, a.v, dy.v, s[2].v, s[3].v);
	ref->bn_dsum(rows, c, x.v, a.v, dy.v, r[2].v, r[3].v);
	for (int i = 0; i < 4; i++) {
		same(s[i], r[i], "bn sums");
		drop(r[i]), done(s[i], "bn sums");
	}
	real total = 0;
	double exact = 0;
	for (size_t i = 0; i < rows; i++)
		exact += x.v[i * c];
	struct array zero = array(c);
	memset(zero.v, 0, c * sizeof(real));
	set->bn_sum(rows, c, x.v, zero.v);
	total = zero.v[0];
	if (!(fabs(total - exact) <= 1e-5 * (1 + sqrt((double)rows))))
		fail("bn_sum of %zu rows is %.9g, not %.9g", rows, (double)total, exact);
	done(zero, "bn_sum");
	set->bn_y(rows, c, x.v, a.v, b.v, out.v);
	ref->bn_y(rows, c, x.v, a.v, b.v, want.v);
	same(out, want, "bn_y");
	set->bn_dx(rows, c, x.v, dy.v, a.v, b.v, k.v, out.v);
	ref->bn_dx(rows, c, x.v, dy.v, a.v, b.v, k.v, want.v);
	same(out, want, "bn_dx");
	drop(want), done(out, "bn"), done(x, "bn"), done(dy, "bn"), done(a, "bn"), done(b, "bn"), done(k, "bn");
}

static void
check_bytes(size_t rows, int c)
{
	const size_t all = rows * (size_t)c;
	struct array shift = noise(c), scale = noise(c), out = array(all), want = array(all);
	uint8_t *x = malloc(all + 1);
	uint32_t *sums = calloc(4 * (size_t)c, sizeof *sums), *square = sums + c, *rsum = square + c, *rsquare = rsum + c;

	for (size_t i = 0; i < all; i++)
		x[i] = i % 7 ? (uint8_t)(i * 2654435761u >> 13) : 255;
	set->byte_sums(rows, c, x, sums, square);
	for (size_t i = 0; i < all; i++) {
		rsum[i % c] += x[i];
		rsquare[i % c] += (uint32_t)x[i] * x[i];
	}
	if (memcmp(sums, rsum, 2 * (size_t)c * sizeof *sums))
		fail("byte_sums of %zu rows of %d are wrong", rows, c);
	set->byte_scale(rows, c, x, 1024, shift.v, scale.v, out.v);
	ref->byte_scale(rows, c, x, 1024, shift.v, scale.v, want.v);
	same(out, want, "byte_scale");
	free(x);
	free(sums);
	drop(want), done(out, "byte_scale"), done(shift, "byte_scale"), done(scale, "byte_scale");
}

static void
check_steps(size_t n, const struct update *s)
{
	step_fn *const mine[] = { set->sgd, set->momentum, set->nesterov, set->adam, set->rmsprop };
	step_fn *const theirs[] = { ref->sgd, ref->momentum, ref->nesterov, ref->adam, ref->rmsprop };

	for (int k = 0; k < 5; k++) {
		struct array g = noise(n), w = noise(n), s0 = noise(n), s1 = noise(n);
		for (size_t i = 0; i < n; i++) { /* squares' means are not negative */
			s0.v[i] = k == 4 ? s0.v[i] * s0.v[i] : s0.v[i];
			s1.v[i] = k == 3 ? s1.v[i] * s1.v[i] : s1.v[i];
		}
		struct array rw = copy(w), r0 = copy(s0), r1 = copy(s1);
		real *const none = NULL;
		const bool one = k > 0, two = k == 3;
		mine[k](s, n, g.v, w.v, one ? s0.v : none, two ? s1.v : none);
		theirs[k](s, n, g.v, rw.v, one ? r0.v : none, two ? r1.v : none);
		same(w, rw, "optimizer step");
		same(s0, r0, "optimizer slot");
		same(s1, r1, "optimizer slot");
		drop(rw), drop(r0), drop(r1), done(g, "step"), done(w, "step"), done(s0, "step"), done(s1, "step");
	}
}

static void
steps_follow_kerass_rules(void)
{
	const struct update s = { .lr = 0.01, .momentum = 0.9, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7, .decay = 1e-3 };
	const double g = 0.5, w = 2, v0 = 0.25, v1 = 0.125, w1 = w * (1 - 1e-3);
	const double am = v0 + (g - v0) * 0.1, av = v1 + (g * g - v1) * 0.001, rv = 0.999 * v0 + 0.001 * g * g;
	const double v = 0.9 * v0 - 0.01 * g;
	const struct { step_fn *step; double w, s0, s1; } rule[] = {
		{ set->sgd, w1 - 0.01 * g, v0, v1 },
		{ set->momentum, w1 + v, v, v1 },
		{ set->nesterov, w1 + 0.9 * v - 0.01 * g, v, v1 },
		{ set->adam, w1 - 0.01 * am / (sqrt(av) + 1e-7), am, av },
		{ set->rmsprop, w1 - 0.01 * g / sqrt(rv + 1e-7), rv, v1 },
	};

	for (size_t k = 0; k < sizeof rule / sizeof *rule; k++) {
		real rg = (real)g, rw = (real)w, s0 = (real)v0, s1 = (real)v1;
		rule[k].step(&s, 1, &rg, &rw, &s0, &s1);
		if (fabs(rw - rule[k].w) > 3e-7 || fabs(s0 - rule[k].s0) > 5e-8 || fabs(s1 - rule[k].s1) > 5e-8)
			fail("optimizer %zu: w %.9g, not %.9g; slots %.9g %.9g, not %.9g %.9g", k, (double)rw, rule[k].w, (double)s0,
				(double)s1, rule[k].s0, rule[k].s1);
	}
	real rg = (real)g, rw = 0, s0 = 0, s1 = 0; /* 1 - beta2 taken in float would be 1e-5 off */
	set->adam(&s, 1, &rg, &rw, &s0, &s1);
	if (fabs(s1 / (0.001 * g * g) - 1) > 1e-6)
		fail("adam's first velocity is %.9g", (double)s1);
}

/* Denormal numbers come in and go out as zeros of their sign, in every kernel that computes; what is copied, and what is none, stays. */

static bool
is(real x, real want)
{
	return memcmp(&x, &want, sizeof x) == 0;
}

static bool
adds_zeros(void)
{
	const real x[5] = { least / 4, -least / 4, least, -INFINITY, -0.0f };
	real y[5] = { 0, -0.0f, -least * 1.25f, 1, -0.0f };

	set->add(5, x, y);
	return is(y[0], 0) && is(y[1], -0.0f) && is(y[2], -0.0f) && is(y[3], -INFINITY) && is(y[4], -0.0f);
}

static bool
multiplies_zeros(void)
{
	const real x[2] = { least / 4, least }, w[2] = { 1e6f, 0.5f };
	const struct conv g = { 1, 1, 2, 1, 1, 1, 1, 0, 0, 1, 1, 1 };
	real y = 1;
	void *s = scratch(&g);

	set->dense_y(1, 2, 1, 0, 2, x, w, false, &y);
	const bool dense = is(y, 0);
	set->conv_y(&g, 1, x, w, NULL, false, &y, s);
	free(s);
	return dense && is(y, 0);
}

static bool
steps_to_zero(void)
{
	const struct update s = { .lr = 0.5, .momentum = 0.5, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7 };
	const real g = 0;
	real w = least / 4, a = least / 4, v = least, m = least, square = 0;

	set->momentum(&s, 1, &g, &w, &v, NULL);
	set->adam(&s, 1, &g, &a, &m, &square);
	return is(v, 0) && is(w, 0) && is(a, 0);
}

static bool
copies_all(void)
{
	const real x[2] = { least / 4, -0.0f };
	real y[2];

	set->act_y(ACT_LINEAR, 0, 2, x, y);
	return is(y[0], x[0]) && is(y[1], -0.0f);
}

static void
look_for_denormals(int piece, int worker, void *ctx)
{
	(void)piece, (void)worker;
	if (!adds_zeros() || !multiplies_zeros() || !steps_to_zero() || !copies_all())
		atomic_fetch_add((atomic_int *)ctx, 1);
}

static void
denormals_are_zeros(void)
{
	atomic_int wrong = 0;

	par_threads(3);
	par_for(100, look_for_denormals, &wrong);
	if (atomic_load(&wrong))
		fail("computes with denormal numbers in %d of 100 pieces", atomic_load(&wrong));
}

static void
check_set(void)
{
	draw = 0;
	digest = UINT64_C(0xcbf29ce484222325);
	for (int i = 0; i < 150; i++)
		check_conv(random_conv(), 1 + i % 3);
	check_conv(conv_shape(16, 16, 16, 24, 3, 1, true), 5);
	check_conv(conv_shape(9, 33, 3, 8, 3, 1, true), 5);
	check_conv(conv_shape(6, 8, 32, 64, 3, 1, true), 2);
	check_conv(conv_shape(5, 6, 272, 80, 3, 1, true), 2); /* kernels too large to be transformed whole */
	check_conv(conv_shape(7, 7, 80, 272, 3, 1, false), 13);
	check_conv(conv_shape(4, 9, 136, 120, 3, 1, true), 2);
	check_conv(conv_shape(5, 5, 120, 144, 3, 1, true), 2);
	for (int i = 0; i < 20; i++) {
		const int h = between(3, 18), w = between(3, 18), c = 8 * between(2, 10), f = 8 * between(2, 10);
		check_conv(conv_shape(h, w, c, f, 3, 1, i % 3), 1 + i % 3);
	}
	for (int i = 0; i < 200; i++)
		check_depthwise(random_depthwise(), 1 + i % 3);
	for (int i = 0; i < 150; i++) {
		const struct conv g = random_pooled_conv();
		const struct pool q = random_side_by_side(&g);
		check_conv_pool(g, q, 1 + i % 3, i % 4 == 0);
	}
	for (int i = 0; i < 30; i++) {
		const int h = between(3, 20), w = between(31, i % 4 ? 40 : 80), c = between(1, 5);
		const struct conv g = conv_shape(h, w, c, 8, 3, 1, i % 3);
		const struct pool q = random_side_by_side(&g);
		check_conv(g, 1 + i % 3);
		check_conv_pool(g, i % 2 ? q : pool_of(&g, g.oh < 2 ? 1 : 2, 2), 1 + i % 3, i % 4 == 0);
		struct pool part = pool_of(&g, g.oh < 2 ? 1 : 2, 2); /* windows that leave some of the image */
		part.ow = between(1, part.ow);
		part.oh = between(1, part.oh);
		check_conv_pool(g, part, 1, false);
	}
	for (int i = 0; i < 30; i++) {
		const int h = between(5, 12), w = between(16, 40), c = between(1, 4), k = i % 3 ? i % 3 : 5;
		const struct conv g = conv_shape(h, w, c, 8, k, 1, i % 2);
		check_conv(g, 1 + i % 3);
		check_conv_pool(g, i % 5 && g.oh > 1 ? pool_of(&g, 2, 2) : random_side_by_side(&g), 1 + i % 3, i % 4 == 0);
	}
	const struct conv lab = conv_shape(32, 32, 3, 8, 3, 1, true);
	check_conv(lab, 3);
	check_conv_pool(lab, pool_of(&lab, 2, 2), 3, false);
	check_conv_pool(lab, pool_of(&lab, 16, 16), 1, false);
	for (int i = 0; i < 150; i++) {
		const int n = between(1, between(1, 35)), in = between(1, 200), units = between(1, 140);
		check_dense(n, in, units);
	}
	check_dense(32, 2048, 64);
	check_dense(5, 64, 10);
	check_dense(35, 40, 600);
	check_dense(64, 150, 128); /* batches that are cut, or go other ways */
	check_dense(131, 101, 63);
	for (int i = 0; i < 100; i++)
		check_pool(random_pool(12, 4), i % 4 == 0);
	for (int overlapping = 0; overlapping < 25;) {
		const struct pool g = random_pool(30, 40);
		overlapping += pool_overlaps(&g);
		check_pool(g, overlapping % 4 == 0);
	}
	activations_are_accurate();
	for (int i = 0; i < 60; i++) {
		check_activations((size_t)i * i / 4);
		check_softmax(1 + i % 7, 1 + i);
		check_dropout((size_t)between(0, 300));
		check_sums((size_t)i);
		const int rows = between(1, 400), channels = between(1, 140);
		check_bn((size_t)rows, channels);
		check_bytes((size_t)rows, channels);
		check_steps((size_t)i, &(struct update){ .lr = 0.01, .momentum = i % 2 ? 0.9 : 0, .beta1 = 0.9, .beta2 = 0.999,
			.epsilon = 1e-7, .decay = i % 3 ? 0 : 1e-3 });
	}
	steps_follow_kerass_rules();
	dropout_is_exact_at_its_limit();
	denormals_are_zeros();
}

/* Speed */

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* the best of several runs, as billions of multiply-adds and additions (2 a term) a second */
#define SPEED(terms, ...) do { \
		double best = 1e9; \
		for (int run = 0; run < 7; run++) { \
			int times = 0; \
			const double t0 = now(); \
			double t = t0; \
			for (; t - t0 < 0.02; times++, t = now()) \
				__VA_ARGS__; \
			best = fmin(best, (t - t0) / times); \
		} \
		printf(" %8.2f", 2e-9 * (double)(terms) / best); \
	} while (0)

static void
time_conv(struct conv g, int n)
{
	const size_t in = (size_t)g.h * g.w * g.c, out = (size_t)g.oh * g.ow * g.f;
	const double terms = (double)n * g.oh * g.ow * g.f * g.kh * g.kw * g.c;
	struct array x = noise(n * in), w = noise((size_t)g.kh * g.kw * g.c * g.f), b = noise(g.f), y = noise(n * out), db = noise(g.f);
	void *s = scratch(&g);

	printf("%-4s conv %dx%d %d->%d %dx%d, n %-14d", set->name, g.h, g.w, g.c, g.f, g.kh, g.kw, n);
	SPEED(terms, set->conv_y(&g, n, x.v, w.v, b.v, true, y.v, s));
	SPEED(terms, set->conv_dx(&g, n, y.v, w.v, x.v, s));
	SPEED(terms, (memset(w.v, 0, w.n * sizeof(real)), set->conv_dw(&g, n, x.v, y.v, w.v, db.v, s)));
	printf("\n");
	free(s);
	drop(x), drop(w), drop(b), drop(y), drop(db);
}

static void
time_conv_pool(struct conv g, int n)
{
	const struct pool q = pool_of(&g, 2, 2);
	const size_t in = (size_t)g.h * g.w * g.c, out = (size_t)q.oh * q.ow * g.f;
	const double terms = (double)n * g.oh * g.ow * g.f * g.kh * g.kw * g.c;
	struct array x = noise(n * in), w = noise((size_t)g.kh * g.kw * g.c * g.f), b = noise(g.f), y = noise(n * out);
	int32_t *at = malloc(n * out * sizeof *at);
	void *s = pool_scratch(&g, &q);

	printf("%-4s conv and pool %dx%d %d->%d %dx%d, n %-5d", set->name, g.h, g.w, g.c, g.f, g.kh, g.kw, n);
	SPEED(terms, set->conv_pool_y(&g, &q, n, x.v, w.v, b.v, true, y.v, at, s));
	printf("\n");
	free(s), free(at);
	drop(x), drop(w), drop(b), drop(y);
}

/* and, as a depthwise convolution waits for memory rather than computes, what it reads and writes at least, in GB/s */
static void
time_depthwise(int h, int c, int k, int stride, int n)
{
	const struct conv v = conv_shape(h, h, c, c, k, stride, true);
	const struct depthwise g = { .h = h, .w = h, .c = c, .m = 1, .kh = k, .kw = k, .sh = stride, .sw = stride, .dh = 1, .dw = 1,
		.top = v.top, .left = v.left, .oh = v.oh, .ow = v.ow };
	const size_t in = (size_t)h * h * c, out = (size_t)g.oh * g.ow * c;
	const double terms = (double)n * (double)out * k * k, words = (double)n * (double)(in + out);
	struct array x = noise(n * in), w = noise((size_t)k * k * c), b = noise(c), y = noise(n * out), db = noise(c);

	printf("%-4s depthwise %dx%d %d %dx%d strides %d, n %-8d", set->name, h, h, c, k, k, stride, n);
	SPEED(terms, set->depthwise_y(&g, n, x.v, w.v, b.v, true, y.v, NULL));
	SPEED(terms, set->depthwise_dx(&g, n, y.v, w.v, x.v, NULL));
	SPEED(terms, (memset(w.v, 0, w.n * sizeof(real)), set->depthwise_dw(&g, n, x.v, y.v, w.v, db.v, NULL)));
	printf("  GB/s y");
	SPEED(words * sizeof(real) / 2, set->depthwise_y(&g, n, x.v, w.v, b.v, true, y.v, NULL));
	printf("  of copying");
	SPEED((double)(2 * n * out) * sizeof(real) / 2, set->act_y(ACT_LINEAR, 0, n * out, y.v, x.v));
	printf("\n");
	drop(x), drop(w), drop(b), drop(y), drop(db);
}

static void
time_dense(int n, int in, int units)
{
	const double terms = (double)n * in * units;
	struct array x = noise((size_t)n * in), w = noise((size_t)in * units), b = noise(units), y = noise((size_t)n * units);

	printf("%-4s dense %d to %d, n %-20d", set->name, in, units, n);
	SPEED(terms, set->dense_y(n, in, units, 0, in, x.v, w.v, false, y.v));
	SPEED(terms, set->dense_dx(n, in, units, 0, in, y.v, w.v, x.v));
	SPEED(terms, set->dense_dw(n, in, units, 0, in, x.v, y.v, w.v));
	printf("\n");
	drop(x), drop(w), drop(b), drop(y);
}

static void
time_elements(void)
{
	enum { N = 32768 };
	struct array x = noise(N), y = array(N), dx = array(N), v = noise(N), u = noise(N);
	const struct update s = { .lr = 1e-9, .momentum = 0.9, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7 };
	const struct pool g = { .h = 32, .w = 32, .c = 16, .ph = 2, .pw = 2, .sh = 2, .sw = 2, .oh = 16, .ow = 16 };
	int32_t *at = malloc(N * sizeof *at);

	memset(u.v, 0, N * sizeof(real));
	printf("%-4s G elements/s: relu gelu tanh dropout", set->name);
	SPEED(N / 2, set->act_y(ACT_RELU, 0, N, x.v, y.v));
	SPEED(N / 2, set->act_y(ACT_GELU, 0, N, x.v, y.v));
	SPEED(N / 2, set->act_y(ACT_TANH, 0, N, x.v, y.v));
	SPEED(N / 2, set->dropout(1, 0, (real)0.3, N, x.v, y.v));
	printf("  maxpool y, dx");
	SPEED(N / 2, set->maxpool_y(&g, 2, x.v, y.v, at, NULL));
	SPEED(N / 2, set->maxpool_dx(&g, 2, at, y.v, dx.v));
	const struct pool g8 = { .h = 32, .w = 32, .c = 8, .ph = 2, .pw = 2, .sh = 2, .sw = 2, .oh = 16, .ow = 16 };
	printf("  of 8 channels");
	SPEED(N / 2, set->maxpool_y(&g8, 4, x.v, y.v, at, NULL));
	SPEED(N / 2, set->maxpool_dx(&g8, 4, at, y.v, dx.v));
	printf("  momentum adam");
	SPEED(N / 2, set->momentum(&s, N, x.v, y.v, v.v, NULL));
	SPEED(N / 2, set->adam(&s, N, x.v, y.v, v.v, u.v));
	printf("\n");
	free(at);
	drop(x), drop(y), drop(dx), drop(v), drop(u);
}

static void
time_set(void)
{
	if (set == ref)
		return;
	printf("%-44s %8s %8s %8s   (Gflop/s)\n", "", "y", "dx", "dw");
	time_conv(conv_shape(32, 32, 3, 8, 3, 1, true), 2);
	time_conv_pool(conv_shape(32, 32, 3, 8, 3, 1, true), 2);
	time_conv(conv_shape(16, 16, 8, 8, 3, 1, true), 2);
	time_conv(conv_shape(32, 32, 16, 16, 3, 1, true), 2);
	time_conv(conv_shape(16, 16, 16, 32, 3, 1, true), 2);
	time_conv(conv_shape(16, 16, 32, 32, 3, 1, true), 2);
	time_conv(conv_shape(8, 8, 64, 64, 3, 1, true), 2);
	time_conv(conv_shape(32, 32, 64, 64, 3, 1, true), 2);
	time_conv(conv_shape(16, 16, 128, 128, 3, 1, true), 8);
	time_conv(conv_shape(8, 8, 256, 256, 3, 1, true), 8);
	time_depthwise(32, 64, 3, 1, 2);
	time_depthwise(32, 96, 3, 2, 2);
	time_depthwise(16, 192, 3, 1, 2);
	time_depthwise(8, 384, 3, 1, 4);
	time_depthwise(32, 64, 3, 1, 128);
	time_depthwise(32, 64, 5, 1, 2);
	time_dense(32, 2048, 64);
	time_dense(2, 2048, 64);
	time_dense(32, 64, 10);
	time_elements();
}

int
main(int argc, char **argv)
{
	const bool time_only = argc > 1 && !strcmp(argv[1], "--time");
	const bool print = argc > 1 && !strcmp(argv[1], "--digest");

	ref = kern_list(0);
	for (int i = 0; (set = kern_list(i)); i++) {
		kern_select(set->name);
		if (time_only) {
			time_set();
			continue;
		}
		check_set();
		if (print)
			printf("%s %016llx\n", set->name, (unsigned long long)digest);
	}
	set = ref;
	const char *wrong = kern_select("v9");
	if (!wrong || !strstr(wrong, "unknown instruction set; known here: ref"))
		fail("kern_select takes an unknown name");
	if (kern_select("ref") || kern != ref)
		fail("kern_select does not find ref");
	return failures > 0;
}
