#include "cnn1/scan.h"

#include <string.h>

#include "base/utf8.h"

enum what { SCALAR, STRING, BINARY, ARRAY, MAP, FOREIGN };

/* One msgpack item: its head, and how many bytes (strings, bin) or items (arrays, maps) follow. */
struct item {
	enum what what;
	size_t head;    /* bytes before the payload, the length field included */
	uint64_t count;
};

/* Lead bytes 0xc0..0xdf, from the msgpack specification: what, bytes of the length field, bytes of a fixed payload. */
static const struct {
	uint8_t what, length, fixed;
} leads[32] = {
	{ SCALAR, 0, 0 }, { FOREIGN, 0, 0 }, { SCALAR, 0, 0 }, { SCALAR, 0, 0 },    /* nil, never used, false, true */
	{ BINARY, 1, 0 }, { BINARY, 2, 0 }, { BINARY, 4, 0 },
	{ FOREIGN, 1, 0 }, { FOREIGN, 2, 0 }, { FOREIGN, 4, 0 },                    /* ext */
	{ SCALAR, 0, 4 }, { SCALAR, 0, 8 },                                         /* float */
	{ SCALAR, 0, 1 }, { SCALAR, 0, 2 }, { SCALAR, 0, 4 }, { SCALAR, 0, 8 },     /* uint */
	{ SCALAR, 0, 1 }, { SCALAR, 0, 2 }, { SCALAR, 0, 4 }, { SCALAR, 0, 8 },     /* int */
	{ FOREIGN, 0, 0 }, { FOREIGN, 0, 0 }, { FOREIGN, 0, 0 }, { FOREIGN, 0, 0 }, { FOREIGN, 0, 0 }, /* fixext */
	{ STRING, 1, 0 }, { STRING, 2, 0 }, { STRING, 4, 0 },
	{ ARRAY, 2, 0 }, { ARRAY, 4, 0 }, { MAP, 2, 0 }, { MAP, 4, 0 },
};

/* Reads the head of the item at p; 0, or how many bytes of it are needed. */
static size_t
item_read(const uint8_t *p, size_t n, struct item *it)
{
	if (n < 1)
		return 1;
	uint8_t b = p[0];
	if (b < 0x80 || b >= 0xe0)
		*it = (struct item){ SCALAR, 1, 0 };
	else if (b < 0x90)
		*it = (struct item){ MAP, 1, b & 0x0f };
	else if (b < 0xa0)
		*it = (struct item){ ARRAY, 1, b & 0x0f };
	else if (b < 0xc0)
		*it = (struct item){ STRING, 1, b & 0x1f };
	else {
		size_t length = leads[b - 0xc0].length;
		if (n < 1 + length)
			return 1 + length;
		*it = (struct item){ leads[b - 0xc0].what, 1 + length + leads[b - 0xc0].fixed, 0 };
		for (size_t i = 0; i < length; i++)
			it->count = it->count << 8 | p[1 + i];
	}
	return 0;
}

static enum scan_result
bad(struct scan *s, const char *why)
{
	s->at = s->pos;
	s->why = why;
	return SCAN_BAD;
}

/* `need` bytes are needed for the current item; every item after it has a byte at least, and asking for all makes few calls. */
static enum scan_result
more(struct scan *s, size_t need)
{
	for (int i = 0; i < s->depth; i++)
		need += s->open[i].left;
	need -= s->depth > 0; /* the current one */
	s->need = need > SCAN_LEAST ? need : SCAN_LEAST;
	return s->need > s->limit ? bad(s, "record too long") : SCAN_MORE;
}

/* What the frame of a record demands of the item at s->pos, seen before its payload. */
static const char *
frame(const struct scan *s, const struct item *it)
{
	if (s->depth == 0)
		return it->what == ARRAY && it->count >= 2 && it->count <= 15 ? NULL : "not a record";
	if (s->depth > 1)
		return NULL;
	if (s->body == 0) /* the tag: first item of the record */
		return it->what == STRING && it->count >= 1 && it->count <= 16 ? NULL : "not a record";
	if (s->open[0].left == 1 && (it->what != BINARY || it->count != 4 || it->head != 2))
		return "a record that does not end in a CRC";
	return NULL;
}

static const char *
bounds(const struct scan *s, const struct item *it)
{
	bool container = it->what == ARRAY || it->what == MAP;
	bool key = s->depth > 0 && s->open[s->depth - 1].map && s->open[s->depth - 1].left % 2 == 0;

	if (it->what == FOREIGN)
		return "a msgpack type that cnn1 does not use";
	if (key && it->what != STRING)
		return "a map key that is not a string";
	if (container && s->depth == SCAN_DEPTH)
		return "nested deeper than 8";
	if (container && it->count > SCAN_ITEMS)
		return "more than 65536 elements";
	if (it->what == STRING && it->count > SCAN_TEXT)
		return "a string longer than 1 MiB";
	if (it->what == BINARY && it->count > SCAN_BIN)
		return "more than 16 MiB of data in one record";
	return NULL;
}

/* Steps over one whole item, or into it. */
static void
step(struct scan *s, const struct item *it)
{
	if (s->depth > 0)
		s->open[s->depth - 1].left--;
	s->pos += it->head;
	if (it->what == STRING || it->what == BINARY)
		s->pos += it->count;
	if (it->what == ARRAY || it->what == MAP) {
		s->open[s->depth].map = it->what == MAP;
		s->open[s->depth++].left = (uint32_t)(it->what == MAP ? 2 * it->count : it->count);
	}
	while (s->depth > 0 && s->open[s->depth - 1].left == 0)
		s->depth--;
}

enum scan_result
scan_record(const uint8_t *p, size_t n, struct scan *s)
{
	struct item it;

	if (s->limit == 0)
		s->limit = SCAN_RECORD;
	do {
		size_t need = item_read(p + s->pos, n - s->pos, &it);
		s->rows = 0;
		if (need)
			return more(s, s->pos + need);
		const char *why = frame(s, &it);
		if (!why)
			why = bounds(s, &it);
		if (why)
			return bad(s, why);
		size_t end = s->pos + it.head + (it.what == STRING || it.what == BINARY ? it.count : 0);
		if (end > s->limit)
			return bad(s, "record too long");
		if (end > n) {
			if (s->depth == 1 && it.what == BINARY && s->open[0].left > 1) /* not the CRC */
				s->rows = s->pos + it.head;
			return more(s, end);
		}
		if (it.what == STRING && !utf8_is((const char *)p + s->pos + it.head, it.count))
			return bad(s, "a string that is not UTF-8");
		if (s->depth == 1 && s->body == 0) /* only rows may be long */
			s->limit = it.count == 1 && p[end - 1] == 'd' ? SCAN_RECORD : SCAN_TEXT;
		if (s->depth == 1)
			s->body = s->pos;
		step(s, &it);
	} while (s->depth > 0);
	s->size = s->pos;
	return SCAN_OK;
}

const char *
scan_guess(const uint8_t *p, size_t n)
{
	static const struct {
		const char *magic, *is;
	} known[] = {
		{ "\x89PNG", "a PNG image; see png-tensor" },
		{ "\x1f\x8b", "compressed by gzip; decompress it first" },
		{ "\x93NUMPY", "an npy array; see npy-tensor" },
		{ "\x89HDF", "HDF5" },
		{ "PK\x03\x04", "a zip archive" },
		{ "BZh", "compressed by bzip2; decompress it first" },
		{ "\xfd" "7zXZ", "compressed by xz; decompress it first" },
		{ "\x28\xb5\x2f\xfd", "compressed by zstd; decompress it first" },
		{ "\xff\xd8\xff", "a JPEG image" },
		{ "%PDF", "a PDF" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (n >= strlen(known[i].magic) && !memcmp(p, known[i].magic, strlen(known[i].magic)))
			return known[i].is;
	size_t printable = 0;
	while (printable < n && ((p[printable] >= ' ' && p[printable] < 0x7f) || (p[printable] >= '\t' && p[printable] <= '\r')))
		printable++;
	return n > 0 && printable == n ? "text" : NULL;
}
