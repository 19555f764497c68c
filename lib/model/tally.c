#include "model/tally.h"

#include <math.h>
#include <string.h>

#include "base/die.h"
#include "model/dataset.h"
#include "model/row_names.h"

static const double SUM_SLACK = 0.01; /* of probabilities that were rounded on their way */

static void
check_row(const struct tally *r, const char *name, const float *p)
{
	double sum = 0;

	for (int c = 0; c < r->classes; c++) {
		if (!(p[c] >= 0 && p[c] <= 1.001f))
			die(EX_DATAERR, "%s: row %lld: %.9g is not a probability", name, (long long)r->n, (double)p[c]);
		sum += (double)p[c];
	}
	if (fabs(sum - 1) > SUM_SLACK)
		die(EX_DATAERR, "%s: row %lld: its probabilities sum to %.4g; expected 1, as from a softmax", name, (long long)r->n, sum);
}

/* For the list of --top; takes over the name. */
static void
keep_row(struct tally *r, int label, const float *p, char *name)
{
	r->name[r->n] = name;
	r->label[r->n] = (uint8_t)label;
	memcpy(r->p[r->n], p, (size_t)r->classes * sizeof *p);
	r->ranked++;
}

/* Checks the object's header; the first one says what the classes are. */
static void
check_object(const struct stream *in, struct tally *r)
{
	const struct header *h = stream_header(in);
	const char *name = stream_name(in);
	static const char *const both[] = { "p", "y", NULL };
	struct about a = { 0 };
	char shape[200];

	stream_expect(in, "predictions");
	const struct tensor *p = &h->tensor[stream_tensor(in, "p")];
	const int labels = stream_labels(in);
	about_from_meta(name, &h->meta, &a);
	if (a.classes.n < 1)
		die(EX_DATAERR, "%s: its header names no classes", name);
	if (labels < 0 && r->needs_labels)
		die(EX_DATAERR, "%s: has no labels y to compare with; give --top K for the most probable classes", name);
	if (p->dtype != DT_F4 || p->shape.n != 2 || p->shape.d[1] != a.classes.n)
		die(EX_DATAERR, "%s: p is %s of shape %s; expected f4, one probability for each of %d classes", name,
		    dtype_name(p->dtype), shape_text(&p->shape, shape, sizeof shape), a.classes.n);
	first_like(&r->first, in, &a, both);
	r->unlabelled = labels < 0;
	r->classes = r->c.classes = r->first.about.classes.n;
}

static void
count_row(struct tally *r, uint8_t label, const float *p, tally_row_fn *row, void *ctx)
{
	confusion_add(&r->c, label, p);
	r->in_top += class_rank(r->classes, p, label) < r->top;
	if (row)
		row(ctx, r, label, p);
}

/* The name of row i of a piece; NULL: the object has none. */
static char *
name_of(const struct header *h, int names, const struct rows *rows, int64_t i)
{
	if (names < 0)
		return NULL;
	const struct tensor *t = &h->tensor[names];
	return row_name(t, (const char *)rows->data[names] + (size_t)i * tensor_row_size(t));
}

void
tally_object(struct tally *r, struct stream *in, tally_row_fn *row, void *ctx)
{
	struct rows rows;

	check_object(in, r);
	const struct header *h = stream_header(in);
	const int y = header_find(h, "y"), p = stream_tensor(in, "p"), names = row_names_find(h);
	while (stream_read(in, &rows)) {
		const uint8_t *label = y < 0 ? NULL : rows.data[y];
		if (label)
			dataset_check_labels(stream_name(in), &r->first.about, r->n, rows.n, label);
		for (int64_t i = 0; i < rows.n; i++, r->n++) {
			const float *probable = (float *)rows.data[p] + i * r->classes;
			check_row(r, stream_name(in), probable);
			if (label)
				count_row(r, label[i], probable, row, ctx);
			if (r->n < RANKED_ROWS)
				keep_row(r, label ? label[i] : 0, probable, name_of(h, names, &rows, i));
		}
	}
}

double
tally_in_top(const struct tally *r)
{
	return (double)r->in_top / (double)r->n;
}
