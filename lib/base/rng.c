#include "base/rng.h"

#include <math.h>
#include <stddef.h>

#include "base/exact.h"

enum { ROUNDS = 10 };
static const double TWO_PI = 6.28318530717958648;

/* multipliers and Weyl steps of the paper, section 4.3 and table 2 */
static const uint32_t M0 = 0xd2511f53, M1 = 0xcd9e8d57;
static const uint32_t W0 = 0x9e3779b9, W1 = 0xbb67ae85;

void
philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
	uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
	uint32_t k0 = key[0], k1 = key[1];

	for (int round = 0; round < ROUNDS; round++, k0 += W0, k1 += W1) {
		const uint64_t p = (uint64_t)M0 * a, q = (uint64_t)M1 * c;
		a = (uint32_t)(q >> 32) ^ b ^ k0;
		b = (uint32_t)q;
		c = (uint32_t)(p >> 32) ^ d ^ k1;
		d = (uint32_t)p;
	}
	out[0] = a;
	out[1] = b;
	out[2] = c;
	out[3] = d;
}

/* FNV-1a: any hash will do, Philox does the mixing */
static uint64_t
hash(const char *s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return h;
}

uint64_t
rng_key(uint64_t seed, const char *purpose, uint64_t n)
{
	const uint64_t h = hash(purpose);
	const uint32_t counter[4] = { (uint32_t)n, (uint32_t)(n >> 32), (uint32_t)h, (uint32_t)(h >> 32) };
	const uint32_t key[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
	uint32_t out[4];

	philox(counter, key, out);
	return (uint64_t)out[1] << 32 | out[0];
}

uint32_t
rng_bits(uint64_t key, uint64_t i)
{
	const uint64_t block = i / 4;
	const uint32_t counter[4] = { (uint32_t)block, (uint32_t)(block >> 32), 0, 0 };
	const uint32_t k[2] = { (uint32_t)key, (uint32_t)(key >> 32) };
	uint32_t out[4];

	philox(counter, k, out);
	return out[i % 4];
}

double
rng_unit(uint64_t key, uint64_t i)
{
	return rng_bits(key, i) * 0x1p-32;
}

static double
polynomial(const double c[8], double x)
{
	double sum = c[7];

	for (int i = 6; i >= 0; i--)
		sum = sum * x + c[i];
	return sum;
}

/* Inverse of the normal distribution function for 0 < p < 1, to about 1e-16: M. J. Wichura, "Algorithm AS 241:
 * the percentage points of the normal distribution", Applied Statistics 37 (1988). */
static double
normal_quantile(double p)
{
	static const double a[8] = { 3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427,
		13731.693765509461125, 45921.953931549871457, 67265.770927008700853, 33430.575583588128105,
		2509.0809287301226727 };
	static const double b[8] = { 1, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
		21213.794301586595867, 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610 };
	static const double c[8] = { 1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
		3.64784832476320460504, 1.27045825245236838258, 0.241780725177450611770,
		0.0227238449892691845833, 7.74545014278341407640e-4 };
	static const double d[8] = { 1, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
		0.148103976427480074590, 0.0151986665636164571966, 5.47593808499534494600e-4,
		1.05075007164441684324e-9 };
	static const double e[8] = { 6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580,
		0.296560571828504891230, 0.0265321895265761230930, 0.00124266094738807843860,
		2.71155556874348757815e-5, 2.01033439929228813265e-7 };
	static const double f[8] = { 1, 0.599832206555887937690, 0.136929880922735805310, 0.0148753612908506148525,
		7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
		2.04426310338993978564e-15 };
	const double q = p - 0.5;

	if (fabs(q) <= 0.425) {
		const double r = 0.180625 - q * q;
		return q * polynomial(a, r) / polynomial(b, r);
	}
	const double r = sqrt(-exact_log(q < 0 ? p : 1 - p));
	const double z = r <= 5 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6)
	                        : polynomial(e, r - 5) / polynomial(f, r - 5);
	return q < 0 ? -z : z;
}

/* Half a step above the draw: neither 0 nor 1, and its cosine is never 0. */
static double
inner_unit(uint64_t key, uint64_t i)
{
	return (rng_bits(key, i) + 0.5) * 0x1p-32;
}

double
rng_normal(uint64_t key, uint64_t i)
{
	return normal_quantile(inner_unit(key, i));
}

/* t cos(2 pi v) / sqrt(2 a) with t^2 = 2 a (u^(-1 / a) - 1) is Student's t with 2 a degrees of freedom, over their root (R. W. Bailey,
 * Mathematics of Computation 62, 1994); s = that, (1 + s / sqrt(1 + s^2)) / 2 is Beta(a, a). */
double
rng_beta(uint64_t key, uint64_t i, double a)
{
	const double power = exact_exp(exact_log(inner_unit(key, 2 * i)) / a), c = exact_cos(TWO_PI * inner_unit(key, 2 * i + 1));
	const double half = 0.5 / sqrt(1 + power / ((1 - power) * c * c));

	return c < 0 ? 0.5 - half : 0.5 + half;
}

/* The upper 64 of the 96 bits of n times a 64-bit draw, cut to what is above 2^64. */
uint64_t
rng_below(uint64_t key, uint64_t i, uint64_t n)
{
	const uint64_t high = rng_bits(key, 2 * i), low = rng_bits(key, 2 * i + 1);

	return (high * n + (low * n >> 32)) >> 32;
}

void
rng_permute(uint64_t key, int64_t n, uint32_t *perm)
{
	for (int64_t i = 0; i < n; i++) {
		const uint64_t j = rng_below(key, (uint64_t)i, (uint64_t)i + 1);
		perm[i] = perm[j];
		perm[j] = (uint32_t)i;
	}
}
