/* What the reader (stream.c) and the writer (writer.c) of a stream share. */
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

size_t row_size(const struct stream *s, int t);
void stream_start_object(struct stream *s);

#endif
