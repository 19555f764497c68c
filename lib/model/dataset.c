#include "model/dataset.h"

#include <math.h>
#include <nettle/sha2.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/die.h"
#include "base/par.h"
#include "kern/kern.h"
#include "model/first.h"
#include "model/streamed.h"
#include "sys/file.h"

enum { LOOK = 1 << 15 }; /* numbers of a thread's turn */

void
dataset_about(const struct stream *s, struct about *a)
{
	const struct header *h = stream_header(s);
	const char *name = stream_name(s);
	char shape[200];

	stream_expect(s, "dataset");
	const struct tensor *x = &h->tensor[stream_tensor(s, "x")];
	if (x->dtype != DT_U1 && x->dtype != DT_F4)
		die(EX_DATAERR, "%s: x is %s; a dataset holds u1 or f4", name, dtype_name(x->dtype));
	if (x->shape.n < 2 || shape_count(&x->shape, 1) <= 0)
		die(EX_DATAERR, "%s: x has shape %s; expected rows of at least one number", name,
		    shape_text(&x->shape, shape, sizeof shape));
	about_from_meta(name, &h->meta, a);
	const int labels = stream_labels(s);
	if (labels < 0)
		return;
	if (x->shape.d[0] != h->tensor[labels].shape.d[0])
		die(EX_DATAERR, "%s: x and y have different numbers of rows", name);
	if (a->classes.n < 1)
		die(EX_DATAERR, "%s: its header names no classes", name);
}

void
dataset_check_labels(const char *name, const struct about *a, int64_t i0, int64_t n, const uint8_t *y)
{
	for (int64_t i = 0; i < n; i++)
		if (y[i] >= a->classes.n)
			die(EX_DATAERR, "%s: row %lld: label %d is out of range; there are %d classes", name,
			    (long long)(i0 + i), y[i], a->classes.n);
}

/* Rows x (n, numbers) that all threads look at, so many at a time. */
struct look {
	int64_t n, numbers, some;
	const float *x;
	atomic_bool bad;
};

static bool
all_finite(const struct look *l, int64_t from, int64_t n)
{
	return kern->largest((size_t)(n * l->numbers), l->x + from * l->numbers) < INFINITY;
}

static void
look_at_some(int piece, int worker, void *ctx)
{
	struct look *l = ctx;
	const int64_t from = piece * l->some, left = l->n - from;

	(void)worker;
	if (!all_finite(l, from, left < l->some ? left : l->some))
		atomic_store(&l->bad, true);
}

void
dataset_check_finite(const char *name, int64_t i0, int64_t n, int64_t numbers, const float *x)
{
	struct look l = { .n = n, .numbers = numbers, .some = numbers < LOOK ? LOOK / numbers : 1, .x = x };

	par_for((int)((n + l.some - 1) / l.some), look_at_some, &l);
	for (int64_t i = 0; atomic_load(&l.bad) && i < n; i++)
		if (!all_finite(&l, i, 1))
			die(EX_DATAERR, "%s: row %lld: x is not finite", name, (long long)(i0 + i));
}

/* Room at once for all rows that the rest of a file can hold; where that is not known, or too much, room grows with what is
 * received. */
static void
reserve_all(struct dataset *d, const struct header *h, int64_t *room, size_t row, off_t bytes)
{
	size_t whole = 0; /* a row of all tensors */

	for (int t = 0; t < h->tensors; t++)
		whole += tensor_row_size(&h->tensor[t]);
	const size_t rows = (size_t)bytes / whole;
	d->x = rows ? arena_pages(rows * row) : NULL;
	d->y = d->x ? malloc(rows) : NULL;
	if (d->y) {
		*room = (int64_t)rows;
		return;
	}
	free(d->x);
	d->x = NULL;
}

/* Room for n rows, never more than twice what has been received. */
static void
reserve(struct dataset *d, int64_t n, int64_t *room, size_t row)
{
	if (n <= *room)
		return;
	*room = n > 2 * *room ? n : 2 * *room;
	d->x = xrealloc(d->x, (size_t)*room, row);
	d->y = xrealloc(d->y, (size_t)*room, 1);
}

/* The first object says what the dataset is; the others must be the same. */
static void
check_object(const struct stream *s, struct dataset *d, struct first *first)
{
	static const char *const both[] = { "x", "y", NULL };
	struct about a = { 0 };

	dataset_about(s, &a);
	stream_tensor(s, "y");
	const struct tensor *x = &stream_header(s)->tensor[stream_tensor(s, "x")];
	first_like(first, s, &a, both);
	d->sample = shape_rest(&x->shape, 1);
	d->dtype = x->dtype;
	d->classes = first->about.classes.n;
}

static void
load_rows(struct stream *s, struct dataset *d, const struct about *a, int64_t *room, FILE *f)
{
	int x = stream_tensor(s, "x"), y = stream_tensor(s, "y");
	int64_t numbers = shape_count(&d->sample, 0);
	size_t row = (size_t)numbers * dtype_size(d->dtype);
	struct rows r;

	if (!d->x)
		reserve_all(d, stream_header(s), room, row, file_left(f));
	while (stream_read(s, &r)) {
		reserve(d, d->n + r.n, room, row);
		memcpy((char *)d->x + (size_t)d->n * row, r.data[x], (size_t)r.n * row);
		memcpy(d->y + d->n, r.data[y], (size_t)r.n);
		dataset_check_labels(stream_name(s), a, d->n, r.n, d->y + d->n);
		if (d->dtype == DT_F4)
			dataset_check_finite(stream_name(s), d->n, r.n, numbers, (float *)d->x + d->n * numbers);
		d->n += r.n;
	}
}

static void
reserve_labels(struct dataset *d, int64_t n, int64_t *room)
{
	if (n <= *room)
		return;
	*room = n > 2 * *room ? n : 2 * *room;
	d->y = xrealloc(d->y, (size_t)*room, 1);
}

/* A piece lies in the stream's memory as it happens to. */
static void
check_piece(const struct stream *s, const struct dataset *d, const struct piece *p, int64_t numbers)
{
	if (d->dtype != DT_F4)
		return;
	const size_t bytes = (size_t)(p->n * numbers) * sizeof(float);
	float *const x = memcpy(xcalloc(bytes, 1), p->data, bytes);
	dataset_check_finite(stream_name(s), d->n, p->n, numbers, x);
	free(x);
}

/* Labels into memory, and of x only where it lies. */
static void
load_places(struct stream *s, struct dataset *d, const struct about *a, int64_t *room)
{
	const int x = stream_tensor(s, "x"), y = stream_tensor(s, "y");
	const int64_t numbers = shape_count(&d->sample, 0);
	int64_t labels = d->n;
	enum record r;

	while ((r = stream_next(s)) != RECORD_END) {
		const struct piece *p = stream_piece(s);
		if (r == RECORD_DATA && p->t == x) {
			streamed_piece(d, p);
			check_piece(s, d, p, numbers);
			d->n += p->n;
		} else if (r == RECORD_DATA && p->t == y) {
			reserve_labels(d, labels + p->n, room);
			memcpy(d->y + labels, p->data, (size_t)p->n);
			dataset_check_labels(stream_name(s), a, labels, p->n, d->y + labels);
			labels += p->n;
		}
	}
}

/* One object: its own id. Several: SHA-256 over their ids, so that checkpoints of 0.1.0 know such files again. */
static void
join_ids(struct sha256_ctx *ids, int objects, const char *last, char id[ID_SIZE])
{
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(ids, sizeof digest, digest);
	if (objects == 1)
		snprintf(id, ID_SIZE, "%s", last);
	else
		for (size_t i = 0; i < sizeof digest; i++)
			snprintf(id + 2 * i, 3, "%02x", digest[i]);
}

void
dataset_load(const char *path, bool stays, struct dataset *d, struct about *a)
{
	FILE *f = file_in(path);
	struct stream *s = stream_in(f, file_name_in(path));
	struct sha256_ctx ids;
	struct first first = { 0 };
	int objects = 0;
	int64_t room = 0;
	char last[ID_SIZE] = "";

	memset(d, 0, sizeof *d);
	if (stays)
		streamed_open(path, d);
	sha256_init(&ids);
	while (stream_object(s)) {
		check_object(s, d, &first);
		if (stays)
			load_places(s, d, &first.about, &room);
		else
			load_rows(s, d, &first.about, &room, f);
		objects++;
		snprintf(last, sizeof last, "%s", stream_id(s));
		sha256_update(&ids, strlen(last), (const uint8_t *)last);
	}
	if (d->n == 0)
		die(EX_DATAERR, "%s: has no rows", stream_name(s));
	*a = first.about;
	join_ids(&ids, objects, last, a->id);
	header_free(&first.head);
	stream_close(s);
}

void
dataset_free(struct dataset *d)
{
	streamed_close(d);
	free(d->x);
	free(d->y);
	*d = (struct dataset){ 0 };
}
