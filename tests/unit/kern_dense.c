/* Dense layers. */
#include "kern_check.h"

/* every product of the definition once, in double */
static void
all_products(int n, int in, int units, const real *x, const real *w, const real *dy, struct exact *y, struct exact *dx, struct exact *dw)
{
	for (int i = 0; i < n; i++)
		for (int k = 0; k < in; k++)
			for (int u = 0; u < units; u++) {
				const size_t at = (size_t)i * in + k, t = (size_t)k * units + u, o = (size_t)i * units + u;
				add_term(y, o, (double)x[at] * w[t]);
				add_term(dx, at, (double)dy[o] * w[t]);
				add_term(dw, t, (double)dy[o] * x[at]);
			}
}

static void
check_dense(int n, int in, int units)
{
	struct array x = noise((size_t)n * in), w = noise((size_t)in * units), b = noise(units), dy = noise((size_t)n * units);
	struct exact ey = exact(dy.n), edx = exact(x.n), edw = exact(w.n), edb = exact(b.n), cuty = exact(dy.n);
	const bool relu = between(0, 1);
	const int cut = between(0, in);
	char what[80];

	snprintf(what, sizeof what, "dense n %d, %d to %d", n, in, units);
	if (judged())
		all_products(n, in, units, x.v, w.v, dy.v, &ey, &edx, &edw);
	for (size_t i = 0; i < dy.n; i++)
		add_term(&edb, i % b.n, dy.v[i]);
	memcpy(cuty.sum, ey.sum, 2 * ey.n * sizeof(double));

	struct array y = array(dy.n), one = array(dy.n), part = array(dy.n);
	set->dense_y(n, in, units, 0, in, x.v, w.v, false, y.v);
	for (int i = 0; i < n; i++)
		set->dense_y(1, in, units, 0, in, x.v + (size_t)i * in, w.v, false, one.v + (size_t)i * units);
	defined(y, what);
	near(y, ey, in, what);
	same(one, y, what);
	/* in two parts: added up at once, or afterwards */
	set->dense_y(n, in, units, 0, cut, x.v, w.v, false, one.v);
	set->dense_y(n, in, units, cut, in, x.v, w.v, true, one.v);
	set->dense_y(n, in, units, 0, cut, x.v, w.v, false, y.v);
	set->dense_y(n, in, units, cut, in, x.v, w.v, false, part.v);
	set->add(y.n, part.v, y.v);
	defined(one, what);
	near(one, cuty, in, what);
	same(one, y, what);
	set->bias(n, units, b.v, relu, one.v);
	ref->bias(n, units, b.v, relu, y.v);
	same(one, y, what);
	drop(part), done(one, what), done(y, what);

	struct array dx = array(x.n);
	one = array(x.n);
	set->dense_dx(n, in, units, 0, in, dy.v, w.v, dx.v);
	for (int i = 0; i < n; i++)
		set->dense_dx(1, in, units, 0, in, dy.v + (size_t)i * units, w.v, one.v + (size_t)i * in);
	defined(dx, what);
	near(dx, edx, units, what);
	same(one, dx, what);
	set->dense_dx(n, in, units, 0, cut, dy.v, w.v, one.v);
	set->dense_dx(n, in, units, cut, in, dy.v, w.v, one.v);
	same(one, dx, what);
	done(one, what), done(dx, what);

	struct array dw = array(w.n), db = array(b.n);
	one = array(w.n);
	set->dense_dw(n, in, units, 0, in, x.v, dy.v, dw.v);
	set->dense_dw(n, in, units, 0, cut, x.v, dy.v, one.v);
	set->dense_dw(n, in, units, cut, in, x.v, dy.v, one.v);
	defined(dw, what);
	near(dw, edw, n, what);
	same(one, dw, what);
	done(one, what), done(dw, what);
	set->dense_db(n, units, dy.v, db.v);
	defined(db, what);
	near(db, edb, n, what);
	done(db, what), done(x, what), done(w, what), done(b, what), done(dy, what);
}

static void
check(void)
{
	for (int i = 0; i < 150; i++) {
		const int n = between(1, between(1, 35)), in = between(1, 200), units = between(1, 140);
		check_dense(n, in, units);
	}
	check_dense(32, 2048, 64);
	check_dense(5, 64, 10);
	check_dense(35, 40, 600);
	check_dense(64, 150, 128); /* batches that are cut, or go other ways */
	check_dense(131, 101, 63);
}

static void
bench_dense(int n, int in, int units)
{
	struct array x = noise((size_t)n * in), w = noise((size_t)in * units), y = noise((size_t)n * units);
	char what[80];

	snprintf(what, sizeof what, "dense %d to %d, n %d: y", in, units, n);
	BENCH(what, set->dense_y(n, in, units, 0, in, x.v, w.v, false, y.v));
	BENCH("    dx", set->dense_dx(n, in, units, 0, in, y.v, w.v, x.v));
	BENCH("    dw", set->dense_dw(n, in, units, 0, in, x.v, y.v, w.v));
	drop(x), drop(w), drop(y);
}

static void
bench(void)
{
	bench_dense(32, 2048, 64);
	bench_dense(2, 2048, 64);
	bench_dense(32, 64, 10);
}

int
main(int argc, char **argv)
{
	return check_or_bench(argc, argv, check, bench);
}
