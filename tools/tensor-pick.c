/* tensor-pick: rows, columns, tensors, classes or a random sample of a stream */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/rng.h"
#include "cnn1/stream.h"
#include "model/dataset.h"
#include "sys/file.h"
#include "sys/ranges.h"

static const char *rows_text, *columns_text, *tensors_text, *classes_text, *relabel_text, *output;
static int64_t sample = -1;
static uint64_t seed = 1;

static const struct opt opts[] = {
	{ 'r', "rows", OPT_TEXT, &rows_text, "RANGES", "these rows, as in 0:10,15", 0, 0, "data" },
	{ 'c', "columns", OPT_TEXT, &columns_text, "RANGES", "these elements of the last dimension", 0, 0, "data" },
	{ 't', "tensors", OPT_TEXT, &tensors_text, "NAME,...", "these tensors", 0, 0, "data" },
	{ 'k', "classes", OPT_TEXT, &classes_text, "CLASS,...", "rows of these classes, by name or number", 0, 0, "data" },
	{ 'l', "relabel", OPT_TEXT, &relabel_text, "CLASS,...", "the same, and number these classes anew, in this order", 0, 0, "data" },
	{ 'n', "sample", OPT_INT, &sample, "N", "N random rows of those, in their order", 0, 1e15, "data" },
	{ 's', "seed", OPT_SEED, &seed, "SEED", "seed of the sample (1)", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

static struct ranges rows, columns;

/* What is picked of one object. */
struct pick {
	struct header head;      /* of the result */
	int *to;                 /* input tensor -> output tensor, -1: left out */
	int y;                   /* tensor of labels, when classes are picked */
	int label[CLASSES_MAX];  /* of a class picked, in the result; -1: left out */
	struct classes classes;  /* of the result, with --relabel */
	char **data;             /* rows of an output tensor: one, or with --sample all that were drawn so far */
};

/* ---- which tensors, columns, classes ---- */

static void
parse_ranges(struct ranges *r, const char *option, const char *value)
{
	if (value && !ranges_parse(r, value))
		die(EX_USAGE, "--%s %.100s: expected ranges as in 0:10,15 (10 is not included)", option, value);
}

/* What is picked of one object, and what is known of it. */
struct wish {
	const struct stream *in;
	struct about about;
	struct pick *p;
	int classes; /* so far */
};

/* Calls each() for every item of a comma-separated list. */
static void
for_list(const char *list, void (*each)(const char *item, struct wish *w), struct wish *w)
{
	char *copy = xstrdup(list), *rest = copy, *item;

	while ((item = strsep(&rest, ",")))
		each(item, w);
	free(copy);
}

static void
want_tensor(const char *name, struct wish *w)
{
	w->p->to[stream_tensor(w->in, name)] = 0;
}

static void
want_class(const char *word, struct wish *w)
{
	const int n = w->about.classes.n;
	int found = 0;
	const char *why = class_find(word, n, w->about.classes.name, n ? n : CLASSES_MAX, &found);

	if (why)
		die(EX_DATAERR, "%s: %s; tensor-info shows what there is", stream_name(w->in), why);
	if (!relabel_text) {
		w->p->label[found] = found;
		return;
	}
	if (w->p->label[found] >= 0)
		die(EX_USAGE, "--relabel %.100s: class %s comes twice", relabel_text, word);
	w->p->label[found] = w->classes;
	w->p->classes.name[w->classes++] = n ? xstrdup(w->about.classes.name[found]) : NULL;
	w->p->classes.n = n ? w->classes : 0;
}

static void
plan_classes(const struct stream *in, struct pick *p)
{
	struct wish w = { .in = in, .p = p };

	if (relabel_text && !strcmp(p->head.kind, "predictions"))
		die(EX_DATAERR, "%s: holds probabilities of all its classes; --relabel takes datasets and activations", stream_name(in));
	for (int c = 0; c < CLASSES_MAX; c++)
		p->label[c] = -1;
	stream_tensor(in, "y");
	p->y = stream_labels(in);
	about_from_meta(stream_name(in), &p->head.meta, &w.about);
	for_list(relabel_text ? relabel_text : classes_text, want_class, &w);
	if (p->classes.n)
		classes_set(&p->head.meta, &p->classes);
	about_free(&w.about);
}

static bool
by_class(void)
{
	return classes_text || relabel_text;
}

static bool
has_columns(const struct tensor *t)
{
	return columns.n > 0 && t->shape.n > 1;
}

static void
check_rows(const struct stream *in, int64_t n)
{
	if (n >= 0 && ranges_least(&rows) > n)
		die(EX_DATAERR, "%s: has %" PRId64 " rows; --rows %s asks for more", stream_name(in), n, rows_text);
}

static struct shape
picked_shape(const struct stream *in, const struct tensor *t)
{
	struct shape s = t->shape;

	check_rows(in, s.d[0]);
	if (has_columns(t)) {
		int64_t *last = &s.d[s.n - 1];
		if (ranges_least(&columns) > *last || ranges_count(&columns, *last) == 0)
			die(EX_DATAERR, "%s: tensor %s has %" PRId64 " columns; --columns %s asks for others", stream_name(in),
			    t->name, *last, columns_text);
		*last = ranges_count(&columns, *last);
	}
	if (by_class())
		s.d[0] = -1;
	else if (rows.n > 0)
		s.d[0] = ranges_count(&rows, s.d[0]);
	if (sample >= 0)
		s.d[0] = sample;
	return s;
}

static void
plan(const struct stream *in, struct pick *p)
{
	const struct header *h = stream_header(in);
	const int first = tensors_text ? -1 : 0;
	struct wish w = { .in = in, .p = p };

	*p = (struct pick){ .y = -1 };
	header_copy(&p->head, h);
	p->head.tensors = 0;
	p->to = xcalloc((size_t)h->tensors, sizeof *p->to);
	for (int t = 0; t < h->tensors; t++)
		p->to[t] = first;
	if (tensors_text)
		for_list(tensors_text, want_tensor, &w);
	for (int t = 0; t < h->tensors; t++) {
		if (p->to[t] < 0)
			continue;
		struct shape s = picked_shape(in, &h->tensor[t]);
		p->to[t] = header_add(&p->head, h->tensor[t].name, h->tensor[t].dtype, &s);
	}
	if (by_class())
		plan_classes(in, p);
	header_made(&p->head, opts, sample >= 0 ? &seed : NULL, NULL, 0, NULL);
	p->data = xcalloc((size_t)p->head.tensors, sizeof *p->data);
}

static void
pick_free(struct pick *p)
{
	for (int t = 0; t < p->head.tensors; t++)
		free(p->data[t]);
	free(p->data);
	free(p->to);
	classes_free(&p->classes);
	header_free(&p->head);
}

/* ---- rows ---- */

/* One row of a tensor, its columns picked, to `to`. */
static void
copy_row(const struct tensor *t, const char *from, char *to)
{
	const size_t size = dtype_size(t->dtype);

	if (!has_columns(t)) {
		memcpy(to, from, tensor_row_size(t));
		return;
	}
	const int64_t last = t->shape.d[t->shape.n - 1], n = shape_count(&t->shape, 1) / last;
	for (int64_t i = 0; i < n; i++)
		for (int r = 0; r < columns.n; r++) {
			int64_t a = columns.range[r].from, b = columns.range[r].to < last ? columns.range[r].to : last;
			if (a >= b)
				continue;
			memcpy(to, from + (size_t)(i * last + a) * size, (size_t)(b - a) * size);
			to += (size_t)(b - a) * size;
		}
}

/* Models and tensors, and objects that keep all their rows: record by record. */
static void
pass_pieces(struct stream *in, struct pick *p, struct stream *out)
{
	enum record kind;

	while ((kind = stream_next(in)) != RECORD_END) {
		if (kind == RECORD_EVENT) {
			stream_put_event(out, stream_event(in));
			continue;
		}
		const struct piece *x = stream_piece(in);
		const struct tensor *t = &stream_header(in)->tensor[x->t];
		const int to = p->to[x->t];
		if (to < 0)
			continue;
		const size_t from_row = tensor_row_size(t), to_row = tensor_row_size(&p->head.tensor[to]);
		p->data[to] = xrealloc(p->data[to], to_row, 1);
		for (int64_t i = 0; i < x->n; i++) {
			copy_row(t, (const char *)x->data + (size_t)i * from_row, p->data[to]);
			stream_put(out, to, 1, p->data[to]);
		}
	}
}

/* Copies row i of r into place `place` of p->data, which grows. */
static void
take_row(const struct header *h, struct pick *p, const struct rows *r, int64_t i, int64_t place, int64_t *room)
{
	if (place >= *room) {
		*room = 2 * place + 1;
		for (int t = 0; t < p->head.tensors; t++)
			p->data[t] = xrealloc(p->data[t], (size_t)*room, tensor_row_size(&p->head.tensor[t]));
	}
	for (int t = 0; t < h->tensors; t++)
		if (p->to[t] >= 0)
			copy_row(&h->tensor[t], (const char *)r->data[t] + (size_t)i * tensor_row_size(&h->tensor[t]),
			         p->data[p->to[t]] + (size_t)place * tensor_row_size(&p->head.tensor[p->to[t]]));
	if (p->y >= 0 && p->to[p->y] >= 0) {
		uint8_t *label = (uint8_t *)p->data[p->to[p->y]] + place;
		*label = (uint8_t)p->label[*label];
	}
}

static void
put_row(struct pick *p, int64_t place, struct stream *out)
{
	for (int t = 0; t < p->head.tensors; t++)
		stream_put(out, t, 1, p->data[t] + (size_t)place * tensor_row_size(&p->head.tensor[t]));
}

static bool
row_wanted(const struct pick *p, const struct rows *r, int64_t i)
{
	return ranges_hold(&rows, r->i0 + i) && (p->y < 0 || p->label[((const uint8_t *)r->data[p->y])[i]] >= 0);
}

static void
pass_rows(struct stream *in, struct pick *p, struct stream *out)
{
	int64_t room = 0;
	struct rows r;

	while (stream_read(in, &r))
		for (int64_t i = 0; i < r.n; i++)
			if (row_wanted(p, &r, i)) {
				take_row(stream_header(in), p, &r, i, 0, &room);
				put_row(p, 0, out);
			}
	check_rows(in, stream_rows(in, 0));
}

/* ---- the sample ---- */

struct drawn {
	int64_t row, place; /* its number among the rows wanted, and where it lies in p->data */
};

static int
by_row(const void *a, const void *b)
{
	const struct drawn *x = a, *y = b;

	return (x->row > y->row) - (x->row < y->row);
}

/* Algorithm R (Vitter 1985): after row k each of the rows 0..k is in the sample with the same chance, so that one pass will do
 * without knowing how many rows there are (fewer than 2^32). What it holds in memory is the sample. */
static struct drawn *
draw(struct stream *in, struct pick *p)
{
	const uint64_t key = rng_key(seed, "sample", 0);
	struct drawn *drawn = NULL;
	int64_t seen = 0, room = 0, size = 0;
	struct rows r;

	while (stream_read(in, &r))
		for (int64_t i = 0; i < r.n; i++) {
			if (!row_wanted(p, &r, i))
				continue;
			int64_t place = seen;
			if (seen >= sample)
				place = (int64_t)rng_below(key, (uint64_t)seen, (uint64_t)seen + 1);
			if (place < sample) {
				if (place >= size) {
					size = 2 * place + 1;
					drawn = xrealloc(drawn, (size_t)size, sizeof *drawn);
				}
				drawn[place] = (struct drawn){ seen, place };
				take_row(stream_header(in), p, &r, i, place, &room);
			}
			seen++;
		}
	check_rows(in, stream_rows(in, 0));
	if (seen < sample)
		die(EX_DATAERR, "%s: --sample %" PRId64 ": there are only %" PRId64 " rows to draw from", stream_name(in), sample,
		    seen);
	return drawn;
}

static void
pass_sample(struct stream *in, struct pick *p, FILE *f)
{
	struct drawn *drawn = draw(in, p);
	struct stream *out = stream_out(f, file_name_out(output), &p->head);

	if (drawn)
		qsort(drawn, (size_t)sample, sizeof *drawn, by_row);
	for (int64_t i = 0; drawn && i < sample; i++)
		put_row(p, drawn[i].place, out);
	stream_end_object(out);
	stream_free(out);
	free(drawn);
}

static void
pick_object(struct stream *in, FILE *f)
{
	const bool by_rows = rows_text || by_class() || sample >= 0;
	struct pick p;

	if (by_rows && !stream_aligned(in))
		die(EX_DATAERR, "%s: kind is %s; rows can be picked from datasets, predictions and activations", stream_name(in),
		    stream_header(in)->kind);
	plan(in, &p);
	if (sample >= 0) {
		pass_sample(in, &p, f);
	} else {
		struct stream *out = stream_out(f, file_name_out(output), &p.head);
		(by_rows ? pass_rows : pass_pieces)(in, &p, out);
		stream_end_object(out);
		stream_free(out);
	}
	pick_free(&p);
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "[FILE]", "Pick rows, columns, tensors, classes or a random sample.", 0, 1);

	if (classes_text && relabel_text)
		die(EX_USAGE, "--classes and --relabel: give one of them");
	parse_ranges(&rows, "rows", rows_text);
	parse_ranges(&columns, "columns", columns_text);
	struct stream *in = stream_open(opt_operand(argc, argv, operand));
	FILE *f = file_out(output, true);
	while (stream_object(in))
		pick_object(in, f);
	stream_close(in);
	file_done(f);
	return 0;
}
