/* cnn1 streams (cnn1(5)): HEAD (DATA | EVENT)... END, checked record by record. Every error dies with EX_DATAERR and names the
 * stream, the place (byte offset, rows so far) and what to do; I/O errors die with EX_IOERR. */
#ifndef CNN1_STREAM_H
#define CNN1_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/opt.h"
#include "base/shape.h"
#include "cnn1/events.h"
#include "cnn1/meta.h"

enum { TENSOR_NAME_MAX = 255, TENSORS_MAX = 4096, ID_SIZE = 65, KIND_MAX = 15 };

struct tensor {
	char name[TENSOR_NAME_MAX + 1];
	enum dtype dtype;
	struct shape shape; /* d[0]: rows; -1 when not yet known */
};

/* Bytes of a row. */
size_t tensor_row_size(const struct tensor *t);
/* Labels are u1, one a row. */
bool tensor_is_labels(const struct tensor *t);

struct header {
	char kind[KIND_MAX + 1]; /* "dataset" "predictions" "activations" "model" "tensors" */
	int tensors;
	struct tensor *tensor;
	struct meta meta;
	int made;           /* made_by, oldest first */
	struct meta *made_by;
	struct meta other;  /* keys of the head that we do not know: kept and passed on */
};

/* Datasets, predictions and activations: the same rows in all tensors. */
bool kind_aligned(const char *kind);
void header_copy(struct header *to, const struct header *from);
void header_free(struct header *h);
void header_forget_made(struct header *h); /* leaves no made_by: where all numbers are replaced */
/* 1 to TENSOR_NAME_MAX bytes of printable UTF-8, no / in front, no .. between: names become file names elsewhere. */
bool tensor_name_fits(const char *p, size_t n);
/* Appends a tensor (rows first); returns its index. rows -1: not yet known. Dies (EX_DATAERR) on a name that does not fit. */
int header_add(struct header *h, const char *name, enum dtype dtype, const struct shape *shape);
int header_find(const struct header *h, const char *name); /* -1: none */
/* Appends to made_by: this program, its version, the options that have a nature and differ from nothing (all of them, with
 * their values), seed and arithmetic (compute.h) where not NULL, and the ids of inputs that were read whole before. */
void header_made(struct header *h, const struct opt *opts, const uint64_t *seed, const char *arithmetic, int inputs,
                 const char *const *ids);

/* For a result that is written only after hours: dies now (EX_DATAERR) where stream_out would, as h does not fit a record. */
void header_check_out(const struct header *h, const char *name);

/* ---- reading ---- */
struct stream;

enum record { RECORD_DATA, RECORD_EVENT, RECORD_END };
struct piece {
	int t;             /* which tensor */
	int64_t i0, n;     /* rows i0..i0+n-1 */
	const void *data;  /* unaligned; valid until the next call on the stream */
	uint64_t at;       /* the byte of the input where they lie */
};

/* Starts reading. A terminal is refused (EX_USAGE). */
struct stream *stream_in(FILE *f, const char *name);
/* The same of an operand, as file_in opens it. */
struct stream *stream_open(const char *path);
/* Goes to the next object; false at the end of the input. Skips and checks the rest of the current one. Must be called
 * before anything else: while (stream_object(s)) ... Dies on an empty input ("<stdin>: empty input; did the program before it
 * fail?"). */
bool stream_object(struct stream *s);
const struct header *stream_header(const struct stream *s);
const char *stream_name(const struct stream *s);
/* Dies unless the object is of this kind ("x.cnn: is a model; expected a dataset"). */
void stream_expect(const struct stream *s, const char *kind);
/* A dataset, predictions or activations: the same rows in all tensors, for stream_read. */
bool stream_aligned(const struct stream *s);
/* Index of a tensor, or dies naming it. */
int stream_tensor(const struct stream *s, const char *name);
/* Index of the labels y, -1: none. Dies (EX_DATAERR) if y is not a tensor of labels. */
int stream_labels(const struct stream *s);
/* The next record; after RECORD_END the object is over. */
enum record stream_next(struct stream *s);
const struct piece *stream_piece(const struct stream *s); /* after RECORD_DATA */
const struct meta *stream_event(const struct stream *s);  /* after RECORD_EVENT */
/* Rows of tensor t read so far: all of them after RECORD_END. */
int64_t stream_rows(const struct stream *s, int t);
/* From the next object on: checks the contents against the id, which costs a SHA-256 of everything (0.1.0's id). Dies when
 * they differ. */
void stream_verify(struct stream *s);
const char *stream_id(const struct stream *s);            /* after RECORD_END (reading), stream_end (writing): hex digits */

/* Aligned rows: datasets, predictions and activations have the same rows in all their tensors. */
struct rows {
	int64_t i0, n;
	void **data;  /* one array a tensor, n rows each; aligned, the reader's, may be changed in place when sizes allow */
};
/* The next rows of all tensors (as many as follow each other in the file); false at END. Events are skipped. Dies when
 * tensors differ in rows. */
bool stream_read(struct stream *s, struct rows *r);
/* Reads (checking) the current object to its end, and closes; dies if a further object follows. */
void stream_close(struct stream *s);

/* ---- writing ---- */
struct stream *stream_out(FILE *f, const char *name, const struct header *h);
/* The next n rows of tensor t. Pieces are cut at about 1 MiB, always at the same rows, for any number of rows in a call: the
 * same contents give the same bytes. In datasets, predictions and activations the pieces of the same rows follow each other, so
 * rows of a tensor that is ahead of the others are kept in memory: give the tensors in turn. */
void stream_put(struct stream *s, int t, int64_t n, const void *data);
/* Room for the next n rows of tensor t, after those that wait: rows made there are not copied when they are given to
 * stream_put or stream_write. */
void *stream_room(struct stream *s, int t, int64_t n);
/* The next n rows of all tensors. */
void stream_write(struct stream *s, const struct rows *r);
void stream_put_event(struct stream *s, const struct meta *event);
void stream_put_events(struct stream *s, const struct events *events);
/* Writes END, then file_done(): the result is complete on disk or the program has died. `s` stays readable for stream_id. */
void stream_end(struct stream *s);
/* Ends the object but leaves the file open, for a further one, or for file_done(). END is written by either: a program that fails
 * before, say as what follows in its input is damaged, never ends its stream. */
void stream_end_object(struct stream *s);
void stream_free(struct stream *s);

#endif
