/* The draws of dropout, WIDEST blocks at once: those of even and of odd numbers lie in the lower halves of 64 bits, where a product
 * leaves both of its halves within reach, and what is above does not matter. */
#include "kern/both/dropout.h"
#include "kern/simd/vectors.h"

enum { ROUNDS = 10, CHAINS = 4 };

static const uint32_t FIRST = 0xd2511f53, SECOND = 0xcd9e8d57; /* what the first and the third word are multiplied by */

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

/* The first two rounds of blocks whose numbers are high 2^32 + low: of their products one is 0, and one the same for all. */
ALWAYS void
philox_begin(const longs key[ROUNDS][2], uint32_t high, longs low, longs *a, longs *b, longs *c, longs *d)
{
	const uint64_t same = ((high ^ key[0][0][0]) & 0xffffffff) * FIRST;
	const longs p = WIDE(product)(low, FIRST), q = WIDE(product)((p >> 32) ^ key[0][1], SECOND);

	*a = (q >> 32) ^ key[1][0];
	*b = q;
	*c = p ^ (key[1][1] ^ same >> 32);
	*d = (longs){ 0 } + same;
}

/* CHAINS times WIDEST / 2 blocks, of which low and high are the numbers; by turns, for each product waits for the one before */
ALWAYS void
philox_rounds(const longs key[ROUNDS][2], uint32_t high, const longs low[CHAINS], longs a[CHAINS], longs b[CHAINS], longs c[CHAINS],
              longs d[CHAINS])
{
	UNROLL
	for (int k = 0; k < CHAINS; k++)
		philox_begin(key, high, low[k], &a[k], &b[k], &c[k], &d[k]);
	UNROLL
	for (int i = 2; i < ROUNDS; i++)
		UNROLL
		for (int k = 0; k < CHAINS; k++) {
			const longs p = WIDE(product)(a[k], FIRST), q = WIDE(product)(c[k], SECOND);
			a[k] = (q >> 32) ^ (b[k] ^ key[i][0]);
			b[k] = q;
			c[k] = (p >> 32) ^ (d[k] ^ key[i][1]);
			d[k] = p;
		}
}

/* Of one word of 2 WIDEST blocks, each chain's in its lower halves: are the halves at or above `least`? The bits of 8 blocks are a
 * byte; those of high halves are 4 bytes after those of low ones. */
ALWAYS void
put_bits(const longs word[CHAINS], uint32_t least, uint8_t *bits)
{
	const shorts small = (shorts){ 0 } + (uint16_t)least;
	const VEC a = WIDE(even)((VEC)word[0], (VEC)word[1]), b = WIDE(even)((VEC)word[2], (VEC)word[3]);
	const uint64_t kept = WIDE(signs_of_halves)((places)((shorts)a >= small), (places)((shorts)b >= small));

	for (int i = 0; i < WIDEST / 4; i++) {
		bits[i] = (uint8_t)(kept >> 16 * i);
		bits[i + 4] = (uint8_t)(kept >> (16 * i + 8));
	}
}

/* Blocks from `block` on; lane: how far those of a chain's lanes are from its first one */
ALWAYS void
draw_blocks(const longs key[ROUNDS][2], uint64_t block, longs lane, uint32_t least, uint8_t bits[DRAWS / 8])
{
	for (int i = 0; i < BLOCKS; i += CHAINS / 2 * WIDEST) {
		longs low[CHAINS], word[4][CHAINS];
		UNROLL
		for (int j = 0; j < CHAINS; j++)
			low[j] = lane + (uint32_t)(block + (uint64_t)(i + 2 * j));
		philox_rounds(key, (uint32_t)(block >> 32), low, word[0], word[1], word[2], word[3]);
		UNROLL
		for (int k = 0; k < 4; k++)
			put_bits(word[k], least, bits + 8 * k + i / 8);
	}
}

void
draws(uint64_t key, uint64_t block, size_t n, uint32_t least, uint8_t *bits)
{
	longs round[ROUNDS][2], lane;

	philox_keys(key, round);
	for (int i = 0; i < WIDEST / 2; i++)
		lane[i] = (uint64_t)(i / 2 * 8 + i % 2); /* in the order in which put_bits takes them */
	for (size_t i = 0; i < n; i++, block += BLOCKS, bits += DRAWS / 8)
		draw_blocks((const longs(*)[2])round, block, lane, least, bits);
}
