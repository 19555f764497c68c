/* Convolution, and convolution with the pool after it. */
#include "kern_check.h"

#include "kern/order.h"

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

/* The products of one tap: the channels of a pixel x (c), the weights w (c, f) and the gradient dy (f). */
static void
tap_products(int c, int f, const real *x, const real *w, const real *dy, struct exact y, struct exact dx, struct exact dw)
{
	double *restrict const ys = y.sum, *restrict const yz = y.size, *restrict const ws = dw.sum, *restrict const wz = dw.size;

	for (int i = 0; i < c; i++)
		for (int k = 0; k < f; k++) {
			const size_t t = (size_t)i * f + k;
			const double forward = (double)x[i] * w[t], weight = (double)dy[k] * x[i];
			ys[k] += forward, yz[k] += fabs(forward);
			ws[t] += weight, wz[t] += fabs(weight);
			add_term(&dx, i, (double)dy[k] * w[t]);
		}
}

/* Every product of the definition once, in double: y, dx and dw are sums of them. */
static void
all_products(const struct conv *g, int n, const real *x, const real *w, const real *dy, struct exact y, struct exact dx, struct exact dw)
{
	size_t o = 0;

	for (int i = 0; i < n; i++)
		for (int oy = 0; oy < g->oh; oy++)
			for (int ox = 0; ox < g->ow; ox++, o += g->f)
				for (int ky = 0; ky < g->kh; ky++)
					for (int kx = 0; kx < g->kw; kx++) {
						const int iy = oy * g->sh + ky - g->top, ix = ox * g->sw + kx - g->left;
						if (iy < 0 || iy >= g->h || ix < 0 || ix >= g->w)
							continue;
						const size_t at = (((size_t)i * g->h + iy) * g->w + ix) * g->c;
						const size_t tap = ((size_t)ky * g->kw + kx) * g->c * g->f;
						tap_products(g->c, g->f, x + at, w + tap, dy + o, exact_from(y, o), exact_from(dx, at), exact_from(dw, tap));
					}
}

/* the bias and relu of y, in double */
static void
finish(struct exact y, int f, const real *b, bool relu)
{
	for (size_t i = 0; i < y.n; i++) {
		if (b)
			add_term(&y, i, b[i % f]);
		y.sum[i] = relu ? fmax(y.sum[i], 0) : y.sum[i];
	}
}

static struct exact
column_sums(struct array dy, struct array before)
{
	struct exact e = exact_of(before);

	for (size_t i = 0; i < dy.n; i++)
		add_term(&e, i % before.n, dy.v[i]);
	return e;
}

/* What calls share of a kernel, made in parts. */
static void *
points(const struct conv *g, bool back, const real *w)
{
	enum { PARTS = 3 };
	void *p = scratch(set->conv_points_size(g, back));

	for (int i = PARTS - 1; i >= 0; i--)
		set->conv_points(g, back, i, PARTS, w, p);
	return p;
}

/* Of each kernel: all images at once, and one after the other, with the kernel's points given. */
static void
check_conv(struct conv g, int n)
{
	const size_t in = (size_t)g.h * g.w * g.c, out = (size_t)g.oh * g.ow * g.f, taps = (size_t)g.kh * g.kw * g.c;
	struct array x = noise(n * in), w = noise(taps * g.f), b = noise(g.f), dy = noise(n * out);
	struct array dw = noise(taps * g.f), db = noise(g.f);
	const bool biased = often(), relu = between(0, 1);
	const real *const bias = biased ? b.v : NULL;
	char what[160];
	void *s = scratch(set->conv_scratch_size(&g));
	struct exact ey = exact(n * out), edx = exact(n * in), edw = exact_of(dw);

	snprintf(what, sizeof what, "conv n %d, %dx%dx%d, kernel %dx%d, strides %dx%d, pad %d %d, out %dx%dx%d", n, g.h, g.w,
		g.c, g.kh, g.kw, g.sh, g.sw, g.top, g.left, g.oh, g.ow, g.f);
	if (judged())
		all_products(&g, n, x.v, w.v, dy.v, ey, edx, edw);
	finish(ey, g.f, bias, relu);

	struct array y = array(n * out), one = array(n * out);
	void *shared = points(&g, false, w.v);
	set->conv_y(&g, n, x.v, w.v, NULL, bias, relu, y.v, s);
	for (int i = 0; i < n; i++)
		set->conv_y(&g, 1, x.v + i * in, w.v, shared, bias, relu, one.v + i * out, s);
	give_back(shared, set->conv_points_size(&g, false), what);
	defined(y, what);
	spread(ey, winograd_f4_fits(&g) || winograd_f2_fits(&g));
	near(y, ey, (int)taps, what);
	same(one, y, what);
	done(one, what), done(y, what);

	struct array dx = array(n * in);
	one = array(n * in);
	shared = points(&g, true, w.v);
	set->conv_dx(&g, n, dy.v, w.v, NULL, dx.v, s);
	for (int i = 0; i < n; i++)
		set->conv_dx(&g, 1, dy.v + i * out, w.v, shared, one.v + i * in, s);
	give_back(shared, set->conv_points_size(&g, true), what);
	defined(dx, what);
	spread(edx, winograd_f4_fits(&g));
	near(dx, edx, g.kh * g.kw * g.f, what);
	same(one, dx, what);
	done(one, what), done(dx, what);

	struct array dbone = copy(db);
	struct exact edb = column_sums(dy, db), each = exact_of(dw);
	memcpy(each.sum, edw.sum, 2 * edw.n * sizeof(double));
	one = copy(dw);
	set->conv_dw(&g, n, x.v, dy.v, dw.v, biased ? db.v : NULL, s);
	for (int i = 0; i < n; i++)
		set->conv_dw(&g, 1, x.v + i * in, dy.v + i * out, one.v, biased ? dbone.v : NULL, s);
	defined(dw, what);
	spread(edw, winograd_f4_fits(&g)), spread(each, winograd_f4_fits(&g));
	near(dw, edw, n * g.oh * g.ow, what);
	near(one, each, n * g.oh * g.ow, what);
	defined(one, what);
	if (!winograd_f4_fits(&g))
		same(one, dw, what);
	defined(db, what);
	if (biased)
		near(db, edb, n * g.oh * g.ow, what);
	else
		free(edb.sum);
	same(dbone, db, what);
	done(one, what), done(dw, what), done(dbone, what), done(db, what);

	give_back(s, set->conv_scratch_size(&g), what);
	done(x, what), done(w, what), done(b, what), done(dy, what);
}

/* Convolution and pool in one: the same bits as one after the other */

static struct conv
random_pooled_conv(void)
{
	struct conv g;

	do
		g = random_conv();
	while (winograd_f4_fits(&g));
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

/* One after the other what conv_pool_y does in one. */
static void
pool_after(const struct conv *g, const struct pool *q, int n, const struct before_pool *f, real *x, real *y, int32_t *at, real *inside)
{
	const size_t middle = (size_t)g->oh * g->ow * g->f, out = (size_t)q->oh * q->ow * g->f;
	struct array acted = array(n * middle), last = array(n * middle);

	memcpy(acted.v, x, n * middle * sizeof(real));
	if (f->scale)
		set->bn_y(n * middle / (size_t)g->f, g->f, x, f->scale, f->shift, acted.v);
	set->act_y(f->act, f->slope, n * middle, acted.v, acted.v);
	memcpy(last.v, acted.v, n * middle * sizeof(real));
	if (f->kept)
		set->dropout(f->kept, 0, f->rate, n * middle, acted.v, last.v);
	set->maxpool_y(q, n, last.v, y, at, NULL);
	for (size_t i = 0; i < n * out; i++)
		inside[i] = (act_needs_x(f->act) ? x : acted.v)[i / out * middle + (size_t)at[i]];
	drop(acted), drop(last);
}

static void
same_places(const int32_t *at, const int32_t *there, size_t n, const char *what)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] != there[i]) {
			fail("%s: window %zu has its maximum at %d, not %d", what, i, (int)at[i], (int)there[i]);
			return;
		}
}

static void
check_conv_act_pool(struct conv g, enum act act, bool drops, bool scales, struct pool q, int n, bool strange)
{
	const size_t in = (size_t)g.h * g.w * g.c, middle = (size_t)g.oh * g.ow * g.f, out = (size_t)q.oh * q.ow * g.f;
	const size_t taps = (size_t)g.kh * g.kw * g.c;
	struct array x = noise(n * in), w = noise(taps * g.f), b = noise(g.f), scale = noise(g.f), shift = noise(g.f);
	struct array y = array(n * out), want = array(n * out), whole = array(n * middle), inside = array(n * out), within = array(n * out);
	const real *const bias = often() ? b.v : NULL;
	uint8_t *bits = malloc((n * middle + 7) / 8);
	const struct before_pool f = { .scale = scales ? scale.v : NULL, .shift = shift.v, .act = act, .slope = (real)0.25,
		.kept = drops ? bits : NULL, .rate = (real)0.25 };
	const bool has_inside = act != ACT_LINEAR && act != ACT_RELU && !scales;
	const size_t size = set->conv_pool_scratch_size(&g, &q);
	void *s = scratch(set->conv_scratch_size(&g)), *ps = scratch(size);
	int32_t *there = malloc(n * out * sizeof *there);
	int32_t *at = malloc(n * out * sizeof *at);
	char what[160];

	snprintf(what, sizeof what, "conv and pool n %d, %dx%dx%d, kernel %dx%d, strides %dx%d, out %dx%dx%d, pool %dx%d, activation %d%s%s",
		n, g.h, g.w, g.c, g.kh, g.kw, g.sh, g.sw, g.oh, g.ow, g.f, q.ph, q.pw, (int)f.act, f.kept ? ", dropout" : "", f.scale ? ", scaled" : "");
	for (size_t i = 0; strange && i < x.n; i++) /* equal numbers, and NaN */
		x.v[i] = between(0, 40) ? (real)(int)(2 * x.v[i]) : (real)NAN;
	set->dropout_draw(n * out, 7, f.rate, n * middle, bits);
	set->conv_y(&g, n, x.v, w.v, NULL, bias, f.act == ACT_RELU && !scales, whole.v, s);
	pool_after(&g, &q, n, &f, whole.v, want.v, there, within.v);
	set->conv_pool_y(&g, &q, n, x.v, w.v, bias, &f, y.v, NULL, NULL, ps);
	same(y, want, what);
	set->conv_pool_y(&g, &q, n, x.v, w.v, bias, &f, y.v, at, NULL, ps);
	same(y, want, what);
	same_places(at, there, n * out, what);
	set->conv_pool_y(&g, &q, n, x.v, w.v, bias, &f, y.v, at, has_inside ? inside.v : NULL, ps);
	same(y, want, what);
	if (has_inside)
		same(inside, within, what);

	give_back(ps, size, what);
	free(s), free(at), free(there), free(bits);
	drop(want), drop(whole), drop(within);
	done(x, what), done(w, what), done(b, what), done(y, what), done(inside, what);
	done(scale, what), done(shift, what);
}

static void
check_conv_pool(struct conv g, struct pool q, int n, bool strange)
{
	const enum act act = (enum act)between(0, between(0, 1) ? ACT_RELU : ACTS - 1);

	check_conv_act_pool(g, act, between(0, 1), between(0, 3) == 0, q, n, strange);
}

static void
check(void)
{
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
	for (int i = 0; i < 2 * ACTS; i++) {
		const struct conv g = conv_shape(4, 32 + 2 * (i % 9), 1 + i % 4, 8, 3, 1, true);
		check_conv_act_pool(g, (enum act)(i / 2), i % 2, false, pool_of(&g, 2, 2), 1 + i % 3, i % 3 == 0);
		check_conv_act_pool(g, (enum act)(i / 2), i % 2, true, pool_of(&g, 2, 2), 1, i % 3 == 0);
	}
	const struct conv lab = conv_shape(32, 32, 3, 8, 3, 1, true);
	check_conv(lab, 3);
	check_conv_pool(lab, pool_of(&lab, 2, 2), 3, false);
	check_conv_pool(lab, pool_of(&lab, 16, 16), 1, false);
	for (int f = 2; f < 29; f++) /* filters and channels that are left over from vectors of eight */
		check_conv(conv_shape(5, 7, f + f % 3, f, 3, 1 + f % 2, true), 2);
}

/* the most scratch that a set asks for */
static size_t
most(size_t size(const struct kern *k, const struct conv *g), const struct conv *g)
{
	size_t all = 0;

	for (int i = 0; set_of(i); i++)
		all = size(set_of(i), g) > all ? size(set_of(i), g) : all;
	return all;
}

static size_t
conv_size(const struct kern *k, const struct conv *g)
{
	return k->conv_scratch_size(g);
}

static size_t
pool_size(const struct kern *k, const struct conv *g)
{
	const struct pool q = pool_of(g, 2, 2);

	return k->conv_pool_scratch_size(g, &q);
}

static void
bench_conv(struct conv g, int n)
{
	const size_t in = (size_t)g.h * g.w * g.c, out = (size_t)g.oh * g.ow * g.f;
	struct array x = noise(n * in), w = noise((size_t)g.kh * g.kw * g.c * g.f), b = noise(g.f), y = noise(n * out), db = noise(g.f);
	void *s = scratch(most(conv_size, &g));
	char what[80];

	snprintf(what, sizeof what, "conv %dx%d %d->%d %dx%d, n %d: y", g.h, g.w, g.c, g.f, g.kh, g.kw, n);
	BENCH(what, set->conv_y(&g, n, x.v, w.v, NULL, b.v, true, y.v, s));
	BENCH("    dx", set->conv_dx(&g, n, y.v, w.v, NULL, x.v, s));
	BENCH("    dw", (memset(w.v, 0, w.n * sizeof(real)), set->conv_dw(&g, n, x.v, y.v, w.v, db.v, s)));
	free(s);
	drop(x), drop(w), drop(b), drop(y), drop(db);
}

static void
bench_conv_pool(struct conv g, int n)
{
	const struct pool q = pool_of(&g, 2, 2);
	const size_t in = (size_t)g.h * g.w * g.c, out = (size_t)q.oh * q.ow * g.f;
	struct array x = noise(n * in), w = noise((size_t)g.kh * g.kw * g.c * g.f), b = noise(g.f), y = noise(n * out);
	const size_t middle = (size_t)g.oh * g.ow * g.f;
	struct array inside = array(n * out);
	int32_t *at = malloc(n * out * sizeof *at);
	uint8_t *bits = malloc((n * middle + 7) / 8);
	void *s = scratch(most(pool_size, &g));
	char what[80];

	snprintf(what, sizeof what, "conv, relu and pool %dx%d %d->%d %dx%d, n %d", g.h, g.w, g.c, g.f, g.kh, g.kw, n);
	struct before_pool f = { .act = ACT_RELU, .rate = (real)0.1 };
	set->dropout_draw(1, 0, f.rate, n * middle, bits);
	BENCH(what, set->conv_pool_y(&g, &q, n, x.v, w.v, b.v, &f, y.v, at, NULL, s));
	f.kept = bits;
	BENCH("    with dropout", set->conv_pool_y(&g, &q, n, x.v, w.v, b.v, &f, y.v, at, NULL, s));
	f = (struct before_pool){ .act = ACT_GELU };
	BENCH("    gelu instead", set->conv_pool_y(&g, &q, n, x.v, w.v, b.v, &f, y.v, at, inside.v, s));
	free(s), free(at), free(bits);
	drop(x), drop(w), drop(b), drop(y), drop(inside);
}

static void
bench(void)
{
	bench_conv_pool(conv_shape(32, 32, 3, 8, 3, 1, true), 2);
	bench_conv(conv_shape(32, 32, 3, 8, 3, 1, true), 2);
	bench_conv(conv_shape(16, 16, 8, 8, 3, 1, true), 2);
	bench_conv(conv_shape(32, 32, 16, 16, 3, 1, true), 2);
	bench_conv(conv_shape(16, 16, 16, 32, 3, 1, true), 2);
	bench_conv(conv_shape(16, 16, 32, 32, 3, 1, true), 2);
	bench_conv(conv_shape(8, 8, 64, 64, 3, 1, true), 2);
	bench_conv(conv_shape(32, 32, 64, 64, 3, 1, true), 2);
	bench_conv(conv_shape(16, 16, 128, 128, 3, 1, true), 8);
	bench_conv(conv_shape(8, 8, 256, 256, 3, 1, true), 8);
	bench_conv(conv_shape(16, 16, 3, 8, 5, 1, true), 2);
	bench_conv(conv_shape(16, 16, 10, 12, 3, 1, true), 2);
}

int
main(int argc, char **argv)
{
	return check_or_bench(argc, argv, check, bench);
}
