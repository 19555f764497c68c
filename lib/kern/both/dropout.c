/* Dropout: the draws of base/rng.c, many blocks at once. */
#include "kern/both/loops.h"
#include "kern/isa.h"

enum { BLOCKS = 32, DRAWS = 4 * BLOCKS };

/* BLOCKS blocks of Philox at once (base/rng.c has it one at a time): draws 4 block .. 4 block + DRAWS - 1 */
static void
draws(uint64_t key, uint64_t block, uint32_t bits[DRAWS])
{
	uint32_t a[BLOCKS], b[BLOCKS], c[BLOCKS] = { 0 }, d[BLOCKS] = { 0 };
	uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);

	for (unsigned i = 0; i < BLOCKS; i++) {
		a[i] = (uint32_t)(block + i);
		b[i] = (uint32_t)((block + i) >> 32);
	}
	for (int round = 0; round < 10; round++, k0 += 0x9e3779b9, k1 += 0xbb67ae85)
		for (int i = 0; i < BLOCKS; i++) {
			const uint64_t p = UINT64_C(0xd2511f53) * a[i], q = UINT64_C(0xcd9e8d57) * c[i];
			a[i] = (uint32_t)(q >> 32) ^ b[i] ^ k0;
			b[i] = (uint32_t)q;
			c[i] = (uint32_t)(p >> 32) ^ d[i] ^ k1;
			d[i] = (uint32_t)p;
		}
	for (int i = 0; i < BLOCKS; i++) {
		bits[4 * i] = a[i];
		bits[4 * i + 1] = b[i];
		bits[4 * i + 2] = c[i];
		bits[4 * i + 3] = d[i];
	}
}

/* the smallest draw that is kept: draw / 2^32 >= rate */
static uint32_t
threshold(real rate)
{
	const double t = (double)rate * 4294967296.0;

	if (!(t < 4294967295.0))
		return UINT32_MAX;
	return t > 0 ? (uint32_t)t + ((uint32_t)t < t) : 0;
}

void
SET(dropout)(uint64_t key, uint64_t i0, real rate, size_t n, const real *x, real *y)
{
	const uint32_t least = threshold(rate);
	const real scale = 1 / (1 - rate);
	uint64_t block = i0 / 4;
	uint32_t bits[DRAWS];

	for (size_t i = 0, skip = i0 % 4; i < n; block += BLOCKS, skip = 0) {
		const size_t m = n - i < DRAWS - skip ? n - i : DRAWS - skip;
		draws(key, block, bits);
		INDEPENDENT
		for (size_t j = 0; j < m; j++)
			y[i + j] = bits[skip + j] >= least ? x[i + j] * scale : 0;
		i += m;
	}
}
