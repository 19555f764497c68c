/* Dropout: the draws of base/rng.c, many blocks at once, 16 bits a number: more would cost twice the time and change rates by less
 * than a hundred-thousandth. */
#include "kern/both/loops.h"
#include "kern/isa.h"

enum { BLOCKS = 32, DRAWS = 8 * BLOCKS };

/* BLOCKS blocks of Philox at once (base/rng.c has it one at a time), from `block` on: the low halves of their first words, then the
 * high ones, then those of their second words, ... */
static void
draws(uint64_t key, uint64_t block, uint32_t half[DRAWS])
{
	INDEPENDENT
	for (uint32_t i = 0; i < BLOCKS; i++) {
		uint32_t a = (uint32_t)(block + i), b = (uint32_t)((block + i) >> 32), c = 0, d = 0;
		uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
		for (int round = 0; round < 10; round++, k0 += 0x9e3779b9, k1 += 0xbb67ae85) {
			const uint64_t p = UINT64_C(0xd2511f53) * a, q = UINT64_C(0xcd9e8d57) * c;
			a = (uint32_t)(q >> 32) ^ b ^ k0;
			b = (uint32_t)q;
			c = (uint32_t)(p >> 32) ^ d ^ k1;
			d = (uint32_t)p;
		}
		const uint32_t word[4] = { a, b, c, d };
		for (int k = 0; k < 4; k++) {
			half[2 * k * BLOCKS + i] = word[k] & 0xffff;
			half[(2 * k + 1) * BLOCKS + i] = word[k] >> 16;
		}
	}
}

void
SET(dropout)(uint64_t key, uint64_t i0, real rate, size_t n, const real *x, real *y)
{
	const uint32_t least = (uint32_t)((double)rate * 65536 + 0.5);
	const real scale = 65536 / (real)(65536 - least);
	uint64_t block = i0 / DRAWS * BLOCKS;
	uint32_t half[DRAWS];

	for (size_t i = 0, skip = i0 % DRAWS; i < n; block += BLOCKS, skip = 0) {
		const size_t m = n - i < DRAWS - skip ? n - i : DRAWS - skip;
		draws(key, block, half);
		INDEPENDENT
		for (size_t j = 0; j < m; j++)
			y[i + j] = half[skip + j] >= least ? x[i + j] * scale : 0;
		i += m;
	}
}
