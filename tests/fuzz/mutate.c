/* A mutator that knows msgpack. Of streams that are changed byte by byte, one in five hundred is still a stream: lengths lie, and the
 * reader stops at its door. Here an item takes the place of another, so that what holds it stays right. */
#include <math.h>
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { ITEMS_MAX = 2048, STRING_MAX = 300 };

/* The fuzzer's own, byte by byte; not there in a replay. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most) __attribute__((weak));

static struct item {
	size_t at, end, payload; /* payload: where a string's bytes begin; 0: another item */
	bool record;
} item[ITEMS_MAX];
static int items;

static uint64_t
big_endian(const uint8_t *p, int n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

/* Notes the item at `at` and all within it; returns where it ends, 0: nowhere. */
static size_t
walk(const uint8_t *p, size_t n, size_t at, int depth)
{
	/* lead bytes 0xc0..0xdf: bytes of a length, or of a number */
	static const uint8_t length[32] = { [4] = 1, 2, 4, [25] = 1, 2, 4, 2, 4, 2, 4 }, fixed[32] = { [10] = 4, 8, 1, 2, 4, 8, 1, 2, 4, 8 };

	if (at >= n || items == ITEMS_MAX || depth > 10)
		return 0;
	struct item *it = &item[items++];
	const uint8_t lead = p[at];
	*it = (struct item){ .at = at++, .record = depth == 0 };
	uint64_t inside = 0, bytes = 0;
	if (lead >= 0xc0 && lead < 0xe0) {
		const int digits = length[lead - 0xc0];
		if (n - at < (size_t)digits)
			return 0;
		const uint64_t v = big_endian(p + at, digits);
		at += (size_t)digits;
		inside = lead >= 0xde ? 2 * v : lead >= 0xdc ? v : 0;
		bytes = lead < 0xdc && digits ? v : fixed[lead - 0xc0];
		it->payload = lead < 0xdc && digits ? at : 0;
	} else if (lead >= 0x80 && lead < 0xa0) {
		inside = lead < 0x90 ? 2 * (lead & 15) : lead & 15;
	} else if (lead >= 0xa0 && lead < 0xc0) {
		bytes = lead & 31;
		it->payload = at;
	}
	if (bytes > n - at)
		return 0;
	for (at += bytes; inside && at; inside--)
		at = walk(p, n, at, depth + 1);
	return it->end = at;
}

/* The bytes from..to become the m at q, if there is room. */
static size_t
replace(uint8_t *p, size_t n, size_t most, size_t from, size_t to, const void *q, size_t m)
{
	if (n - (to - from) + m > most)
		return n;
	memmove(p + from + m, p + to, n - to);
	if (m)
		memcpy(p + from, q, m);
	return n - (to - from) + m;
}

/* A number or the like, of those that go wrong most. */
static size_t
any_scalar(unsigned seed, uint8_t *to)
{
	static const uint64_t edges[] = { 0, 1, 2, 3, 4, 7, 8, 16, 255, 256, 65535, 65536, 1 << 20, 1 << 24, INT32_MAX, UINT32_MAX, 1ull << 40,
	                                  1ull << 53, INT64_MAX, UINT64_MAX };
	static const double reals[] = { 0, -1, 0.5, 1e300, 1e-300 };
	const uint64_t v = edges[seed / 8 % (sizeof edges / sizeof *edges)];
	msgpack_sbuffer b;
	msgpack_packer pk;

	msgpack_sbuffer_init(&b);
	msgpack_packer_init(&pk, &b, msgpack_sbuffer_write);
	if (seed % 8 < 5)
		msgpack_pack_uint64(&pk, v);
	else if (seed % 8 == 5)
		msgpack_pack_int64(&pk, -(int64_t)(v / 2));
	else if (seed % 8 == 6)
		msgpack_pack_double(&pk, reals[seed / 8 % 5] * (seed & 256 ? INFINITY : 1)); /* also infinite, or no number */
	else
		msgpack_pack_nil(&pk);
	const size_t n = b.size;
	memcpy(to, b.data, n);
	msgpack_sbuffer_destroy(&b);
	return n;
}

/* The string or bin at *it with other bytes, its length right. */
static size_t
change_string(const uint8_t *p, const struct item *it, uint8_t *to)
{
	const size_t n = it->end - it->payload < STRING_MAX ? it->end - it->payload : STRING_MAX;
	const bool bin = p[it->at] >= 0xc4 && p[it->at] <= 0xc6;
	uint8_t bytes[STRING_MAX];

	memcpy(bytes, p + it->payload, n);
	const size_t m = LLVMFuzzerMutate(bytes, n, bin && n ? n : STRING_MAX);
	to[0] = bin ? 0xc5 : 0xda;
	to[1] = (uint8_t)(m >> 8);
	to[2] = (uint8_t)m;
	memcpy(to + 3, bytes, m);
	return 3 + m;
}

size_t
fuzz_mutate_records(uint8_t *p, size_t n, size_t most, unsigned seed)
{
	uint8_t new[STRING_MAX + 3];

	items = 0;
	for (size_t at = 0; (at = walk(p, n, at, 0));)
		;
	while (items && !item[items - 1].end)
		items--;
	srand(seed);
	if (!items || rand() % 4 == 0)
		return LLVMFuzzerMutate(p, n, most);
	const struct item *a = &item[rand() % items], *b = &item[rand() % items];
	if (!a->end || !b->end)
		return LLVMFuzzerMutate(p, n, most);
	if (a->record && rand() % 2) /* left out */
		return replace(p, n, most, a->at, a->end, NULL, 0);
	if (a->payload && rand() % 2)
		return replace(p, n, most, a->at, a->end, new, change_string(p, a, new));
	if (!a->record && rand() % 2)
		return replace(p, n, most, a->at, a->end, new, any_scalar((unsigned)rand(), new));
	/* a copy, since moving the rest moves it */
	uint8_t *copy = malloc(b->end - b->at);
	memcpy(copy, p + b->at, b->end - b->at);
	/* a record comes before another; an item in the place of another */
	n = replace(p, n, most, a->at, a->record && b->record ? a->at : a->end, copy, b->end - b->at);
	free(copy);
	return n;
}
