/* exp, log1p, tanh, erf for kernels. In float: own polynomials (minimax fits, Remez' exchange), without branches so that
 * loops over them vectorize, about 2 ulp. In double, where finite differences are taken of them: exact.h. */
#ifndef KERN_ELEMENTARY_H
#define KERN_ELEMENTARY_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/exact.h"
#include "kern/kern.h"

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

/* above 0.875, 1 - exp(-p(x)) with a polynomial p for -log(erfc(x)) */
static inline float
erf_f32(float x)
{
	const float a = fabsf(x), z = x * x, t = a > 3.95f ? 3.95f : a;
	const float small = x + x * ((((((8.69896565e-5f * z - 8.2165469e-4f) * z + 5.20721926e-3f) * z -
	                                2.68617735e-2f) * z + 0.112837364f) * z - 0.376126363f) * z + 0.128379167f);
	const float p = ((((((2.15493602e-5f * t - 4.39587352e-4f) * t + 4.19517741e-3f) * t - 2.51807635e-2f) * t +
	                   0.108371141f) * t + 0.633268041f) * t + 1.12955183f) * t - 1.81878782e-4f;
	const float large = 1 - exp_f32(-p);
	return a < 0.875f ? small : a == a ? copysignf(large, x) : x;
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
real_erf(real x)
{
	return REAL_IS_DOUBLE ? (real)exact_erf((double)x) : (real)erf_f32((float)x);
}

static inline real
real_sqrt(real x)
{
	return REAL_IS_DOUBLE ? (real)sqrt((double)x) : (real)sqrtf((float)x);
}

#endif
