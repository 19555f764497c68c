#include "base/exact.h"

#include <math.h>
#include <string.h>

/* ln 2 in two parts: the first ends in zeros, so that k times it is exact for |k| < 2^21 */
static const double LN2_HIGH = 0x1.62e42fee00000p-1, LN2_LOW = 0x1.a39ef35793c76p-33;

/* 2^k for -1022 <= k <= 1023 */
static double
power_of_two(int k)
{
	const uint64_t bits = (uint64_t)(k + 1023) << 52;
	double x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

/* exp(x) = 2^k exp(r), |r| <= ln 2 / 2; exp(r) by its series. 2^k in two factors: the result may be subnormal. */
double
exact_exp(double x)
{
	static const double inverse_factorial[] = { 1, 1 /* for the index */, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040,
		1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800, 1.0 / 87178291200 };

	if (!(x < 709.782712893384))
		return x != x ? x : INFINITY;
	if (x < -745.1332191019412)
		return 0;
	const int k = (int)(x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5));
	const double high = x - k * LN2_HIGH, low = k * LN2_LOW, r = high - low;
	double sum = 0;
	for (int i = 14; i >= 2; i--)
		sum = sum * r + inverse_factorial[i];
	/* exp(r) - 1 = r + r r (1/2 + r/6 ...); the last bits of r come back from high and low */
	const double y = 1 + (high - (low - sum * r * r));
	return y * power_of_two(k / 2) * power_of_two(k - k / 2);
}

/* log(x) = k ln 2 + log(m), 1/sqrt 2 < m < sqrt 2; with s = (m - 1) / (m + 1), log(m) = 2 (s + s^3/3 + s^5/5 ...) */
double
exact_log(double x)
{
	if (!(x > 0))
		return x == 0 ? -INFINITY : NAN;
	if (x > 1.7976931348623157e308)
		return x;
	int k = 0;
	if (x < 0x1p-1022) {
		x *= 0x1p54;
		k = -54;
	}
	uint64_t bits;
	memcpy(&bits, &x, sizeof bits);
	k += (int)(bits >> 52) - 1023;
	bits = (bits & 0xfffffffffffff) | UINT64_C(1023) << 52;
	double m;
	memcpy(&m, &bits, sizeof m);
	if (m > 1.4142135623730951) {
		m *= 0.5;
		k++;
	}
	const double f = m - 1, s = f / (2 + f), ss = s * s;
	double sum = 0;
	for (int i = 23; i >= 3; i -= 2)
		sum = (sum + 2.0 / i) * ss;
	/* 2 s = f - s f, and f is exact: log(m) = f - (f^2/2 - s (f^2/2 + sum)) */
	const double half = 0.5 * f * f;
	return k * LN2_HIGH - ((half - (s * (half + sum) + k * LN2_LOW)) - f);
}

/* cos and sin of x + low for |x| <= pi/4, by their series; low corrects x to first order */
static double
cos_series(double x, double low)
{
	const double z = x * x;
	double sum = 0;

	for (int i = 18; i >= 4; i -= 2)
		sum = (1 - sum) * z / (i * (i - 1));
	/* 1 - z/2 (1 - sum), keeping what 1 - z/2 rounds away */
	const double half = 0.5 * z, top = 1 - half;
	return top + (((1 - top) - half) + (half * sum - x * low));
}

static double
sin_series(double x, double low)
{
	const double z = x * x;
	double sum = 0;

	for (int i = 19; i >= 3; i -= 2)
		sum = (1 - sum) * z / (i * (i - 1));
	return x - (x * sum - low);
}

/* cos(x + turns quarter turns) = +-cos or +-sin of x >= 0 minus k quarter turns. pi/2 is split into three parts;
 * the first two have 33 bits, so k times them is exact (Cody and Waite). */
static double
cos_turned(double x, int turns)
{
	const double p1 = 0x1.921fb544p+0, p2 = 0x1.0b4611a6p-34, p3 = 0x1.3198a2e037073p-69;

	if (!(x <= 1e5))
		return NAN;
	const int k = (int)(x * 0.63661977236758134 + 0.5);
	const double t = x - k * p1, w = k * p2, r = t - w;
	const double rest = k * p3 - ((t - r) - w);
	const double high = r - rest, low = (r - high) - rest;
	switch ((k + turns) & 3) {
	case 0: return cos_series(high, low);
	case 1: return -sin_series(high, low);
	case 2: return -cos_series(high, low);
	default: return sin_series(high, low);
	}
}

double
exact_cos(double x)
{
	return cos_turned(fabs(x), 0);
}

double
exact_sin(double x)
{
	return x < 0 ? -cos_turned(-x, 3) : cos_turned(x, 3);
}

/* exp(-x^2): x^2 as an exact sum of two doubles (Dekker), else its rounding error shows multiplied by x^2 */
static double
exp_minus_square(double x)
{
	const double c = 134217729 * x, high = c - (c - x), low = x - high;
	const double square = x * x, rest = ((high * high - square) + 2 * high * low) + low * low;

	return exact_exp(-square) * (1 - rest);
}

/* Below 1 the Taylor series; above, 1 - erfc(x), with Laplace's continued fraction for erfc, from the inside out:
 * erfc(x) = exp(-x^2) / sqrt(pi) / (x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))) */
double
exact_erf(double x)
{
	const double a = fabs(x);

	if (a != a)
		return x;
	if (a < 1) {
		const double z = x * x;
		double term[20], power = 1, sum = 0; /* term i: (-z)^i / (i! (2i + 1)) */
		for (int i = 0; i < 20; i++) {
			term[i] = power / (2 * i + 1);
			power *= -z / (i + 1);
		}
		for (int i = 19; i > 0; i--)
			sum += term[i];
		const double y = 1.1283791670955126 * x;
		return y + y * sum;
	}
	if (a > 6)
		return x < 0 ? -1 : 1;
	double fraction = a;
	for (int i = a < 2 ? 200 : 60; i > 0; i--)
		fraction = a + 0.5 * i / fraction;
	const double y = 1 - exp_minus_square(a) * 0.56418958354775629 / fraction;
	return x < 0 ? -y : y;
}

double
exact_pow_int(double x, uint64_t n)
{
	double y = 1;

	for (; n; n >>= 1, x *= x)
		if (n & 1)
			y *= x;
	return y;
}
