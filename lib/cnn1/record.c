/* Records of a stream that is read: bytes, their checksum, and the msgpack in them */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "cnn1/pack.h"
#include "cnn1/stream_inside.h"
#include "sys/file.h"

enum { READ_LEAST = 1 << 16 };

/* ---- what is wrong, and where ---- */

/* The number of rows that are complete in all tensors. */
static int64_t
whole_rows(const struct stream *s)
{
	int64_t rows = s->head.tensors ? INT64_MAX : 0;

	for (int t = 0; t < s->head.tensors; t++)
		if (s->done[t] < rows)
			rows = s->done[t];
	return rows;
}

const char *
stream_so_far(const struct stream *s)
{
	static char buf[48];

	if (s->state == INSIDE && kind_aligned(s->head.kind))
		snprintf(buf, sizeof buf, "%" PRId64 " rows", whole_rows(s));
	else
		snprintf(buf, sizeof buf, "%" PRIu64 " records", s->all_records);
	return buf;
}

_Noreturn void
stream_truncated(const struct stream *s)
{
	if (s->offset + s->have == 0)
		die(EX_DATAERR, "%s: empty input; did the program before it fail?", s->name);
	die(EX_DATAERR, "%s: truncated at byte %" PRIu64 " after %s; did the program before it fail?", s->name,
	    s->offset + s->have, stream_so_far(s));
}

static _Noreturn void
not_a_record(const struct stream *s)
{
	const char *guess = scan_guess(s->buf, s->have < SCAN_LEAST ? s->have : SCAN_LEAST);

	if (s->offset == 0 && guess)
		die(EX_DATAERR, "%s: is %s, not a cnn1 stream", s->name, guess);
	if (s->offset == 0)
		die(EX_DATAERR, "%s: not a cnn1 stream: %s at byte %zu", s->name, s->scan.why, s->scan.at);
	if (s->state == OUTSIDE && guess)
		die(EX_DATAERR, "%s: garbage at byte %" PRIu64 " after a complete object: it is %s", s->name, s->offset, guess);
	if (s->state == OUTSIDE)
		die(EX_DATAERR, "%s: garbage at byte %" PRIu64 " after a complete object: %s", s->name, s->offset + s->scan.at,
		    s->scan.why);
	die(EX_DATAERR, "%s: damaged at byte %" PRIu64 " after %s: %s", s->name, s->offset + s->scan.at, stream_so_far(s),
	    s->scan.why);
}

_Noreturn void
stream_bad(const struct stream *s, const char *fmt, ...)
{
	char why[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	die(EX_DATAERR, "%s: %s (record at byte %" PRIu64 ")", s->name, why, s->offset);
}

/* ---- the bytes of a record ---- */

/* Room for so many bytes of the record. */
static void
reserve(struct stream *s, size_t size)
{
	const size_t from = s->base ? (size_t)(s->buf - (uint8_t *)s->base) : 0;

	if (size + ALIGN <= s->room)
		return;
	s->room = size + ALIGN;
	s->base = xrealloc(s->base, s->room, 1);
	s->buf = (uint8_t *)s->base + from;
}

/* What is there of the record, its first few bytes, moves to where the payload that follows them will be aligned. */
static void
align(struct stream *s)
{
	uint8_t *to = (uint8_t *)s->base + (ALIGN - s->scan.rows % ALIGN) % ALIGN;

	memmove(to, s->buf, s->have);
	s->buf = to;
}

/* Reads until `need` bytes of the record are there; the buffer grows with what arrives, not with what was announced. */
static bool
fill(struct stream *s, size_t need)
{
	while (s->have < need) {
		size_t chunk = s->have > READ_LEAST ? s->have : READ_LEAST;
		if (s->have + chunk + ALIGN < s->room)
			chunk = s->room - ALIGN - s->have;
		if (chunk > need - s->have)
			chunk = need - s->have;
		reserve(s, s->have + chunk);
		size_t n = file_read(s->f, s->buf + s->have, chunk);
		s->have += n;
		if (n < chunk && ferror(s->f))
			die(EX_IOERR, "%s: %s at byte %" PRIu64, s->name, errno ? strerror(errno) : "cannot read",
			    s->offset + s->have);
		if (n < chunk)
			return false;
	}
	return true;
}

static void
check_crc(const struct stream *s)
{
	const uint8_t *c = s->buf + s->scan.body + SCAN_CRC - 4;
	uint32_t said = (uint32_t)c[0] | (uint32_t)c[1] << 8 | (uint32_t)c[2] << 16 | (uint32_t)c[3] << 24;

	if (digest_crc(s->buf, s->scan.body, NULL, 0) != said)
		die(EX_DATAERR, "%s: damaged between byte %" PRIu64 " and %" PRIu64 " after %s: the checksum does not match",
		    s->name, s->offset, s->offset + s->scan.size, stream_so_far(s));
}

bool
record_read(struct stream *s)
{
	size_t need = SCAN_LEAST;
	enum scan_result r;

	s->offset += s->have;
	s->have = 0;
	s->scan = (struct scan){ 0 };
	do {
		bool whole = fill(s, need);
		if (s->have == 0)
			return false;
		r = scan_record(s->buf, s->have, &s->scan);
		if (r == SCAN_BAD)
			not_a_record(s);
		if (!whole)
			stream_truncated(s);
		need = s->scan.need;
		if (r == SCAN_MORE && s->scan.rows)
			align(s);
	} while (r == SCAN_MORE);
	check_crc(s);
	msgpack_unpacked_destroy(&s->u);
	if (!unpack(&s->u, s->buf, s->scan.size))
		stream_bad(s, "a record that msgpack cannot decode");
	s->all_records++;
	return true;
}

const msgpack_object *
record_element(const struct stream *s, uint32_t i)
{
	return &s->u.data.via.array.ptr[i];
}

bool
record_is(const struct stream *s, const char *tag, uint32_t elements)
{
	if (!packed_is(record_element(s, 0), tag))
		return false;
	if (s->u.data.via.array.size != elements)
		stream_bad(s, "a record %s of %u elements; expected %u", tag, s->u.data.via.array.size, elements);
	return true;
}
