/* Dropout: the draws of base/rng.c, many blocks at once, 16 bits a number: more would cost twice the time and change rates by less
 * than a hundred-thousandth. */
#include "kern/both/dropout.h"

#include <string.h>

#include "kern/both/loops.h"

static bool
bit(const uint8_t *bits, size_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

static void
set_bit(uint8_t *bits, size_t i, bool to)
{
	const int one = 1 << i % 8;

	bits[i / 8] = (uint8_t)((bits[i / 8] & ~one) | (to ? one : 0));
}

/* n bits, from number `from` on, to number `to` and on */
static void
copy_bits(const uint8_t *bits, size_t from, size_t n, uint8_t *copy, size_t to)
{
	const size_t whole = from % 8 || to % 8 ? 0 : n / 8;

	memcpy(copy + to / 8, bits + from / 8, whole);
	for (size_t i = 8 * whole; i < n; i++)
		set_bit(copy, to + i, bit(bits, from + i));
}

void
SET(dropout_draw)(uint64_t key, uint64_t i0, real rate, size_t n, uint8_t *bits)
{
	const uint32_t least = dropout_least(rate);
	uint64_t block = i0 / DRAWS * BLOCKS;

	for (size_t i = 0, m, skip = i0 % DRAWS; i < n; i += m, skip = 0) {
		const size_t whole = skip || i % 8 ? 0 : (n - i) / DRAWS;
		uint8_t drawn[DRAWS / 8];
		draws(key, block, whole ? whole : 1, least, whole ? bits + i / 8 : drawn);
		m = whole ? whole * DRAWS : n - i < DRAWS - skip ? n - i : DRAWS - skip;
		if (!whole)
			copy_bits(drawn, skip, m, bits, i);
		block += (whole ? whole : 1) * BLOCKS;
	}
}

void
SET(dropout)(const uint8_t *bits, size_t from, real rate, size_t n, const real *x, real *y)
{
	const real scale = dropout_scale(rate);
	size_t i = 0;

	for (; from % 8 == 0 && i + 8 <= n; i += 8) {
		const int byte = bits[(from + i) / 8];
		INDEPENDENT
		for (int k = 0; k < 8; k++)
			y[i + k] = byte >> k & 1 ? x[i + k] * scale : 0;
	}
	for (; i < n; i++)
		y[i] = bit(bits, from + i) ? x[i] * scale : 0;
}
