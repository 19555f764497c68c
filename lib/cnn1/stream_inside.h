/* What the files of the reader (stream.c, record.c, head.c, rows.c) and the writer (writer.c) of a stream share. */
#ifndef CNN1_STREAM_INSIDE_H
#define CNN1_STREAM_INSIDE_H

#include "cnn1/digest.h"
#include "cnn1/scan.h"
#include "cnn1/stream.h"

/* Rows of one tensor that wait: reading, until the other tensors have come as far; writing, until a piece is full. */
struct pending {
	char *data;
	void *base;      /* what to free: data lies in it */
	size_t room;
	int64_t from, n; /* rows from..from+n-1 of data */
};

struct stream {
	FILE *f;
	char *name;
	struct header head;
	enum { OUTSIDE, INSIDE } state; /* of an object */
	int64_t *done;                  /* rows of each tensor read or written */
	struct digest *digest;          /* of the contents; NULL: reading without stream_verify */
	struct pending *pending;
	uint64_t records;               /* of this object */
	char id[ID_SIZE];

	/* reading */
	void *base;                     /* a buffer of `room` bytes ... */
	uint8_t *buf;                   /* ... with the current record: `have` bytes, from byte `offset` of the stream */
	size_t have, room;
	uint64_t offset, all_records;
	struct scan scan;
	msgpack_unpacked u;
	struct piece piece;
	struct meta event;
	void **row_data;
	int64_t next_row;
	bool verify;

	/* writing */
	msgpack_sbuffer out;            /* the head of a record, or all of it */
	msgpack_packer pk;
	int64_t piece_rows;             /* kinds with aligned rows: rows of a full piece of every tensor */
	int open;                       /* other kinds: the tensor whose rows wait; -1: none */
};

enum { ALIGN = 16 }; /* rows lie at multiples of it in the reader's buffer */

size_t row_size(const struct stream *s, int t);
void stream_start_object(struct stream *s);

/* Reads the next record, checks it and decodes it into s->u; false at the end of the input, between records. */
bool record_read(struct stream *s);
/* Is it a record of this tag? Dies if it is one with another number of elements. */
bool record_is(const struct stream *s, const char *tag, uint32_t elements);
const msgpack_object *record_element(const struct stream *s, uint32_t i);
/* Fills s->head from the map of the first record. */
void header_from(struct stream *s, const msgpack_object *map);

/* "12 rows", or "3 records" where rows would mislead: tensors of a model have rows of their own. */
const char *stream_so_far(const struct stream *s);
const char *kind_article(const char *kind); /* "a ", or nothing */
_Noreturn void stream_truncated(const struct stream *s);
/* The record that was just read says something that cannot be. */
_Noreturn void stream_bad(const struct stream *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
