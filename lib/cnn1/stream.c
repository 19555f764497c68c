/* Reading a stream: objects and the records in them. record.c reads and checks one record, head.c the first of an object, rows.c
 * the rows of all tensors together; writer.c writes. */
#include "cnn1/stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "cnn1/pack.h"
#include "cnn1/stream_inside.h"
#include "sys/file.h"

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

struct stream *
stream_open(const char *path)
{
	return stream_in(file_in(path), file_name_in(path));
}

void
stream_verify(struct stream *s)
{
	s->verify = true;
}

bool
stream_object(struct stream *s)
{
	while (s->state == INSIDE)
		stream_next(s);
	forget_object(s);
	if (!record_read(s)) {
		if (s->offset == 0)
			stream_truncated(s);
		return false;
	}
	const msgpack_object *tag = record_element(s, 0);
	if (packed_is(tag, "d") || packed_is(tag, "e") || packed_is(tag, "end"))
		stream_bad(s, "a record %.*s outside of any object; the beginning is missing", (int)tag->via.str.size, tag->via.str.ptr);
	if (!record_is(s, "cnn1", 3))
		stream_bad(s, "format %.*s is unknown; this program reads cnn1: is there a newer cnnutils?", (int)tag->via.str.size,
		    tag->via.str.ptr);
	header_from(s, record_element(s, 1));
	stream_start_object(s);
	if (s->verify) /* only the end of the stream shows which of the two ids it has */
		s->digest = digest_start(s->head.tensors, true);
	return true;
}

/* ---- records of an object ---- */

static void
read_data(struct stream *s)
{
	int64_t t, i0, n;
	const msgpack_object *data = record_element(s, 4);

	if (!packed_count(record_element(s, 1), &t) || t >= s->head.tensors)
		stream_bad(s, "rows of a tensor that does not exist");
	const struct tensor *x = &s->head.tensor[t];
	if (!packed_count(record_element(s, 2), &i0) || !packed_count(record_element(s, 3), &n) || n == 0 || data->type != MSGPACK_OBJECT_BIN)
		stream_bad(s, "tensor %s: no rows in a data record", x->name);
	if (i0 != s->done[t])
		stream_bad(s, "tensor %s: row %" PRId64 " follows where row %" PRId64 " should", x->name, i0, s->done[t]);
	const int64_t row = (int64_t)tensor_row_size(x);
	if (data->via.bin.size % row || data->via.bin.size / row != n)
		stream_bad(s, "tensor %s: %u bytes for %" PRId64 " rows of %" PRId64 " bytes", x->name, data->via.bin.size, n, row);
	if (x->shape.d[0] >= 0 && n > x->shape.d[0] - i0)
		stream_bad(s, "tensor %s: more rows than the %" PRId64 " in its shape", x->name, x->shape.d[0]);
	s->done[t] += n;
	s->piece = (struct piece){ (int)t, i0, n, data->via.bin.ptr, s->offset + (uint64_t)(data->via.bin.ptr - (const char *)s->buf) };
	if (s->digest)
		digest_rows(s->digest, (int)t, data->via.bin.ptr, data->via.bin.size);
}

static void
read_rows_of_end(struct stream *s, const msgpack_object *rows)
{
	if (!rows || rows->type != MSGPACK_OBJECT_ARRAY || rows->via.array.size != (uint32_t)s->head.tensors)
		stream_bad(s, "the end does not count the rows of each tensor");
	for (int t = 0; t < s->head.tensors; t++) {
		const struct tensor *x = &s->head.tensor[t];
		int64_t n;
		if (!packed_count(&rows->via.array.ptr[t], &n) || n != s->done[t])
			stream_bad(s, "tensor %s: %" PRId64 " rows are there, but the end counts others", x->name, s->done[t]);
		if (x->shape.d[0] >= 0 && n != x->shape.d[0])
			stream_bad(s, "tensor %s: %" PRId64 " rows are there, but its shape says %" PRId64, x->name, n, x->shape.d[0]);
		if (kind_aligned(s->head.kind) && n != s->done[0])
			stream_bad(s, "tensor %s has %" PRId64 " rows, but %s has %" PRId64, x->name, n, s->head.tensor[0].name,
			    s->done[0]);
	}
}

static void
read_id(struct stream *s, const msgpack_object *id)
{
	if (!id || id->type != MSGPACK_OBJECT_STR || (id->via.str.size != ID_DIGITS && id->via.str.size != ID_DIGITS_SHA256))
		stream_bad(s, "the end has no id");
	for (uint32_t i = 0; i < id->via.str.size; i++)
		if (!strchr("0123456789abcdef", id->via.str.ptr[i]) || !id->via.str.ptr[i])
			stream_bad(s, "the id is not in hexadecimal");
	memcpy(s->id, id->via.str.ptr, id->via.str.size);
	s->id[id->via.str.size] = '\0';
}

static void
read_end(struct stream *s, const msgpack_object *map)
{
	int64_t records;

	if (!packed_count(packed_lookup(map, "records"), &records) || (uint64_t)records != s->records)
		stream_bad(s, "%" PRIu64 " records are there, but the end counts others", s->records);
	read_rows_of_end(s, packed_lookup(map, "rows"));
	read_id(s, packed_lookup(map, "id"));
	char is[ID_SIZE];
	if (s->digest)
		digest_id(&s->head, s->done, s->digest, strlen(s->id), is);
	if (s->digest && strcmp(is, s->id))
		stream_bad(s, "the contents do not match their id %.12s...; they were changed", s->id);
}

enum record
stream_next(struct stream *s)
{
	if (s->state != INSIDE)
		die(EX_SOFTWARE, "%s: read past the end of an object", s->name);
	if (!record_read(s))
		stream_truncated(s);
	if (record_is(s, "d", 6)) {
		s->records++;
		read_data(s);
		return RECORD_DATA;
	}
	if (record_is(s, "e", 3)) {
		s->records++;
		meta_free(&s->event);
		if (!meta_from(&s->event, record_element(s, 1)))
			stream_bad(s, "an event is not a map with distinct keys");
		return RECORD_EVENT;
	}
	if (record_is(s, "end", 3)) {
		read_end(s, record_element(s, 1));
		s->state = OUTSIDE;
		return RECORD_END;
	}
	const msgpack_object *tag = record_element(s, 0);
	if (packed_is(tag, "cnn1"))
		stream_bad(s, "a new object begins after %s, before the one before it ended; was that one cut short?", stream_so_far(s));
	stream_bad(s, "unknown record %.*s; is there a newer cnnutils?", (int)tag->via.str.size, tag->via.str.ptr);
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

/* ---- what a stream is and has ---- */

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

int64_t
stream_rows(const struct stream *s, int t)
{
	return s->done[t];
}

bool
stream_aligned(const struct stream *s)
{
	return kind_aligned(s->head.kind);
}

size_t
row_size(const struct stream *s, int t)
{
	return tensor_row_size(&s->head.tensor[t]);
}

const char *
kind_article(const char *kind)
{
	return !strcmp(kind, "dataset") || !strcmp(kind, "model") ? "a " : "";
}

void
stream_expect(const struct stream *s, const char *kind)
{
	if (strcmp(s->head.kind, kind))
		die(EX_DATAERR, "%s: is %s%s; expected %s%s", s->name, kind_article(s->head.kind), s->head.kind, kind_article(kind), kind);
}

int
stream_tensor(const struct stream *s, const char *name)
{
	int t = header_find(&s->head, name);

	if (t < 0)
		die(EX_DATAERR, "%s: no tensor %s; tensor-info shows what there is", s->name, name);
	return t;
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
