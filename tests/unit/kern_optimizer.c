/* Optimizer steps: the same bits in every set, and Keras 3's rules. */
#include "kern_check.h"

static void
check_steps(size_t n, const struct update *s)
{
	step_fn *const mine[] = { set->sgd, set->momentum, set->nesterov, set->adam, set->rmsprop, set->lion };
	step_fn *const theirs[] = { ref->sgd, ref->momentum, ref->nesterov, ref->adam, ref->rmsprop, ref->lion };

	for (int k = 0; k < 6; k++) {
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
		{ set->lion, w1 - 0.01, 0.999 * v0 + 0.001 * g, v1 },
	};

	for (size_t k = 0; k < sizeof rule / sizeof *rule; k++) {
		real rg = (real)g, rw = (real)w, s0 = (real)v0, s1 = (real)v1;
		rule[k].step(&s, 1, &rg, &rw, &s0, &s1);
		if (fabs(rw - rule[k].w) > 3e-7 || fabs(s0 - rule[k].s0) > 5e-8 || fabs(s1 - rule[k].s1) > 5e-8)
			fail("optimizer %zu: w %.9g, not %.9g; slots %.9g %.9g, not %.9g %.9g", k, (double)rw, rule[k].w, (double)s0,
				(double)s1, rule[k].s0, rule[k].s1);
	}
	static const double sign[][3] = { { -0.5, 0.05, 1 }, { 0, 0, 0 }, { 0.5, -0.05, -1 }, { 0.5, -0.06, 1 } }; /* gradient, momentum, way */
	for (size_t k = 0; k < sizeof sign / sizeof *sign; k++) {
		real lg = (real)sign[k][0], lw = 0, lm = (real)sign[k][1];
		set->lion(&(struct update){ .lr = 0.5, .beta1 = 0.9, .beta2 = 0.99 }, 1, &lg, &lw, &lm, NULL);
		if (fabs(lw - 0.5 * sign[k][2]) > 1e-7)
			fail("lion goes to %.9g, not %.9g", (double)lw, 0.5 * sign[k][2]);
	}
	real rg = (real)g, rw = 0, s0 = 0, s1 = 0; /* 1 - beta2 taken in float would be 1e-5 off */
	set->adam(&s, 1, &rg, &rw, &s0, &s1);
	if (fabs(s1 / (0.001 * g * g) - 1) > 1e-6)
		fail("adam's first velocity is %.9g", (double)s1);
}

static void
check(void)
{
	for (int i = 0; i < 60; i++)
		check_steps((size_t)i, &(struct update){ .lr = 0.01, .momentum = i % 2 ? 0.9 : 0, .beta1 = 0.9, .beta2 = 0.999,
			.epsilon = 1e-7, .decay = i % 3 ? 0 : 1e-3 });
	steps_follow_kerass_rules();
}

static void
bench(void)
{
	enum { N = 32768 };
	struct array g = noise(N), w = noise(N), v = noise(N), u = array(N);
	const struct update s = { .lr = 1e-9, .momentum = 0.9, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7 };

	memset(u.v, 0, N * sizeof(real));
	BENCH("sgd of 32768", set->sgd(&s, N, g.v, w.v, NULL, NULL));
	BENCH("momentum", set->momentum(&s, N, g.v, w.v, v.v, NULL));
	BENCH("adam", set->adam(&s, N, g.v, w.v, v.v, u.v));
	drop(g), drop(w), drop(v), drop(u);
}

int
main(int argc, char **argv)
{
	return check_or_bench(argc, argv, check, bench);
}
