/* Activations and softmax: the same bits in every set, near what libm computes in double. */
#include "kern_check.h"

/* Where products and sums are rounded apart, gelu and gates have other bits: activations_are_accurate checks them. */
static bool
has_bits_of_ref(enum act a)
{
	return set->fused || (a != ACT_GELU && a != ACT_SILU && a != ACT_SIGMOID && a != ACT_GELU_TANH);
}

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
		if (has_bits_of_ref(a))
			same(y, want, "act_y");
		same(inplace, y, "act_y in place");
		const real *from = act_needs_x(a) ? x.v : NULL;
		set->act_dx(a, slope, n, from, y.v, dy.v, dx.v);
		ref->act_dx(a, slope, n, from, y.v, dy.v, dwant.v);
		set->act_dx(a, slope, n, from, y.v, dinplace.v, dinplace.v);
		if (has_bits_of_ref(a))
			same(dx, dwant, "act_dx");
		same(dinplace, dx, "act_dx in place");
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
		/* gelu_tanh's exponent grows: near -5 only the absolute error is small; what would come
		 * through denormal numbers is 0: silu's x times a sigmoid below `least` */
		const double absolute = a == ACT_GELU ? 6e-8 : a == ACT_ELU || a == ACT_GELU_TANH ? 2e-7 : 100 * least;
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

/* Up to the lowest point gelu falls, and then it rises, but for roundings: the pool of a convolution only computes it of a window's largest and
 * smallest pixels. */
static void
gelu_falls_and_rises(void)
{
	enum { N = 400000 };
	const double lowest = -0.7517916;
	struct array x = array(N), y = array(N);

	for (size_t i = 0; i < N; i++)
		x.v[i] = (real)(lowest + (i % 2 ? 1 : -1) * 10 * pow((double)(i / 2) / (N / 2), 2));
	set->act_y(ACT_GELU, SLOPE, N, x.v, y.v);
	for (size_t i = 0; i + 2 < N; i++)
		if (!(y.v[i + 2] >= y.v[i] - 2e-7)) {
			fail("gelu of %.9g is %.9g, that of %.9g %.9g", (double)x.v[i], (double)y.v[i], (double)x.v[i + 2], (double)y.v[i + 2]);
			break;
		}
	drop(x), drop(y);
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
check(void)
{
	activations_are_accurate();
	gelu_falls_and_rises();
	for (int i = 0; i < 60; i++) {
		check_activations((size_t)i * i / 4);
		check_softmax(1 + i % 7, 1 + i);
	}
}

static void
bench(void)
{
	enum { N = 32768 };
	static const char *const names[ACTS] = { "linear", "relu", "leakyrelu", "gelu", "elu", "tanh", "sigmoid", "silu", "relu6", "hard_silu",
		"softplus", "gelu_tanh" };
	struct array x = noise(N), y = array(N), dx = array(N);
	char what[80];

	for (enum act a = 0; a < ACTS; a++) {
		snprintf(what, sizeof what, "%s of %d: y", names[a], N);
		BENCH(what, set->act_y(a, SLOPE, N, x.v, y.v));
		BENCH("    dx", set->act_dx(a, SLOPE, N, x.v, y.v, x.v, dx.v));
	}
	BENCH("softmax of 3276 rows of 10: y", set->softmax_y(N / 10, 10, x.v, y.v));
	drop(x), drop(y), drop(dx);
}

int
main(int argc, char **argv)
{
	return check_or_bench(argc, argv, check, bench);
}
