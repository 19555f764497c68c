/* scan_record: whatever the bytes, the same answer in one piece and as a stream reader brings them; and what it passes, msgpack-c
 * decodes, as a record of the same length. */
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "cnn1/scan.h"

/* As the reader does: so many bytes as were asked for, never one too far. */
static enum scan_result
piecemeal(const uint8_t *p, size_t n, struct scan *s)
{
	size_t need = SCAN_LEAST;

	for (;;) {
		size_t have = need < n ? need : n;
		enum scan_result r = scan_record(p, have, s);
		if (r != SCAN_MORE || have == n)
			return r;
		MUST(s->need > have); /* else it would never end */
		need = s->need;
	}
}

static void
decode(const uint8_t *p, size_t n)
{
	msgpack_unpacked u;
	size_t off = 0;

	msgpack_unpacked_init(&u);
	MUST(msgpack_unpack_next(&u, (const char *)p, n, &off) == MSGPACK_UNPACK_SUCCESS && off == n);
	MUST(u.data.type == MSGPACK_OBJECT_ARRAY);
	msgpack_unpacked_destroy(&u);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan whole = { 0 }, pieces = { 0 };
	enum scan_result r = scan_record(data, size, &whole), again = piecemeal(data, size, &pieces);

	/* bytes beyond a fault may come or not: the reader asks for more before it looks */
	MUST(r == again && whole.size == pieces.size && whole.body == pieces.body && whole.why == pieces.why && whole.at == pieces.at);
	const char *guess = scan_guess(data, size);
	MUST(!guess || *guess);
	if (r == SCAN_BAD)
		MUST(whole.why && whole.at <= size);
	if (r == SCAN_MORE)
		MUST(whole.need > size && whole.need <= SCAN_RECORD);
	if (r != SCAN_OK)
		return 0;
	MUST(whole.size <= size && whole.size >= SCAN_LEAST && whole.body + SCAN_CRC == whole.size);
	/* msgpack-c takes 24 bytes an element or so, and an element may be a byte; 8 KiB in one go */
	MUST(fuzz_run(decode, data, whole.size, (64 << 10) + 64 * whole.size) == 0);
	return 0;
}
