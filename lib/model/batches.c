#include "model/batches.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "kern/kern.h"
#include "model/compute.h"
#include "model/row_names.h"
#include "sys/file.h"

void
batches_open(struct batches *f, const char *path, const struct model *m)
{
	*f = (struct batches){ .model = m, .in = stream_open(path) };
}

static void
check_about(const struct batches *f)
{
	struct about data;

	dataset_about(f->in, &data);
	const char *differ = model_data_differ(f->model, "the model", &data);
	if (differ)
		die(EX_DATAERR, "%s: does not fit the model: %s", stream_name(f->in), differ);
	about_free(&data);
}

static void
check_shape(const struct batches *f)
{
	const struct tensor *x = &stream_header(f->in)->tensor[f->tx];
	const struct shape sample = shape_rest(&x->shape, 1);
	char got[128], want[128];

	if (!shape_equal(&sample, &f->model->net.in, 0))
		die(EX_DATAERR, "%s: images are %s; the network takes %s", stream_name(f->in),
		    shape_text(&sample, got, sizeof got), shape_text(&f->model->net.in, want, sizeof want));
}

bool
batches_object(struct batches *f)
{
	if (!stream_object(f->in))
		return false;
	check_about(f);
	f->tx = stream_tensor(f->in, "x");
	f->ty = header_find(stream_header(f->in), "y");
	f->tn = row_names_find(stream_header(f->in));
	check_shape(f);
	f->rows.n = f->used = 0;
	return true;
}

/* Bytes of the name of a row. */
static size_t
name_size(const struct batches *f)
{
	return tensor_row_size(&stream_header(f->in)->tensor[f->tn]);
}

void
batches_plan(struct batches *f, struct plan *plan, struct want want)
{
	const struct model *m = f->model;
	const int64_t rows = stream_header(f->in)->tensor[f->tx].shape.d[0];
	int most = want.batch ? want.batch : FEED_ROWS;

	if (rows >= 0 && rows < most)
		most = rows ? (int)rows : 1;
	if (!want.batch)
		most = plan_batch(&m->net, most, want);
	const int room = most > f->batch ? most : f->batch;
	if (f->tn >= 0)
		f->names = xrealloc(f->names, (size_t)room, name_size(f));
	if (most <= f->batch)
		return;
	f->batch = want.batch = most;
	plan_free(plan);
	plan_make(plan, &m->net, m->w, want);
	f->copies = xrealloc(f->copies, (size_t)most, (size_t)shape_count(&m->net.in, 0) * sizeof *f->copies);
	f->labels = xrealloc(f->labels, (size_t)most, 1);
}

static void
take_labels(struct batches *f, int64_t n)
{
	const int64_t classes = shape_count(&f->model->net.out, 0);

	for (int64_t i = 0; i < n && f->ty >= 0; i++) {
		uint8_t label = ((const uint8_t *)f->rows.data[f->ty])[f->used + i];
		if (label >= classes)
			die(EX_DATAERR, "%s: row %lld: label %d; the network has %lld outputs", stream_name(f->in),
			    (long long)(f->rows.i0 + f->used + i), label, (long long)classes);
		f->labels[f->n + i] = label;
	}
}

/* The next n rows join those in hand; floats that come first and are many stay where they are. */
static void
take(struct batches *f, int64_t n)
{
	const struct tensor *x = &stream_header(f->in)->tensor[f->tx];
	const size_t sample = (size_t)shape_count(&x->shape, 1), count = (size_t)n * sample, from = (size_t)f->used * sample;
	float *to = f->copies + (size_t)f->n * sample;

	f->x = f->copies;
	if (x->dtype == DT_F4) {
		const float *rows = (const float *)f->rows.data[f->tx] + from;
		dataset_check_finite(stream_name(f->in), f->rows.i0 + f->used, n, (int64_t)sample, rows);
		if (f->n == 0 && n >= f->batch / 2)
			f->x = rows;
		else
			memcpy(to, rows, count * sizeof *to);
	} else {
		const uint8_t *rows = (const uint8_t *)f->rows.data[f->tx] + from;
		for (size_t i = 0; i < count; i++)
			to[i] = rows[i];
	}
	take_labels(f, n);
	if (f->tn >= 0)
		memcpy(f->names + (size_t)f->n * name_size(f), (const char *)f->rows.data[f->tn] + (size_t)f->used * name_size(f),
		       (size_t)n * name_size(f));
	f->n += (int)n;
	f->used += n;
}

bool
batches_rows(struct batches *f)
{
	f->n = 0;
	f->x = f->copies;
	f->y = f->ty >= 0 ? f->labels : NULL;
	while (f->n < f->batch && f->x == f->copies) {
		if (f->used == f->rows.n) {
			if (!stream_read(f->in, &f->rows))
				break;
			f->used = 0;
		}
		int64_t room = f->batch - f->n, left = f->rows.n - f->used;
		take(f, left < room ? left : room);
	}
	return f->n > 0;
}

void
batches_check_finite(const struct batches *f, int64_t numbers, const float *made)
{
	const int64_t first = f->rows.i0 + f->used - f->n;

	for (int i = 0; i < f->n; i++)
		if (!(kern->largest((size_t)numbers, made + i * numbers) < INFINITY))
			die(EX_DATAERR, "%s: row %lld: the output of the network is not finite; its weights or these numbers are too large",
			    stream_name(f->in), (long long)(first + i));
}

void
batches_put(const struct batches *f, struct stream *out, const float *made)
{
	void *data[3];
	int tensors = 0;

	if (f->y)
		data[tensors++] = (void *)f->y;
	if (f->tn >= 0)
		data[tensors++] = f->names;
	data[tensors] = (void *)made;
	stream_write(out, &(struct rows){ .n = f->n, .data = data });
}

void
batches_close(struct batches *f)
{
	stream_close(f->in);
	free(f->copies);
	free(f->labels);
	free(f->names);
}

void
batches_header(const struct batches *f, struct header *h, const char *kind, const struct opt *opts)
{
	const struct header *in = stream_header(f->in);
	const char *id = f->model->id;

	header_copy(h, in);
	h->tensors = 0;
	strcpy(h->kind, kind);
	const struct entry *classes = meta_find(&f->model->head.meta, "classes");
	if (classes && !meta_find(&h->meta, "classes")) /* photos without labels: what the model calls its outputs */
		meta_set_raw(&h->meta, "classes", classes->raw, classes->size);
	if (f->ty >= 0)
		header_add(h, "y", DT_U1, &in->tensor[f->ty].shape);
	if (f->tn >= 0)
		row_names_add(h, in->tensor[f->tn].shape.d[0], in->tensor[f->tn].shape.d[1]);
	header_made(h, opts, NULL, compute_arithmetic(), 1, &id);
}
