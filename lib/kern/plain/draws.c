/* The draws of dropout, block by block. */
#include <string.h>

#include "base/rng.h"
#include "kern/both/dropout.h"

void
draws(uint64_t key, uint64_t block, size_t n, uint32_t least, uint8_t *bits)
{
	const uint32_t half[] = { (uint32_t)key, (uint32_t)(key >> 32) };

	memset(bits, 0, n * DRAWS / 8);
	for (size_t i = 0; i < n * BLOCKS; i++, block++) {
		uint8_t *const to = bits + i / BLOCKS * (DRAWS / 8) + i % BLOCKS / 8;
		const uint32_t counter[4] = { (uint32_t)block, (uint32_t)(block >> 32) };
		uint32_t word[4];
		philox(counter, half, word);
		for (int k = 0; k < 4; k++) {
			to[8 * k] |= (uint8_t)(((word[k] & 0xffff) >= least) << i % 8);
			to[8 * k + 4] |= (uint8_t)(((word[k] >> 16) >= least) << i % 8);
		}
	}
}
