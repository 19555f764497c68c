/* Reading aligned rows: the same rows of all tensors at once */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "cnn1/stream_inside.h"

enum { BLOCK = 1 << 20 };

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
		stream_bad(s, "tensor %s is ahead of the others: its row %" PRId64 " came before row %" PRId64 " of all tensors",
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
		    kind_article(s->head.kind), s->head.kind);
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
