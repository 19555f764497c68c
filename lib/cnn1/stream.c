/* The reader is here; the writer is in writer.c. Both share stream_inside.h. */
#include "cnn1/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "cnn1/pack.h"
#include "cnn1/stream_inside.h"
#include "sys/file.h"

enum { READ_LEAST = 1 << 16, BLOCK = 1 << 20, ALIGN = 16 };

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

/* "12 rows", or "3 records" where rows would mislead: tensors of a model have rows of their own. */
static const char *
so_far(const struct stream *s)
{
	static char buf[48];

	if (s->state == INSIDE && kind_aligned(s->head.kind))
		snprintf(buf, sizeof buf, "%" PRId64 " rows", whole_rows(s));
	else
		snprintf(buf, sizeof buf, "%" PRIu64 " records", s->all_records);
	return buf;
}

static _Noreturn void
truncated(const struct stream *s)
{
	if (s->offset + s->have == 0)
		die(EX_DATAERR, "%s: empty input; did the program before it fail?", s->name);
	die(EX_DATAERR, "%s: truncated at byte %" PRIu64 " after %s; did the program before it fail?", s->name,
	    s->offset + s->have, so_far(s));
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
	die(EX_DATAERR, "%s: damaged at byte %" PRIu64 " after %s: %s", s->name, s->offset + s->scan.at, so_far(s),
	    s->scan.why);
}

/* The record that was just read says something that cannot be. */
static _Noreturn void bad(const struct stream *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static _Noreturn void
bad(const struct stream *s, const char *fmt, ...)
{
	char why[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	die(EX_DATAERR, "%s: %s (record at byte %" PRIu64 ")", s->name, why, s->offset);
}

/* ---- records ---- */

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
		    s->name, s->offset, s->offset + s->scan.size, so_far(s));
}

/* The next record, checked and decoded into s->u; false at the end of the input, between records. */
static bool
read_record(struct stream *s)
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
			truncated(s);
		need = s->scan.need;
		if (r == SCAN_MORE && s->scan.rows)
			align(s);
	} while (r == SCAN_MORE);
	check_crc(s);
	msgpack_unpacked_destroy(&s->u);
	if (!unpack(&s->u, s->buf, s->scan.size))
		bad(s, "a record that msgpack cannot decode");
	s->all_records++;
	return true;
}

static const msgpack_object *
element(const struct stream *s, uint32_t i)
{
	return &s->u.data.via.array.ptr[i];
}

static bool
str_is(const msgpack_object *o, const char *text)
{
	return o->type == MSGPACK_OBJECT_STR && o->via.str.size == strlen(text) && !memcmp(o->via.str.ptr, text, strlen(text));
}

static bool
tag_is(const struct stream *s, const char *tag, uint32_t elements)
{
	if (!str_is(element(s, 0), tag))
		return false;
	if (s->u.data.via.array.size != elements)
		bad(s, "a record %s of %u elements; expected %u", tag, s->u.data.via.array.size, elements);
	return true;
}

static const msgpack_object *
lookup(const msgpack_object *map, const char *key)
{
	for (uint32_t i = 0; map->type == MSGPACK_OBJECT_MAP && i < map->via.map.size; i++)
		if (str_is(&map->via.map.ptr[i].key, key))
			return &map->via.map.ptr[i].val;
	return NULL;
}

/* ---- the head ---- */

static void
read_kind(struct stream *s, const msgpack_object *o)
{
	static const char *const kinds[] = { "dataset", "predictions", "activations", "model", "tensors" };

	for (size_t i = 0; o && i < sizeof kinds / sizeof *kinds; i++)
		if (str_is(o, kinds[i])) {
			strcpy(s->head.kind, kinds[i]);
			return;
		}
	if (!o || o->type != MSGPACK_OBJECT_STR)
		bad(s, "no kind");
	bad(s, "unknown kind %.*s; expected dataset, predictions, activations, model or tensors",
	    o->via.str.size < 32 ? (int)o->via.str.size : 32, o->via.str.ptr);
}

static void
read_name(struct stream *s, struct tensor *t, const msgpack_object *o)
{
	if (!o || o->type != MSGPACK_OBJECT_STR)
		bad(s, "a tensor without a name");
	if (!tensor_name_fits(o->via.str.ptr, o->via.str.size))
		bad(s, "tensor name \"%.*s\": must be 1 to %d printable characters, without / in front or .. between",
		    o->via.str.size < 64 ? (int)o->via.str.size : 64, o->via.str.ptr, TENSOR_NAME_MAX);
	memcpy(t->name, o->via.str.ptr, o->via.str.size);
}

static void
read_dtype(struct stream *s, struct tensor *t, const msgpack_object *o)
{
	char name[8] = "";

	if (o && o->type == MSGPACK_OBJECT_STR && o->via.str.size == 2)
		memcpy(name, o->via.str.ptr, o->via.str.size);
	int dtype = dtype_parse(name);
	if (dtype < 0)
		bad(s, "tensor %s: unknown dtype %s; known are u1 i4 i8 f4 f8", t->name, *name ? name : "?");
	t->dtype = (enum dtype)dtype;
}

static void
read_shape(struct stream *s, struct tensor *t, const msgpack_object *o)
{
	if (!o || o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size < 1 || o->via.array.size > RANK_MAX)
		bad(s, "tensor %s: shape must have 1 to %d dimensions", t->name, RANK_MAX);
	t->shape.n = (int)o->via.array.size;
	for (int i = 0; i < t->shape.n; i++) {
		const msgpack_object *d = &o->via.array.ptr[i];
		if (i == 0 && d->type == MSGPACK_OBJECT_NIL)
			t->shape.d[i] = -1;
		else if (d->type == MSGPACK_OBJECT_POSITIVE_INTEGER && d->via.u64 <= INT64_MAX && (i == 0 || d->via.u64 > 0))
			t->shape.d[i] = (int64_t)d->via.u64;
		else
			bad(s, "tensor %s: dimension %d is not a size", t->name, i);
	}
	char text[192];
	struct shape known = t->shape;
	if (known.d[0] < 0)
		known.d[0] = 1;
	if (shape_count(&known, 0) < 0)
		bad(s, "tensor %s: shape %s overflows", t->name, shape_text(&t->shape, text, sizeof text));
	if (shape_count(&known, 1) > SCAN_BIN / (int64_t)dtype_size(t->dtype))
		bad(s, "tensor %s: shape %s: a row is larger than 16 MiB", t->name, shape_text(&t->shape, text, sizeof text));
}

static void
read_tensors(struct stream *s, const msgpack_object *o)
{
	if (!o || o->type != MSGPACK_OBJECT_ARRAY)
		bad(s, "no list of tensors");
	if (o->via.array.size > TENSORS_MAX)
		bad(s, "%u tensors; at most %d", o->via.array.size, TENSORS_MAX);
	s->head.tensor = xcalloc(o->via.array.size, sizeof *s->head.tensor);
	for (uint32_t i = 0; i < o->via.array.size; i++) {
		const msgpack_object *m = &o->via.array.ptr[i];
		struct tensor *t = &s->head.tensor[s->head.tensors];
		read_name(s, t, lookup(m, "name"));
		/* a key that we do not know might change what the numbers mean */
		if (m->via.map.size != 3)
			bad(s, "tensor %s: described by %u keys; expected name, dtype and shape", t->name, m->via.map.size);
		read_dtype(s, t, lookup(m, "dtype"));
		read_shape(s, t, lookup(m, "shape"));
		if (header_find(&s->head, t->name) >= 0)
			bad(s, "tensor %s occurs twice", t->name);
		s->head.tensors++;
	}
	if (kind_aligned(s->head.kind) && s->head.tensors == 0)
		bad(s, "kind %s without a tensor", s->head.kind);
}

static void
read_made_by(struct stream *s, const msgpack_object *o)
{
	if (!o)
		return;
	if (o->type != MSGPACK_OBJECT_ARRAY)
		bad(s, "made_by is not a list");
	s->head.made_by = xcalloc(o->via.array.size, sizeof *s->head.made_by);
	for (uint32_t i = 0; i < o->via.array.size; i++)
		if (!meta_from(&s->head.made_by[s->head.made++], &o->via.array.ptr[i]))
			bad(s, "made_by holds something other than maps");
}

static void
read_head(struct stream *s, const msgpack_object *map)
{
	static const char *const known[] = { "kind", "tensors", "meta", "made_by" };
	const msgpack_object *meta = lookup(map, "meta");

	header_free(&s->head);
	if (!meta_from(&s->head.other, map))
		bad(s, "the head is not a map with distinct keys");
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		meta_remove(&s->head.other, known[i]);
	read_kind(s, lookup(map, "kind"));
	read_tensors(s, lookup(map, "tensors"));
	if (meta && !meta_from(&s->head.meta, meta))
		bad(s, "meta is not a map with distinct keys");
	read_made_by(s, lookup(map, "made_by"));
}

/* ---- objects ---- */

static void
forget_object(struct stream *s)
{
	for (int t = 0; s->pending && t < s->head.tensors; t++)
		free(s->pending[t].base);
	free(s->pending);
	free(s->row_data);
	free(s->done);
	digest_free(s->digest);
	s->pending = NULL;
	s->row_data = NULL;
	s->done = NULL;
	s->digest = NULL;
	meta_free(&s->event);
}

void
stream_start_object(struct stream *s)
{
	size_t n = (size_t)s->head.tensors;

	s->pending = xcalloc(n, sizeof *s->pending);
	s->row_data = xcalloc(n, sizeof *s->row_data);
	s->done = xcalloc(n, sizeof *s->done);
	s->records = 1;
	s->state = INSIDE;
	s->next_row = 0;
}

struct stream *
stream_in(FILE *f, const char *name)
{
	if (isatty(fileno(f)))
		die(EX_USAGE, "%s: is a terminal; give a file, or pipe a stream in", name);
	struct stream *s = xcalloc(1, sizeof *s);
	s->f = f;
	s->name = xstrdup(name);
	return s;
}

void
stream_verify(struct stream *s)
{
	s->verify = true;
}

struct stream *
stream_open(const char *path)
{
	return stream_in(file_in(path), file_name_in(path));
}

bool
stream_object(struct stream *s)
{
	while (s->state == INSIDE)
		stream_next(s);
	forget_object(s);
	if (!read_record(s)) {
		if (s->offset == 0)
			truncated(s);
		return false;
	}
	const msgpack_object *tag = element(s, 0);
	if (str_is(tag, "d") || str_is(tag, "e") || str_is(tag, "end"))
		bad(s, "a record %.*s outside of any object; the beginning is missing", (int)tag->via.str.size, tag->via.str.ptr);
	if (!tag_is(s, "cnn1", 3))
		bad(s, "format %.*s is unknown; this program reads cnn1: is there a newer cnnutils?", (int)tag->via.str.size,
		    tag->via.str.ptr);
	read_head(s, element(s, 1));
	stream_start_object(s);
	if (s->verify) /* only the end of the stream shows which of the two ids it has */
		s->digest = digest_start(s->head.tensors, true);
	return true;
}

const struct header *
stream_header(const struct stream *s)
{
	return &s->head;
}

const char *
stream_name(const struct stream *s)
{
	return s->name;
}

static const char *
article(const char *kind)
{
	return !strcmp(kind, "dataset") || !strcmp(kind, "model") ? "a " : "";
}

void
stream_expect(const struct stream *s, const char *kind)
{
	if (strcmp(s->head.kind, kind))
		die(EX_DATAERR, "%s: is %s%s; expected %s%s", s->name, article(s->head.kind), s->head.kind, article(kind), kind);
}

int
stream_tensor(const struct stream *s, const char *name)
{
	int t = header_find(&s->head, name);

	if (t < 0)
		die(EX_DATAERR, "%s: no tensor %s; tensor-info shows what there is", s->name, name);
	return t;
}

bool
stream_aligned(const struct stream *s)
{
	return kind_aligned(s->head.kind);
}

int64_t
stream_rows(const struct stream *s, int t)
{
	return s->done[t];
}

static bool
as_count(const msgpack_object *o, int64_t *v)
{
	if (!o || o->type != MSGPACK_OBJECT_POSITIVE_INTEGER || o->via.u64 > INT64_MAX)
		return false;
	*v = (int64_t)o->via.u64;
	return true;
}

static void
read_data(struct stream *s)
{
	int64_t t, i0, n;
	const msgpack_object *data = element(s, 4);

	if (!as_count(element(s, 1), &t) || t >= s->head.tensors)
		bad(s, "rows of a tensor that does not exist");
	const struct tensor *x = &s->head.tensor[t];
	if (!as_count(element(s, 2), &i0) || !as_count(element(s, 3), &n) || n == 0 || data->type != MSGPACK_OBJECT_BIN)
		bad(s, "tensor %s: no rows in a data record", x->name);
	if (i0 != s->done[t])
		bad(s, "tensor %s: row %" PRId64 " follows where row %" PRId64 " should", x->name, i0, s->done[t]);
	const int64_t row = (int64_t)tensor_row_size(x);
	if (data->via.bin.size % row || data->via.bin.size / row != n)
		bad(s, "tensor %s: %u bytes for %" PRId64 " rows of %" PRId64 " bytes", x->name, data->via.bin.size, n, row);
	if (x->shape.d[0] >= 0 && n > x->shape.d[0] - i0)
		bad(s, "tensor %s: more rows than the %" PRId64 " in its shape", x->name, x->shape.d[0]);
	s->done[t] += n;
	s->piece = (struct piece){ (int)t, i0, n, data->via.bin.ptr };
	if (s->digest)
		digest_rows(s->digest, (int)t, data->via.bin.ptr, data->via.bin.size);
}

static void
read_rows_of_end(struct stream *s, const msgpack_object *rows)
{
	if (!rows || rows->type != MSGPACK_OBJECT_ARRAY || rows->via.array.size != (uint32_t)s->head.tensors)
		bad(s, "the end does not count the rows of each tensor");
	for (int t = 0; t < s->head.tensors; t++) {
		const struct tensor *x = &s->head.tensor[t];
		int64_t n;
		if (!as_count(&rows->via.array.ptr[t], &n) || n != s->done[t])
			bad(s, "tensor %s: %" PRId64 " rows are there, but the end counts others", x->name, s->done[t]);
		if (x->shape.d[0] >= 0 && n != x->shape.d[0])
			bad(s, "tensor %s: %" PRId64 " rows are there, but its shape says %" PRId64, x->name, n, x->shape.d[0]);
		if (kind_aligned(s->head.kind) && n != s->done[0])
			bad(s, "tensor %s has %" PRId64 " rows, but %s has %" PRId64, x->name, n, s->head.tensor[0].name,
			    s->done[0]);
	}
}

static void
read_id(struct stream *s, const msgpack_object *id)
{
	if (!id || id->type != MSGPACK_OBJECT_STR || (id->via.str.size != ID_DIGITS && id->via.str.size != ID_DIGITS_SHA256))
		bad(s, "the end has no id");
	for (uint32_t i = 0; i < id->via.str.size; i++)
		if (!strchr("0123456789abcdef", id->via.str.ptr[i]) || !id->via.str.ptr[i])
			bad(s, "the id is not in hexadecimal");
	memcpy(s->id, id->via.str.ptr, id->via.str.size);
	s->id[id->via.str.size] = '\0';
}

static void
read_end(struct stream *s, const msgpack_object *map)
{
	int64_t records;

	if (!as_count(lookup(map, "records"), &records) || (uint64_t)records != s->records)
		bad(s, "%" PRIu64 " records are there, but the end counts others", s->records);
	read_rows_of_end(s, lookup(map, "rows"));
	read_id(s, lookup(map, "id"));
	char is[ID_SIZE];
	if (s->digest)
		digest_id(&s->head, s->done, s->digest, strlen(s->id), is);
	if (s->digest && strcmp(is, s->id))
		bad(s, "the contents do not match their id %.12s...; they were changed", s->id);
}

int
stream_labels(const struct stream *s)
{
	const int t = header_find(&s->head, "y");
	char shape[200];

	if (t < 0 || tensor_is_labels(&s->head.tensor[t]))
		return t;
	const struct tensor *y = &s->head.tensor[t];
	die(EX_DATAERR, "%s: y is %s of shape %s; expected u1, one label a row", s->name, dtype_name(y->dtype),
	    shape_text(&y->shape, shape, sizeof shape));
}

enum record
stream_next(struct stream *s)
{
	if (s->state != INSIDE)
		die(EX_SOFTWARE, "%s: read past the end of an object", s->name);
	if (!read_record(s))
		truncated(s);
	if (tag_is(s, "d", 6)) {
		s->records++;
		read_data(s);
		return RECORD_DATA;
	}
	if (tag_is(s, "e", 3)) {
		s->records++;
		meta_free(&s->event);
		if (!meta_from(&s->event, element(s, 1)))
			bad(s, "an event is not a map with distinct keys");
		return RECORD_EVENT;
	}
	if (tag_is(s, "end", 3)) {
		read_end(s, element(s, 1));
		s->state = OUTSIDE;
		return RECORD_END;
	}
	const msgpack_object *tag = element(s, 0);
	if (str_is(tag, "cnn1"))
		bad(s, "a new object begins after %s, before the one before it ended; was that one cut short?", so_far(s));
	bad(s, "unknown record %.*s; is there a newer cnnutils?", (int)tag->via.str.size, tag->via.str.ptr);
}

const struct piece *
stream_piece(const struct stream *s)
{
	return &s->piece;
}

const struct meta *
stream_event(const struct stream *s)
{
	return &s->event;
}

const char *
stream_id(const struct stream *s)
{
	return s->id;
}

/* ---- aligned rows ---- */

size_t
row_size(const struct stream *s, int t)
{
	return tensor_row_size(&s->head.tensor[t]);
}

/* A piece of one tensor waits until the others have come as far. It keeps the reader's buffer, which takes over the one that the
 * tensor had before; but a small piece does not keep a large buffer, and a tiny one, read at once with its head, is not aligned. */
static void
keep_data(struct stream *s, struct pending *q, const char *data, size_t size)
{
	if (size >= s->room / 4 && (uintptr_t)data % ALIGN == 0) {
		const struct pending now = { .data = (char *)s->buf + (data - (const char *)s->buf), .base = s->base, .room = s->room };
		s->base = q->base;
		s->buf = q->base;
		s->room = q->room;
		*q = now;
		return;
	}
	if (size > q->room) {
		q->base = xrealloc(q->base, size, 1);
		q->room = size;
	}
	q->data = memcpy(q->base, data, size);
}

/* At most one piece of a tensor, because the pieces of the same rows follow each other. */
static void
keep(struct stream *s, const struct piece *p)
{
	struct pending *q = &s->pending[p->t];

	if (q->n > 0)
		bad(s, "tensor %s is ahead of the others: its row %" PRId64 " came before row %" PRId64 " of all tensors",
		    s->head.tensor[p->t].name, p->i0, s->next_row);
	keep_data(s, q, p->data, (size_t)p->n * row_size(s, p->t));
	q->from = 0;
	q->n = p->n;
}

/* A tensor without waiting rows gives its buffer back to the reader, so there is one large buffer, not two. */
static void
take_back(struct stream *s)
{
	for (int t = 0; t < s->head.tensors; t++) {
		struct pending *q = &s->pending[t];
		if (q->n > 0 || q->room <= s->room)
			continue;
		const struct pending mine = { .base = s->base, .room = s->room };
		s->base = q->base;
		s->buf = q->base;
		s->room = q->room;
		*q = mine;
	}
}

/* Reads on until each tensor has a row; false at END. */
static bool
gather(struct stream *s)
{
	take_back(s);
	for (int t = 0; t < s->head.tensors;) {
		if (s->pending[t].n > 0) {
			t++;
			continue;
		}
		enum record r = stream_next(s);
		if (r == RECORD_END)
			return false;
		if (r == RECORD_DATA)
			keep(s, &s->piece);
	}
	return s->head.tensors > 0;
}

bool
stream_read(struct stream *s, struct rows *r)
{
	if (!kind_aligned(s->head.kind))
		die(EX_DATAERR, "%s: is %s%s; expected a dataset, predictions or activations", s->name,
		    article(s->head.kind), s->head.kind);
	if (s->state != INSIDE || !gather(s))
		return false;
	size_t most = 1;
	int64_t n = INT64_MAX;
	for (int t = 0; t < s->head.tensors; t++) {
		if (s->pending[t].n < n)
			n = s->pending[t].n;
		if (row_size(s, t) > most)
			most = row_size(s, t);
	}
	if (n > (int64_t)(BLOCK / most))
		n = most < BLOCK ? (int64_t)(BLOCK / most) : 1;
	for (int t = 0; t < s->head.tensors; t++) {
		struct pending *q = &s->pending[t];
		s->row_data[t] = q->data + (size_t)q->from * row_size(s, t);
		q->from += n;
		q->n -= n;
	}
	*r = (struct rows){ s->next_row, n, s->row_data };
	s->next_row += n;
	return true;
}

void
stream_close(struct stream *s)
{
	if (stream_object(s))
		die(EX_DATAERR, "%s: more than one object; expected one", s->name);
	if (s->f != stdin)
		fclose(s->f);
	stream_free(s);
}

void
stream_free(struct stream *s)
{
	forget_object(s);
	header_free(&s->head);
	msgpack_unpacked_destroy(&s->u);
	msgpack_sbuffer_destroy(&s->out);
	free(s->base);
	free(s->name);
	free(s);
}
