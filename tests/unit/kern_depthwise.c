/* Depthwise convolution. */
#include "kern_check.h"

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

/* every product of the definition once, in double */
static void
all_products(const struct depthwise *g, int n, const real *x, const real *w, const real *dy, struct exact *y, struct exact *dx,
             struct exact *dw)
{
	const size_t f = (size_t)g->c * g->m;
	size_t o = 0;

	for (int i = 0; i < n; i++)
		for (int oy = 0; oy < g->oh; oy++)
			for (int ox = 0; ox < g->ow; ox++)
				for (size_t k = 0; k < f; k++, o++)
					for (int ky = 0; ky < g->kh; ky++)
						for (int kx = 0; kx < g->kw; kx++) {
							const int iy = oy * g->sh + ky * g->dh - g->top, ix = ox * g->sw + kx * g->dw - g->left;
							if (iy < 0 || iy >= g->h || ix < 0 || ix >= g->w)
								continue;
							const size_t at = (((size_t)i * g->h + iy) * g->w + ix) * g->c + k / g->m;
							const size_t t = ((size_t)ky * g->kw + kx) * f + k;
							add_term(y, o, (double)x[at] * w[t]);
							add_term(dx, at, (double)dy[o] * w[t]);
							add_term(dw, t, (double)dy[o] * x[at]);
						}
}

static void
check_depthwise(struct depthwise g, int n)
{
	const size_t in = (size_t)g.h * g.w * g.c, f = (size_t)g.c * g.m, out = (size_t)g.oh * g.ow * f, taps = (size_t)g.kh * g.kw;
	struct array x = noise(n * in), w = noise(taps * f), b = noise(f), dy = noise(n * out), dw = noise(taps * f), db = noise(f);
	const bool biased = often(), relu = between(0, 1);
	const real *const bias = biased ? b.v : NULL;
	const size_t size = set->depthwise_scratch_size(&g);
	void *s = scratch(size);
	struct exact ey = exact(n * out), edx = exact(n * in), edw = exact_of(dw), edb = exact_of(db);
	char what[160];

	snprintf(what, sizeof what, "depthwise n %d, %dx%dx%d times %d, kernel %dx%d, strides %dx%d, dilation %dx%d, pad %d %d, out %dx%d",
		n, g.h, g.w, g.c, g.m, g.kh, g.kw, g.sh, g.sw, g.dh, g.dw, g.top, g.left, g.oh, g.ow);
	if (judged())
		all_products(&g, n, x.v, w.v, dy.v, &ey, &edx, &edw);
	for (size_t i = 0; i < ey.n; i++) {
		if (biased)
			add_term(&ey, i, b.v[i % f]);
		ey.sum[i] = relu ? fmax(ey.sum[i], 0) : ey.sum[i];
		if (biased)
			add_term(&edb, i % f, dy.v[i]);
	}

	struct array y = array(n * out), one = array(n * out);
	set->depthwise_y(&g, n, x.v, w.v, bias, relu, y.v, s);
	for (int i = 0; i < n; i++)
		set->depthwise_y(&g, 1, x.v + i * in, w.v, bias, relu, one.v + i * out, s);
	defined(y, what);
	near(y, ey, (int)taps, what);
	same(one, y, what);
	done(one, what), done(y, what);

	struct array dx = array(n * in);
	one = array(n * in);
	set->depthwise_dx(&g, n, dy.v, w.v, dx.v, s);
	for (int i = 0; i < n; i++)
		set->depthwise_dx(&g, 1, dy.v + i * out, w.v, one.v + i * in, s);
	defined(dx, what);
	near(dx, edx, (int)taps * g.m, what);
	same(one, dx, what);
	done(one, what), done(dx, what);

	struct array dbone = copy(db);
	one = copy(dw);
	set->depthwise_dw(&g, n, x.v, dy.v, dw.v, biased ? db.v : NULL, s);
	for (int i = 0; i < n; i++)
		set->depthwise_dw(&g, 1, x.v + i * in, dy.v + i * out, one.v, biased ? dbone.v : NULL, s);
	defined(dw, what), defined(db, what);
	near(dw, edw, n * g.oh * g.ow, what), near(db, edb, n * g.oh * g.ow, what);
	same(one, dw, what), same(dbone, db, what);
	done(one, what), done(dw, what), done(dbone, what), done(db, what);
	give_back(s, size, what);
	done(x, what), done(w, what), done(b, what), done(dy, what);
}

static void
check(void)
{
	for (int i = 0; i < 200; i++)
		check_depthwise(random_depthwise(), 1 + i % 3);
}

static void
bench_depthwise(int h, int c, int k, int stride, int n)
{
	const struct conv v = conv_shape(h, h, c, c, k, stride, true);
	const struct depthwise g = { .h = h, .w = h, .c = c, .m = 1, .kh = k, .kw = k, .sh = stride, .sw = stride, .dh = 1, .dw = 1,
		.top = v.top, .left = v.left, .oh = v.oh, .ow = v.ow };
	const size_t in = (size_t)h * h * c, out = (size_t)g.oh * g.ow * c;
	struct array x = noise(n * in), w = noise((size_t)k * k * c), b = noise(c), y = noise(n * out), db = noise(c);
	char what[80];

	snprintf(what, sizeof what, "depthwise %dx%d %d %dx%d strides %d, n %d: y", h, h, c, k, k, stride, n);
	BENCH(what, set->depthwise_y(&g, n, x.v, w.v, b.v, true, y.v, NULL));
	BENCH("    dx", set->depthwise_dx(&g, n, y.v, w.v, x.v, NULL));
	BENCH("    dw", (memset(w.v, 0, w.n * sizeof(real)), set->depthwise_dw(&g, n, x.v, y.v, w.v, db.v, NULL)));
	BENCH("    copying y, which waits for memory, too", set->act_y(ACT_LINEAR, 0, n * out, y.v, x.v));
	drop(x), drop(w), drop(b), drop(y), drop(db);
}

static void
bench(void)
{
	bench_depthwise(32, 64, 3, 1, 2);
	bench_depthwise(32, 96, 3, 2, 2);
	bench_depthwise(16, 192, 3, 1, 2);
	bench_depthwise(8, 384, 3, 1, 4);
	bench_depthwise(32, 64, 3, 1, 128);
	bench_depthwise(32, 64, 5, 1, 2);
}

int
main(int argc, char **argv)
{
	return check_or_bench(argc, argv, check, bench);
}
