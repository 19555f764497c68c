/* Activations and their slopes, element by element. */
#include <math.h>
#include <string.h>

#include "kern/both/loops.h"
#include "kern/elementary.h"
#include "kern/isa.h"

typedef real map_fn(real x);
typedef real slope_fn(real x, real y);

static inline real
relu(real x)
{
	return 0 > x ? 0 : x; /* NaN stays NaN */
}

static inline real
relu6(real x)
{
	return 0 > x ? 0 : x > 6 ? 6 : x;
}

static inline real
relu6_slope(real x, real y)
{
	(void)x;
	return y > 0 && y < 6;
}

static inline real
gelu_slope(real x, real y)
{
	(void)y;
	return real_gelu_slope(x);
}

static inline real
elu(real x)
{
	const real e = real_expm1(x > 0 ? 0 : x);

	return x > 0 ? x : e;
}

static inline real
elu_slope(real x, real y)
{
	(void)x;
	return y > 0 ? 1 : y + 1;
}

static inline real
tanh_slope(real x, real y)
{
	(void)x;
	return 1 - y * y;
}

static inline real
sigmoid_slope(real x, real y)
{
	(void)x;
	return y * (1 - y);
}

static inline real
gate_bounded(real x)
{
	return x < GATE_SHUT ? GATE_SHUT : x;
}

static inline real
silu(real x)
{
	const real b = gate_bounded(x);

	return real_gated(b, b);
}

static inline real
silu_slope(real x, real y)
{
	(void)y;
	const real b = gate_bounded(x);
	return real_gated_slope(b, b, 1);
}

static inline real
hard_silu(real x)
{
	return x * (relu6(x + 3) / 6);
}

static inline real
hard_silu_slope(real x, real y)
{
	(void)y;
	const real gate = relu6(x + 3), inside = relu6_slope(0, gate);
	return gate / 6 + x * inside / 6;
}

/* log(1 + exp(x)) */
static inline real
softplus(real x)
{
	return (x > 0 ? x : 0) + real_log1p(real_exp(x > 0 ? -x : x));
}

/* sigmoid(x) = 1 - exp(-y) */
static inline real
softplus_slope(real x, real y)
{
	(void)x;
	return -real_expm1(-y);
}

/* (1 + tanh(u)) / 2 = sigmoid(2 u) with u = sqrt(2 / pi) (x + 0.044715 x^3); where x^3 could overflow the gate is long 0 or 1 */
static inline real
gelu_tanh_bounded(real x)
{
	return x > 24 ? 24 : x < -24 ? -24 : x;
}

static inline real
gelu_tanh(real x)
{
	const real b = gelu_tanh_bounded(x);

	return real_gated(x > b ? x : b, gate_bounded((real)1.5957691216057308 * (b + (real)0.044715 * b * b * b)));
}

static inline real
gelu_tanh_slope(real x, real y)
{
	(void)y;
	const real b = gelu_tanh_bounded(x), z = (real)0.044715 * b * b;
	return real_gated_slope(b, gate_bounded((real)1.5957691216057308 * (b + z * b)), (real)1.5957691216057308 * (1 + 3 * z));
}

/* inlined with a function it knows, so that the call in the loop disappears */
static inline __attribute__((always_inline)) void
map(map_fn *f, size_t n, const real *x, real *y)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		y[i] = f(x[i]);
}

static inline __attribute__((always_inline)) void
map_slope(slope_fn *f, size_t n, const real *x, const real *y, const real *dy, real *dx)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		dx[i] = dy[i] * f(x[i], y[i]);
}

/* 0 and not -0 where a negative dy goes nowhere, as from a max pool that knows which of relu's numbers are 0 */
static void
relu_dx(size_t n, const real *y, const real *dy, real *dx)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		dx[i] = y[i] > 0 ? dy[i] : 0;
}

static void
leaky(real slope, size_t n, const real *x, real *y)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		y[i] = x[i] > 0 ? x[i] : slope * x[i];
}

static void
leaky_dx(real slope, size_t n, const real *y, const real *dy, real *dx)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		dx[i] = dy[i] * (y[i] > 0 ? 1 : slope);
}

void
SET(act_y)(enum act act, real slope, size_t n, const real *x, real *y)
{
	switch (act) {
	case ACT_RELU: map(relu, n, x, y); break;
	case ACT_LEAKYRELU: leaky(slope, n, x, y); break;
	case ACT_GELU: map(real_gelu, n, x, y); break;
	case ACT_ELU: map(elu, n, x, y); break;
	case ACT_TANH: map(real_tanh, n, x, y); break;
	case ACT_SIGMOID: map(real_sigmoid, n, x, y); break;
	case ACT_SILU: map(silu, n, x, y); break;
	case ACT_RELU6: map(relu6, n, x, y); break;
	case ACT_HARD_SILU: map(hard_silu, n, x, y); break;
	case ACT_SOFTPLUS: map(softplus, n, x, y); break;
	case ACT_GELU_TANH: map(gelu_tanh, n, x, y); break;
	default: memmove(y, x, n * sizeof *y);
	}
}

void
SET(act_dx)(enum act act, real slope, size_t n, const real *x, const real *y, const real *dy, real *dx)
{
	if (!act_needs_x(act))
		x = y; /* not read, and may be gone */
	switch (act) {
	case ACT_RELU: relu_dx(n, y, dy, dx); break;
	case ACT_LEAKYRELU: leaky_dx(slope, n, y, dy, dx); break;
	case ACT_GELU: map_slope(gelu_slope, n, x, x, dy, dx); break;
	case ACT_ELU: map_slope(elu_slope, n, x, y, dy, dx); break;
	case ACT_TANH: map_slope(tanh_slope, n, x, y, dy, dx); break;
	case ACT_SIGMOID: map_slope(sigmoid_slope, n, x, y, dy, dx); break;
	case ACT_SILU: map_slope(silu_slope, n, x, x, dy, dx); break;
	case ACT_RELU6: map_slope(relu6_slope, n, x, y, dy, dx); break;
	case ACT_HARD_SILU: map_slope(hard_silu_slope, n, x, x, dy, dx); break;
	case ACT_SOFTPLUS: map_slope(softplus_slope, n, x, y, dy, dx); break;
	case ACT_GELU_TANH: map_slope(gelu_tanh_slope, n, x, x, dy, dx); break;
	default: memmove(dx, dy, n * sizeof *dx);
	}
}
