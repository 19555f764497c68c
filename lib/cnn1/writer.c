/* Writing cnn1 streams */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/die.h"
#include "cnn1/pack.h"
#include "cnn1/stream_inside.h"
#include "sys/file.h"

enum { PIECE = 1 << 20 };

/* ---- records: begin, pack, close ---- */

static void
record_begin(struct stream *s, size_t elements, const char *tag)
{
	msgpack_sbuffer_clear(&s->out);
	msgpack_pack_array(&s->pk, elements);
	pack_text(&s->pk, tag);
	s->records++;
}

struct crc_element {
	uint8_t byte[SCAN_CRC];
};

static struct crc_element
crc_element(uint32_t crc)
{
	return (struct crc_element){ { 0xc4, 4, (uint8_t)crc, (uint8_t)(crc >> 8), (uint8_t)(crc >> 16), (uint8_t)(crc >> 24) } };
}

/* A model keeps a note of every program it went through, so that a very long chain comes here. */
static void
check_size(const msgpack_sbuffer *record, const char *name)
{
	if (record->size > SCAN_TEXT - SCAN_CRC)
		die(EX_DATAERR, "%s: cannot write: names and descriptions of more than 1 MiB; npy-tensor --like gives weights a new "
		    "description", name);
}

/* Appends the CRC to a packed record. */
static void
record_seal(struct stream *s)
{
	const struct crc_element end = crc_element(digest_crc(s->out.data, s->out.size, NULL, 0));

	check_size(&s->out, s->name);
	pack_raw(&s->pk, end.byte, sizeof end.byte);
}

static void
record_close(struct stream *s)
{
	record_seal(s);
	file_write(s->f, s->out.data, s->out.size);
}

/* What was packed, then rows of this CRC that need no copy, then the CRC of both. */
static void
record_close_rows(struct stream *s, const void *data, size_t size, uint32_t data_crc)
{
	const uint32_t crc = digest_crc(s->out.data, s->out.size, NULL, 0);
	const struct crc_element end = crc_element((uint32_t)crc32_combine(crc, data_crc, (z_off_t)size));

	file_write(s->f, s->out.data, s->out.size);
	file_write(s->f, data, size);
	file_write(s->f, end.byte, sizeof end.byte);
}

/* The first record but for its CRC. */
static void
pack_head(msgpack_packer *pk, const struct header *h)
{
	msgpack_pack_array(pk, 3);
	pack_text(pk, "cnn1");
	msgpack_pack_map(pk, 4 + (size_t)h->other.n);
	pack_text(pk, "kind");
	pack_text(pk, h->kind);
	pack_text(pk, "tensors");
	msgpack_pack_array(pk, (size_t)h->tensors);
	for (int i = 0; i < h->tensors; i++) {
		const struct tensor *t = &h->tensor[i];
		msgpack_pack_map(pk, 3);
		pack_text(pk, "name");
		pack_text(pk, t->name);
		pack_text(pk, "dtype");
		pack_text(pk, dtype_name(t->dtype));
		pack_text(pk, "shape");
		msgpack_pack_array(pk, (size_t)t->shape.n);
		for (int k = 0; k < t->shape.n; k++)
			if (t->shape.d[k] < 0)
				msgpack_pack_nil(pk);
			else
				msgpack_pack_int64(pk, t->shape.d[k]);
	}
	pack_text(pk, "meta");
	meta_pack(&h->meta, pk);
	pack_text(pk, "made_by");
	msgpack_pack_array(pk, (size_t)h->made);
	for (int i = 0; i < h->made; i++)
		meta_pack(&h->made_by[i], pk);
	for (int i = 0; i < h->other.n; i++) {
		pack_text(pk, h->other.entry[i].key);
		pack_raw(pk, h->other.entry[i].raw, h->other.entry[i].size);
	}
}

static void
put_head(struct stream *s)
{
	msgpack_sbuffer_clear(&s->out);
	pack_head(&s->pk, &s->head);
	s->records++;
	record_close(s);
}

void
header_check_out(const struct header *h, const char *name)
{
	msgpack_packer pk;
	msgpack_sbuffer buf;

	pack_start(&pk, &buf);
	pack_head(&pk, h);
	check_size(&buf, name);
	msgpack_sbuffer_destroy(&buf);
}

static void
put_rows(struct stream *s, int t, int64_t n, const char *data)
{
	size_t size = (size_t)n * row_size(s, t);

	record_begin(s, 6, "d");
	msgpack_pack_int(&s->pk, t);
	msgpack_pack_int64(&s->pk, s->done[t]);
	msgpack_pack_int64(&s->pk, n);
	msgpack_pack_bin(&s->pk, size);
	record_close_rows(s, data, size, digest_crc(data, size, s->digest, t));
	s->done[t] += n;
}

/* ---- cutting ---- */

static int64_t
rows_of_piece(size_t row)
{
	return row < PIECE ? (int64_t)(PIECE / row) : 1;
}

static void
put_pending(struct stream *s, int t, int64_t n)
{
	struct pending *q = &s->pending[t];

	put_rows(s, t, n, q->data + (size_t)q->from * row_size(s, t));
	q->from += n;
	q->n -= n;
	if (q->n == 0)
		q->from = 0;
}

/* Aligned kinds: writes full pieces of all tensors while there are some; at the end also what is left. */
static void
put_aligned(struct stream *s, bool all)
{
	for (;;) {
		int64_t n = s->piece_rows;
		for (int t = 0; t < s->head.tensors; t++)
			if (s->pending[t].n < n)
				n = s->pending[t].n;
		if (n == 0 || (n < s->piece_rows && !all))
			return;
		for (int t = 0; t < s->head.tensors; t++)
			put_pending(s, t, n);
	}
}

static void
flush(struct stream *s)
{
	if (kind_aligned(s->head.kind))
		put_aligned(s, true);
	else if (s->open >= 0 && s->pending[s->open].n > 0)
		put_pending(s, s->open, s->pending[s->open].n);
	s->open = -1;
}

void *
stream_room(struct stream *s, int t, int64_t n)
{
	struct pending *q = &s->pending[t];
	size_t row = row_size(s, t), used = (size_t)q->n * row;

	if (q->from > 0)
		memmove(q->data, q->data + (size_t)q->from * row, used);
	q->from = 0;
	if (used + (size_t)n * row > q->room) {
		q->room = 2 * (used + (size_t)n * row);
		q->data = q->base = xrealloc(q->base, q->room, 1);
	}
	return q->data + used;
}

static void
append(struct stream *s, int t, int64_t n, const void *data)
{
	const struct pending *q = &s->pending[t];
	const size_t row = row_size(s, t);
	/* in stream_room already? */
	const bool there = q->data && data == q->data + (size_t)(q->from + q->n) * row;

	if (n > 0 && !there)
		memcpy(stream_room(s, t, n), data, (size_t)n * row);
	s->pending[t].n += n;
}

void
stream_put(struct stream *s, int t, int64_t n, const void *data)
{
	const size_t row = row_size(s, t);

	if (kind_aligned(s->head.kind)) {
		append(s, t, n, data);
		put_aligned(s, false);
		return;
	}
	if (s->open != t)
		flush(s);
	s->open = t;
	const int64_t piece = rows_of_piece(row);
	for (const char *p = data; n > 0;) {
		const int64_t room = piece - s->pending[t].n, some = n < room ? n : room;
		if (some == piece)
			put_rows(s, t, piece, p);
		else
			append(s, t, some, p);
		if (s->pending[t].n == piece)
			put_pending(s, t, piece);
		p += (size_t)some * row;
		n -= some;
	}
}

static bool
waiting(const struct stream *s)
{
	for (int t = 0; t < s->head.tensors; t++)
		if (s->pending[t].n > 0)
			return true;
	return false;
}

/* Where nothing waits, whole pieces are written from the caller's memory. */
static void
write_aligned(struct stream *s, const struct rows *r)
{
	const int64_t piece = s->piece_rows, whole = waiting(s) ? 0 : r->n - r->n % piece;

	for (int64_t i = 0; i < whole; i += piece)
		for (int t = 0; t < s->head.tensors; t++)
			put_rows(s, t, piece, (const char *)r->data[t] + (size_t)i * row_size(s, t));
	for (int t = 0; t < s->head.tensors; t++)
		append(s, t, r->n - whole, (const char *)r->data[t] + (size_t)whole * row_size(s, t));
	put_aligned(s, false);
}

void
stream_write(struct stream *s, const struct rows *r)
{
	if (kind_aligned(s->head.kind)) {
		write_aligned(s, r);
		return;
	}
	for (int64_t i = 0, n; i < r->n; i += n) {
		n = s->piece_rows < r->n - i ? s->piece_rows : r->n - i;
		for (int t = 0; t < s->head.tensors; t++)
			stream_put(s, t, n, (const char *)r->data[t] + (size_t)i * row_size(s, t));
	}
}

void
stream_put_event(struct stream *s, const struct meta *event)
{
	flush(s);
	record_begin(s, 3, "e");
	meta_pack(event, &s->pk);
	record_close(s);
}

void
stream_put_events(struct stream *s, const struct events *events)
{
	struct meta event;

	for (int i = 0; i < events->n; i++) {
		events_get(events, i, &event);
		stream_put_event(s, &event);
		meta_free(&event);
	}
}

/* ---- objects ---- */

struct stream *
stream_out(FILE *f, const char *name, const struct header *h)
{
	struct stream *s = xcalloc(1, sizeof *s);

	s->f = f;
	s->name = xstrdup(name);
	header_copy(&s->head, h);
	pack_start(&s->pk, &s->out);
	stream_start_object(s);
	s->digest = digest_start(s->head.tensors, false);
	s->records = 0;
	s->open = -1;
	size_t most = 1;
	for (int t = 0; t < s->head.tensors; t++) {
		size_t row = row_size(s, t);
		if (row == 0 || row > SCAN_BIN)
			die(EX_DATAERR, "%s: tensor %s: a row of %zu bytes; a stream holds rows of 1 byte to 16 MiB", name,
			    s->head.tensor[t].name, row);
		if (row > most)
			most = row;
	}
	s->piece_rows = rows_of_piece(most);
	put_head(s);
	return s;
}

/* Rows that differ from the header's are our mistake: the reader would refuse them. */
static void
check_rows(const struct stream *s)
{
	for (int t = 0; t < s->head.tensors; t++) {
		const struct tensor *x = &s->head.tensor[t];
		bool uneven = kind_aligned(s->head.kind) && (s->done[t] != s->done[0] || s->pending[t].n > 0);
		if (uneven || (x->shape.d[0] >= 0 && x->shape.d[0] != s->done[t]))
			die(EX_SOFTWARE, "%s: tensor %s: wrote %lld rows, announced %lld", s->name, x->name,
			    (long long)s->done[t], (long long)x->shape.d[0]);
	}
}

void
stream_end_object(struct stream *s)
{
	flush(s);
	check_rows(s);
	digest_id(&s->head, s->done, s->digest, ID_DIGITS, s->id);
	uint64_t records = s->records;
	record_begin(s, 3, "end");
	msgpack_pack_map(&s->pk, 3);
	pack_text(&s->pk, "records");
	msgpack_pack_uint64(&s->pk, records);
	pack_text(&s->pk, "rows");
	msgpack_pack_array(&s->pk, (size_t)s->head.tensors);
	for (int t = 0; t < s->head.tensors; t++)
		msgpack_pack_int64(&s->pk, s->done[t]);
	pack_text(&s->pk, "id");
	pack_text(&s->pk, s->id);
	record_seal(s);
	file_write_last(s->f, s->out.data, s->out.size);
	s->state = OUTSIDE;
}

void
stream_end(struct stream *s)
{
	stream_end_object(s);
	file_done(s->f);
}
