/* tensor-text: rows as tab-separated text */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/table.h"
#include "cnn1/stream.h"
#include "model/dataset.h"
#include "sys/file.h"
#include "sys/ranges.h"

static const char *only, *output;
static struct ranges rows;

static void
set_rows(const char *value)
{
	if (!ranges_parse(&rows, value))
		die(EX_USAGE, "--rows %.100s: expected rows as in 0:10,15 (10 is not included)", value);
}

static const struct opt opts[] = {
	{ 't', "tensor", OPT_TEXT, &only, "NAME", "this tensor alone", 0, 0, NULL },
	{ 'r', "rows", OPT_CALL, set_rows, "RANGES", "these rows, as in 0:10,15", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

enum { HEADS_WITHOUT_ROWS = 1 << 16 };

static FILE *out;
static bool headed;
static struct classes classes;

/* A column per element: "y", "x[0,31,2]"; the columns of predictions are classes. */
static void
put_heads(const struct header *h, int t)
{
	const struct tensor *x = &h->tensor[t];
	int64_t n = shape_count(&x->shape, 1);
	bool named = !strcmp(h->kind, "predictions") && x->shape.n == 2 && n == classes.n;

	for (int64_t i = 0; i < n; i++) {
		putc('\t', out);
		put_name(out, named ? classes.name[i] : x->name);
		int64_t rest = n, at = i;
		for (int k = 1; k < x->shape.n && !named; k++) {
			rest /= x->shape.d[k];
			fprintf(out, "%c%" PRId64, k == 1 ? '[' : ',', at / rest);
			at %= rest;
		}
		if (x->shape.n > 1 && !named)
			putc(']', out);
	}
}

static bool
is_label(const struct header *h, int t)
{
	const struct tensor *x = &h->tensor[t];

	return !strcmp(x->name, "y") && tensor_is_labels(x) && classes.n > 0;
}

static void
put_value(enum dtype type, const char *p)
{
	int64_t i8;
	int32_t i4;

	switch (type) {
	case DT_U1:
		fprintf(out, "\t%d", *(const uint8_t *)p);
		break;
	case DT_I4:
		memcpy(&i4, p, sizeof i4);
		fprintf(out, "\t%" PRId32, i4);
		break;
	case DT_I8:
		memcpy(&i8, p, sizeof i8);
		fprintf(out, "\t%" PRId64, i8);
		break;
	default: /* enough digits to distinguish any two numbers */
		fprintf(out, "\t%.*g", type == DT_F4 ? 9 : 17, dtype_get(type, p));
	}
}

static void
put_row(const struct header *h, int t, int64_t i, const void *data)
{
	const struct tensor *x = &h->tensor[t];
	int64_t n = shape_count(&x->shape, 1);
	const char *p = (const char *)data + (size_t)i * tensor_row_size(x);

	for (int64_t k = 0; k < n; k++)
		put_value(x->dtype, p + (size_t)k * dtype_size(x->dtype));
	if (is_label(h, t)) {
		putc('\t', out);
		put_name(out, *(const uint8_t *)p < classes.n ? classes.name[*(const uint8_t *)p] : "?");
	}
}

static int64_t
columns(const struct header *h, int one)
{
	int64_t n = 0;

	for (int t = 0; t < h->tensors; t++)
		if (one < 0 || t == one)
			n += shape_count(&h->tensor[t].shape, 1);
	return n;
}

/* Once: when the first row has come, for a header of a hundred bytes may speak of millions of columns. */
static void
put_line_of_heads(const struct header *h, int one, bool whole)
{
	if (headed)
		return;
	headed = true;
	fputs("row", out);
	for (int t = 0; t < h->tensors && whole; t++)
		if (one < 0 || t == one) {
			put_heads(h, t);
			if (is_label(h, t))
				fputs("\tclass", out);
		}
	putc('\n', out);
}

/* Datasets, predictions, activations: all tensors side by side, or one of them. */
static void
put_aligned(struct stream *in, int one)
{
	const struct header *h = stream_header(in);
	int t0 = one < 0 ? 0 : one, t1 = one < 0 ? h->tensors : one + 1;
	struct rows r;

	while (stream_read(in, &r)) {
		put_line_of_heads(h, one, true);
		for (int64_t i = 0; i < r.n; i++) {
			if (!ranges_hold(&rows, r.i0 + i))
				continue;
			fprintf(out, "%" PRId64, r.i0 + i);
			for (int t = t0; t < t1; t++)
				put_row(h, t, i, r.data[t]);
			putc('\n', out);
		}
	}
}

/* Models and tensors: one tensor, as it comes. */
static void
put_pieces(struct stream *in, int one)
{
	enum record kind;

	while ((kind = stream_next(in)) != RECORD_END) {
		const struct piece *p = stream_piece(in);
		if (kind != RECORD_DATA || p->t != one)
			continue;
		put_line_of_heads(stream_header(in), one, true);
		for (int64_t i = 0; i < p->n; i++) {
			if (!ranges_hold(&rows, p->i0 + i))
				continue;
			fprintf(out, "%" PRId64, p->i0 + i);
			put_row(stream_header(in), one, i, p->data);
			putc('\n', out);
		}
	}
}

static int
choose(const struct stream *in)
{
	const struct header *h = stream_header(in);

	if (only)
		return stream_tensor(in, only);
	if (h->tensors == 1)
		return 0;
	if (!stream_aligned(in))
		die(EX_USAGE, "%s: holds %d tensors; choose one with --tensor, tensor-info shows them", stream_name(in),
		    h->tensors);
	return -1;
}

static void
put_object(struct stream *in)
{
	const struct header *h = stream_header(in);
	int one = choose(in);

	classes_get(&h->meta, &classes);
	headed = false;
	if (stream_aligned(in))
		put_aligned(in, one);
	else
		put_pieces(in, one);
	put_line_of_heads(h, one, columns(h, one) <= HEADS_WITHOUT_ROWS);
	int64_t n = h->tensors ? stream_rows(in, one < 0 ? 0 : one) : 0;
	if (ranges_least(&rows) > n)
		die(EX_DATAERR, "%s: has %" PRId64 " rows; --rows asks for row %" PRId64, stream_name(in), n,
		    ranges_least(&rows) - 1);
	classes_free(&classes);
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "[FILE]", "Show the rows of a stream as tab-separated text.", 0, 1);
	struct stream *in = stream_open(opt_operand(argc, argv, operand));

	out = file_out(output, false);
	while (stream_object(in))
		put_object(in);
	stream_close(in);
	file_done(out);
	return 0;
}
