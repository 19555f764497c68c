/* exp, log1p, tanh, gates, gelu for kernels. In float: own polynomials and their quotients (minimax fits), without
 * branches so that loops over them vectorize, about 2 ulp. In double, where finite differences are taken of them: exact.h. */
#ifndef KERN_ELEMENTARY_H
#define KERN_ELEMENTARY_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/exact.h"
#include "kern/isa.h"

#define REAL_IS_DOUBLE (sizeof(real) == sizeof(double))

static inline double
exp_f64(double x)
{
	return exact_exp(x);
}

static inline double
expm1_f64(double x)
{
	return exact_exp(x) - 1;
}

static inline double
log1p_f64(double x)
{
	return exact_log(1 + x);
}

static inline double
tanh_f64(double x)
{
	return 1 - 2 / (exact_exp(2 * x) + 1);
}

static inline double
normal_f64(double x)
{
	return 0.5 * (1 + exact_erf(x * 0.70710678118654752));
}

static inline double
gelu_f64(double x)
{
	return x * normal_f64(x);
}

static inline double
gelu_slope_f64(double x)
{
	return normal_f64(x) + x * 0.39894228040143268 * exact_exp(-0.5 * x * x);
}

static inline double
sigmoid_f64(double x)
{
	return 1 / (1 + exact_exp(-x));
}

static inline double
gated_slope_f64(double x, double v, double dv)
{
	return sigmoid_f64(v) + x * dv * sigmoid_f64(v) * sigmoid_f64(-v);
}

static inline float
float_of(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

static inline uint32_t
bits_of(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof bits);
	return bits;
}

/* x = k ln 2 + r, |r| <= ln 2 / 2: gives exp(r) - 1 and k. Adding 1.5 2^23 rounds to an integer and leaves it in the
 * low bits; ln 2 is taken away in two parts, of which the first times k is exact. */
static inline float
expm1_reduced(float x, int32_t *k)
{
	const float shifted = x * 1.44269504f + 12582912.0f, rounded = shifted - 12582912.0f;
	const float r = (x - rounded * 0.693359375f) - rounded * -2.12194440e-4f;

	*k = (int32_t)(bits_of(shifted) - 0x4b400000u);
	const float q = ((((1.99089e-4f * r + 1.39345441e-3f) * r + 8.3332841e-3f) * r + 4.16664568e-2f) * r +
	                 0.166666668f) * r + 0.500000001f;
	return r + r * r * q;
}

/* 2^k for -126 <= k <= 127 */
static inline float
scale_f32(int32_t k)
{
	return float_of((uint32_t)(k + 127) << 23);
}

static inline float
exp_f32(float x)
{
	x = x > 89.0f ? 89.0f : x;
	x = x < -104.0f ? -104.0f : x;
	int32_t k;
	const float y = 1 + expm1_reduced(x, &k);
	const int32_t half = k >> 1; /* twice 2^(k/2): the result may be subnormal */
	return y * scale_f32(half) * scale_f32(k - half);
}

/* for x <= 0 */
static inline float
expm1_f32(float x)
{
	x = x < -30.0f ? -30.0f : x;
	int32_t k;
	const float y = expm1_reduced(x, &k), s = scale_f32(k);
	return y * s + (s - 1);
}

/* for 0 <= x <= 1: 2 atanh(s) = 2 (s + s^3 / 3 + ...) */
static inline float
log1p_f32(float x)
{
	const float s = x / (2 + x), z = s * s;

	return 2 * s + 2 * s * z * (((0.140059935f * z + 0.140009026f) * z + 0.200107636f) * z + 0.333332081f);
}

static inline float
tanh_f32(float x)
{
	const float a = fabsf(x), z = x * x;
	const float small = x + x * z * (((((2.29894168e-3f * z - 8.35000837e-3f) * z + 2.17709959e-2f) * z -
	                                   5.39595503e-2f) * z + 0.13333305f) * z - 0.333333332f);
	const float large = 1 - 2 / (exp_f32(2 * a) + 1);
	return a < 0.625f ? small : copysignf(large, x);
}

/* a b + c, rounded once where the set can */
static inline __attribute__((always_inline)) float
fused_f32(float a, float b, float c)
{
	return FUSED ? __builtin_fmaf(a, b, c) : a * b + c;
}

/* c[0] x^degree + ... + c[degree] */
static inline __attribute__((always_inline)) float
polynomial_f32(const int degree, const float c[], float x)
{
	float sum = c[0];

	for (int i = 1; i <= degree; i++)
		sum = fused_f32(sum, x, c[i]);
	return sum;
}

enum { GATE_SHUT = -88 }; /* from there down a gate is as shut as there */

/* exp(-x) for GATE_SHUT <= x, within an ulp or so, and beyond 87, or of a NaN, what it is there. -x = k ln 2 - r: adding 1.5 2^23 + 127 rounds to an
 * integer and leaves the exponent of 2^k in the low bits. Errors of the polynomial in r are below 3e-9 before rounding. */
static inline __attribute__((always_inline)) float
exp_minus_f32(float x)
{
	static const float c[] = { 1.406159929e-3f, -8.379106748e-3f, 4.166476942e-2f, -0.1666636418f, 0.5000000437f, -1.00000005f, 1 };
	const int32_t bits = (int32_t)bits_of(x), most = (int32_t)bits_of(87); /* in the order of the numbers, from -0 on */
	const float t = float_of((uint32_t)(bits < most ? bits : most));
	const float shifted = fused_f32(t, -1.44269504f, 12583039), k = shifted - 12583039;
	const float r = fused_f32(k, -2.12194440e-4f, fused_f32(k, 0.693359375f, t));

	return polynomial_f32(6, c, r) * float_of(bits_of(shifted) << 23);
}

static inline float
gate_bounded_f32(float x)
{
	return x < GATE_SHUT ? GATE_SHUT : x;
}

/* 1 / (1 + exp(-x)) */
static inline float
sigmoid_f32(float x)
{
	const float y = 1 / (1 + exp_minus_f32(gate_bounded_f32(x)));

	return x == x ? y : x;
}

/* x sigmoid(v) with a small relative error also below 0, for there is no difference from 1 that cancels; v and, below 0, x are bounded */
static inline float
gated_f32(float x, float v)
{
	return x / (1 + exp_minus_f32(v));
}

/* its slope, where dv is that of v; sigmoid' = e / (1 + e)^2 */
static inline float
gated_slope_f32(float x, float v, float dv)
{
	const float e = exp_minus_f32(v), gate = 1 / (1 + e);

	return gate + x * dv * (e * gate * gate);
}

/* The eighth root of the normal distribution function at -a, 0 <= a <= GELU_END, as a polynomial. */
static const float gelu_root[] = { -2.929426219e-7f, 7.434384999e-6f, -5.997462027e-5f, 3.335968047e-5f, 1.506123265e-3f, -6.738508237e-4f,
	-3.19269571e-2f, -9.145774692e-2f, 0.9170040389f };
enum { GELU_DEGREE = 8, GELU_END = 7 };

/* x times the normal distribution function: relu less a root(a)^8, where a = |x|. Errors are below 4e-9 before rounding; what comes out is
 * within 10 ulp above 0, and within 1.1e-7 below. */
static inline float
gelu_f32(float x)
{
	const uint32_t bits = bits_of(x) & 0x7fffffff, most = bits_of(GELU_END); /* positive numbers are in the order of their bits */
	const float a = float_of(bits < most ? bits : most), r = polynomial_f32(GELU_DEGREE, gelu_root, a), r2 = r * r, r4 = r2 * r2;

	return fused_f32(-a, r4 * r4, 0 > x ? 0 : x);
}

/* Its slope: 1/2 + x p(x^2) / q(x^2), with errors below 6e-8 before rounding; beyond `end` 0 and 1. */
static inline float
gelu_slope_f32(float x)
{
	static const float p[] = { 3.474612360e-10f, 1.071669448e-7f, 3.311351540e-5f, -1.533084276e-5f, 1.418295247e-2f, -3.360057687e-2f,
		0.7978849424f };
	static const float q[] = { 7.331447611e-6f, 1.781672404e-4f, 3.335237100e-3f, 3.984076684e-2f, 0.2912253388f, 1 };
	const float end = 5.5f, t = x > end ? end : x < -end ? -end : x, z = t * t;

	return x < -end ? 0 : x > end ? 1 : 0.5f + t * polynomial_f32(6, p, z) / polynomial_f32(5, q, z);
}

static inline real
real_exp(real x)
{
	return REAL_IS_DOUBLE ? (real)exp_f64((double)x) : (real)exp_f32((float)x);
}

/* exp(x) - 1 for x <= 0 */
static inline real
real_expm1(real x)
{
	return REAL_IS_DOUBLE ? (real)expm1_f64((double)x) : (real)expm1_f32((float)x);
}

/* log(1 + x) for 0 <= x <= 1 */
static inline real
real_log1p(real x)
{
	return REAL_IS_DOUBLE ? (real)log1p_f64((double)x) : (real)log1p_f32((float)x);
}

static inline real
real_tanh(real x)
{
	return REAL_IS_DOUBLE ? (real)tanh_f64((double)x) : (real)tanh_f32((float)x);
}

static inline real
real_gelu(real x)
{
	return REAL_IS_DOUBLE ? (real)gelu_f64((double)x) : (real)gelu_f32((float)x);
}

static inline real
real_gelu_slope(real x)
{
	return REAL_IS_DOUBLE ? (real)gelu_slope_f64((double)x) : (real)gelu_slope_f32((float)x);
}

static inline real
real_sigmoid(real x)
{
	return REAL_IS_DOUBLE ? (real)sigmoid_f64((double)x) : (real)sigmoid_f32((float)x);
}

static inline real
real_gated(real x, real v)
{
	return REAL_IS_DOUBLE ? x * (real)sigmoid_f64((double)v) : (real)gated_f32((float)x, (float)v);
}

static inline real
real_gated_slope(real x, real v, real dv)
{
	return REAL_IS_DOUBLE ? (real)gated_slope_f64((double)x, (double)v, (double)dv) : (real)gated_slope_f32((float)x, (float)v, (float)dv);
}

static inline real
real_sqrt(real x)
{
	return REAL_IS_DOUBLE ? (real)sqrt((double)x) : (real)sqrtf((float)x);
}

#endif
