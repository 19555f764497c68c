/* The draws of dropout, WIDEST blocks at once: those of even and of odd numbers lie in the lower halves of 64 bits, where a product
 * leaves both of its halves within reach, and what is above does not matter. */
#include "kern/both/dropout.h"
#include "kern/simd/vectors.h"

#if __GNUC__ >= 12 && !defined __clang__ /* its analyzer takes the number of a vector's lanes for that of their bits */
#pragma GCC diagnostic ignored "-Wanalyzer-shift-count-overflow"
#endif

enum { ROUNDS = 10, CHAINS = 4 };

/* unrolled, for gcc 12 makes wrong code of this loop where vectors are wider than a register */
static void
philox_keys(uint64_t key, longs round[ROUNDS][2])
{
	uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);

	UNROLL
	for (int i = 0; i < ROUNDS; i++, k0 += 0x9e3779b9, k1 += 0xbb67ae85) {
		round[i][0] = (longs){ 0 } + k0;
		round[i][1] = (longs){ 0 } + k1;
	}
}

/* CHAINS times WIDEST / 2 blocks, of which count has the numbers; by turns, for each product waits for the one before */
ALWAYS void
philox_rounds(const longs key[ROUNDS][2], const longs count[CHAINS], longs a[CHAINS], longs b[CHAINS], longs c[CHAINS], longs d[CHAINS])
{
	UNROLL
	for (int k = 0; k < CHAINS; k++) {
		a[k] = count[k];
		b[k] = count[k] >> 32;
		c[k] = d[k] = (longs){ 0 };
	}
	UNROLL
	for (int i = 0; i < ROUNDS; i++)
		UNROLL
		for (int k = 0; k < CHAINS; k++) {
			const longs p = WIDE(product)(a[k], 0xd2511f53), q = WIDE(product)(c[k], 0xcd9e8d57);
			a[k] = (q >> 32) ^ (b[k] ^ key[i][0]);
			b[k] = q;
			c[k] = (p >> 32) ^ (d[k] ^ key[i][1]);
			d[k] = p;
		}
}

/* which of the numbers, in 16 bits each, are at or above `least` */
ALWAYS uint32_t
at_least(uint32_t least, places x)
{
	return WIDE(signs)((int32_t)least - 1 - (x & 0xffff));
}

ALWAYS void
draw_blocks(const longs key[ROUNDS][2], longs even, uint32_t least, uint8_t bits[DRAWS / 8])
{
	uint32_t half[8] = { 0 };

	for (int i = 0; i < BLOCKS; i += CHAINS / 2 * WIDEST) {
		longs count[CHAINS], word[4][CHAINS];
		UNROLL
		for (int j = 0; j < CHAINS; j++)
			count[j] = even + (uint64_t)(i + j / 2 * WIDEST + j % 2);
		philox_rounds(key, count, word[0], word[1], word[2], word[3]);
		UNROLL
		for (int j = 0; j < CHAINS; j += 2)
			UNROLL
			for (int k = 0; k < 4; k++) {
				const places both = (places)((word[k][j] & 0xffffffff) | word[k][j + 1] << 32);
				half[2 * k] |= at_least(least, both) << (i + j / 2 * WIDEST);
				half[2 * k + 1] |= at_least(least, both >> 16) << (i + j / 2 * WIDEST);
			}
	}
	for (int k = 0; k < DRAWS / 8; k++)
		bits[k] = (uint8_t)(half[k / 4] >> 8 * (k % 4));
}

void
draws(uint64_t key, uint64_t block, size_t n, uint32_t least, uint8_t *bits)
{
	longs round[ROUNDS][2], even;

	philox_keys(key, round);
	for (int i = 0; i < WIDEST / 2; i++)
		even[i] = block + 2 * (uint64_t)i;
	for (size_t i = 0; i < n; i++, even += BLOCKS, bits += DRAWS / 8)
		draw_blocks((const longs(*)[2])round, even, least, bits);
}
