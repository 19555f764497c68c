/* Pools. */
#include "kern_check.h"

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
	void *s = malloc(set->pool_scratch_size(&g) + 1);
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
	if (!strange) { /* the mean is the mean; dx is y's transpose: dy . y(x) = x . dx(dy); the mean of equal numbers is their value */
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
				fail("avgpool_y of equal numbers is %.9g, not %zu", (double)y.v[i], i % g.c);
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

/* Windows side by side, with what they leave over, of images that batch normalization's sums are cut along. */
static struct pool
random_bn_pool(void)
{
	struct pool g = { .w = 4 << between(0, 4), .c = 8 * between(1, 3) };

	g.h = (g.w < BN_ROWS ? BN_ROWS / g.w : 1) * between(1, 3);
	g.ph = g.sh = between(0, 1) ? 2 : between(1, g.h > 5 ? 5 : g.h);
	g.pw = g.sw = between(0, 1) ? 2 : between(1, 4);
	g.ph = g.sh = g.ph > g.h ? g.h : g.ph;
	g.oh = g.h / g.ph;
	g.ow = g.w / g.pw;
	return g;
}

/* batch normalization, an activation and a pool in one, against one after the other */
static void
check_bn_pool(struct pool g, enum act act)
{
	const int n = between(1, 2), c = g.c;
	const size_t in = (size_t)g.h * g.w * c, out = (size_t)g.oh * g.ow * c, rows = (size_t)n * g.h * g.w;
	const struct before_pool f = { .act = act, .slope = (real)0.3 };
	struct array x = noise(n * in), a = noise(c), b = noise(c), k = noise(c), dy = noise(n * out), y = array(n * out), only = array(n * out);
	struct array z = array(n * in), want = array(n * out), top = array(n * out), dwant = array(n * in), dx = array(n * in), room = array(in);
	struct array sums[2] = { noise(c), noise(c) }, swant[2] = { copy(sums[0]), copy(sums[1]) };
	int32_t *at = malloc(n * out * sizeof *at), *places = malloc(n * out * sizeof *at);

	for (size_t i = 0; i < x.n; i++) /* many equals */
		x.v[i] = (real)(int)(4 * x.v[i]) + (real)0.1;
	if (!bn_pool_fits(&g))
		fail("bn_pool: %d x %d x %d does not fit", g.h, g.w, c);
	set->bn_y(rows, c, x.v, a.v, b.v, z.v);
	set->act_y(act, f.slope, n * in, z.v, z.v);
	set->maxpool_y(&g, n, z.v, want.v, places, NULL);
	set->bn_pool_y(&g, &f, n, x.v, a.v, b.v, y.v, at, top.v, room.v);
	set->bn_pool_y(&g, &f, n, x.v, a.v, b.v, only.v, NULL, NULL, room.v);
	same(y, want, "bn_pool_y");
	same(only, want, "bn_pool_y without indices");
	for (size_t i = 0; i < y.n; i++) {
		const bool dead = act == ACT_RELU && !(y.v[i] > 0);
		if (at[i] != (dead ? -1 : places[i]) || (!dead && top.v[i] != x.v[i / out * in + (size_t)at[i]])) {
			fail("bn_pool_y: index %d, not %d, of %.9g", (int)at[i], (int)places[i], (double)top.v[i]);
			break;
		}
	}
	set->maxpool_dx(&g, n, at, dy.v, z.v);
	set->bn_dsum(rows, c, x.v, k.v, z.v, swant[0].v, swant[1].v);
	set->bn_pool_dsum(&g, n, at, top.v, k.v, dy.v, sums[0].v, sums[1].v);
	for (int i = 0; i < 2; i++) {
		same(sums[i], swant[i], "bn_pool_dsum");
		drop(swant[i]), done(sums[i], "bn_pool_dsum");
	}
	set->bn_dx(rows, c, x.v, z.v, a.v, b.v, k.v, dwant.v);
	set->bn_pool_dx(&g, n, x.v, at, dy.v, a.v, b.v, k.v, dx.v);
	same(dx, dwant, "bn_pool_dx");
	free(at), free(places);
	drop(want), drop(dwant), drop(z), drop(room), drop(top), drop(only);
	done(x, "bn_pool"), done(a, "bn_pool"), done(b, "bn_pool"), done(k, "bn_pool"), done(dy, "bn_pool"), done(y, "bn_pool_y"), done(dx, "bn_pool_dx");
}

static void
check(void)
{
	for (int i = 0; i < 16; i++)
		check_bn_pool(random_bn_pool(), (enum act)(i % 4 < 2 ? ACT_LINEAR + i % 2 : i % ACTS));
	for (int i = 0; i < 100; i++)
		check_pool(random_pool(12, 4), i % 4 == 0);
	for (int overlapping = 0; overlapping < 25;) {
		const struct pool g = random_pool(30, 40);
		overlapping += pool_overlaps(&g);
		check_pool(g, overlapping % 4 == 0);
	}
}

static void
bench_pool(int c, int n)
{
	const struct pool g = { .h = 32, .w = 32, .c = c, .ph = 2, .pw = 2, .sh = 2, .sw = 2, .oh = 16, .ow = 16 };
	const size_t in = (size_t)n * g.h * g.w * c, out = in / 4;
	struct array x = noise(in), y = array(out), dx = array(in);
	int32_t *at = malloc(out * sizeof *at);
	char what[80];

	snprintf(what, sizeof what, "maxpool 2x2 32x32 %d, n %d: y", c, n);
	BENCH(what, set->maxpool_y(&g, n, x.v, y.v, at, NULL));
	BENCH("    dx", set->maxpool_dx(&g, n, at, y.v, dx.v));
	BENCH("    avgpool y", set->avgpool_y(&g, n, x.v, y.v, NULL));
	BENCH("    avgpool dx", set->avgpool_dx(&g, n, y.v, dx.v, NULL));
	struct array a = noise(c), b = noise(c), k = noise(c), top = array(out);
	const struct before_pool f = { .act = ACT_RELU };
	BENCH("    with bn, relu: y", set->bn_pool_y(&g, &f, n, x.v, a.v, b.v, y.v, at, top.v, NULL));
	BENCH("    dsum", set->bn_pool_dsum(&g, n, at, top.v, k.v, y.v, a.v, b.v));
	BENCH("    dx", set->bn_pool_dx(&g, n, x.v, at, y.v, a.v, b.v, k.v, dx.v));
	free(at);
	drop(x), drop(y), drop(dx), drop(a), drop(b), drop(k), drop(top);
}

static void
bench(void)
{
	bench_pool(16, 2);
	bench_pool(8, 4);
}

int
main(int argc, char **argv)
{
	return check_or_bench(argc, argv, check, bench);
}
