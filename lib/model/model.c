#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "model/stages.h"
#include "sys/file.h"

/* Rows of one tensor as they arrive: memory grows with the rows read, not with the number in the header. */
struct grown {
	char *data;
	size_t used, size;
};

static void
grow(struct grown *g, const void *data, size_t size)
{
	if (g->used + size > g->size) {
		g->size = 2 * (g->used + size);
		g->data = xrealloc(g->data, g->size, 1);
	}
	memcpy(g->data + g->used, data, size);
	g->used += size;
}

/* Each parameter of the network must be among the tensors, as f4 of its shape; place[] gets where. */
static void
find_params(const struct model *m, const char *path, int *place)
{
	for (int i = 0; i < m->net.params; i++) {
		const struct param *p = &m->net.param[i];
		const int t = place[i] = header_find(&m->head, p->name);
		if (t < 0)
			die(EX_DATAERR, "%s: tensor %s is missing; the network text names this layer", path, p->name);
		const struct tensor *x = &m->head.tensor[t];
		char got[128], want[128];
		if (x->dtype != DT_F4 || !shape_equal(&x->shape, &p->shape, 0))
			die(EX_DATAERR, "%s: tensor %s is %s %s; the network text says %s f4", path, p->name,
			    shape_text(&x->shape, got, sizeof got), dtype_name(x->dtype), shape_text(&p->shape, want, sizeof want));
	}
}

static void
check_finite(const char *path, const struct tensor *t, const struct grown *g)
{
	const float *w = (const float *)g->data;

	for (size_t i = 0; i < g->used / sizeof *w; i++)
		if (!isfinite(w[i]))
			die(EX_DATAERR, "%s: tensor %s: number %zu is not finite; training diverged or the file was tampered with",
			    path, t->name, i);
}

static void
take_params(struct model *m, const char *path, const int *place, struct grown *got)
{
	m->w = network_weights(&m->net);
	for (int i = 0; i < m->net.params; i++) {
		struct grown *g = &got[place[i]];
		check_finite(path, &m->head.tensor[place[i]], g);
		memcpy(m->w + m->net.param[i].at, g->data, g->used);
		g->used = 0; /* taken */
	}
}

/* What is not a weight stays as an extra: the slots of a checkpoint. */
static void
take_extras(struct model *m, const char *path, const bool *is_param, struct grown *got)
{
	for (int t = 0; t < m->head.tensors; t++) {
		const struct tensor *x = &m->head.tensor[t];
		if (is_param[t])
			continue;
		if (strncmp(x->name, "opt/", 4) || x->dtype != DT_F4 || x->shape.n != 1)
			die(EX_DATAERR, "%s: tensor %s does not belong to the network", path, x->name);
		check_finite(path, x, &got[t]);
		model_set_extra(m, x->name, got[t].used / sizeof(float), (const float *)got[t].data);
	}
}

static void
read_records(struct model *m, struct stream *s, struct grown *got)
{
	for (;;) {
		const struct piece *p;

		switch (stream_next(s)) {
		case RECORD_END:
			return;
		case RECORD_EVENT:
			events_add(&m->events, stream_event(s));
			break;
		case RECORD_DATA:
			p = stream_piece(s);
			grow(&got[p->t], p->data, (size_t)p->n * tensor_row_size(&m->head.tensor[p->t]));
			break;
		}
	}
}

void
model_read(struct model *m, const char *path)
{
	model_read_from(m, file_in(path), file_name_in(path));
}

void
model_read_from(struct model *m, FILE *f, const char *path)
{
	*m = (struct model){ 0 };
	struct stream *s = stream_in(f, path);
	stream_object(s);
	stream_expect(s, "model");
	header_copy(&m->head, stream_header(s));

	char *net;
	if (!meta_text(&m->head.meta, "network", &net))
		die(EX_DATAERR, "%s: holds no network text", path);
	const char *wrong = network_build(&m->net, net);
	if (wrong)
		die(EX_DATAERR, "%s: network: %s", path, wrong);
	free(net);

	int tensors = m->head.tensors;
	int *place = xcalloc((size_t)m->net.params + 1, sizeof *place);
	bool *is_param = xcalloc((size_t)tensors, sizeof *is_param);
	struct grown *got = xcalloc((size_t)tensors, sizeof *got);
	find_params(m, path, place);
	for (int i = 0; i < m->net.params; i++)
		is_param[place[i]] = true;

	read_records(m, s, got);
	strcpy(m->id, stream_id(s));
	if (stream_object(s))
		die(EX_DATAERR, "%s: more than one object; expected one model", path);
	stream_close(s);

	take_params(m, path, place, got);
	take_extras(m, path, is_param, got);
	for (int t = 0; t < tensors; t++)
		free(got[t].data);
	free(got);
	free(is_param);
	free(place);
}

int
model_classes(const struct model *m, const char *path)
{
	const struct network *net = &m->net;

	if (network_softmax(net, false) < 0 || net->out.n != 1)
		die(EX_DATAERR, "%s: the network does not end in class probabilities; let its last layer be: dense units=CLASSES "
		    "activation=softmax", path);
	if (net->out.d[0] > CLASSES_MAX)
		die(EX_DATAERR, "%s: the network has %lld outputs; at most %d classes are allowed", path, (long long)net->out.d[0],
		    CLASSES_MAX);
	return (int)net->out.d[0];
}

/* cnn-train records "training" in a model, and cnn-init "adapted" or "whitened": if all are missing, the weights came from elsewhere. */
const char *
model_data_differ(const struct model *m, const char *name, const struct about *data)
{
	struct about was;

	about_from_meta(name, &m->head.meta, &was);
	was.untold = was.standardized.n == 0 && !stages_any(&m->head.meta) && !meta_find(&m->head.meta, "adapted") &&
	             !meta_find(&m->head.meta, "whitened");
	const char *differ = about_differ(&was, data);
	about_free(&was);
	return differ;
}

double
model_label_smoothing(const struct model *m)
{
	char *said = stages_last(&m->head.meta, "label-smoothing");
	double v = 0;

	bool fits = said && parse_real(said, &v) && v >= 0 && v < 1;
	free(said);
	return fits ? v : 0;
}

/* The header's tensors from the network and the extras. */
static void
rebuild_tensors(struct model *m)
{
	m->head.tensors = 0;
	free(m->head.tensor);
	m->head.tensor = NULL;
	for (int i = 0; i < m->net.params; i++)
		header_add(&m->head, m->net.param[i].name, DT_F4, &m->net.param[i].shape);
	for (int i = 0; i < m->extras; i++)
		header_add(&m->head, m->extra[i].name, DT_F4, &m->extra[i].shape);
}

static void
complete_head(struct model *m)
{
	strcpy(m->head.kind, "model");
	meta_set_text(&m->head.meta, "network", m->net.text);
	rebuild_tensors(m);
}

void
model_check_out(struct model *m, const char *name)
{
	complete_head(m);
	header_check_out(&m->head, name);
}

void
model_write(struct model *m, FILE *f, const char *name)
{
	int t = 0;

	complete_head(m);
	struct stream *s = stream_out(f, name, &m->head);
	stream_put_events(s, &m->events);
	for (; t < m->net.params; t++)
		stream_put(s, t, m->head.tensor[t].shape.d[0], m->w + m->net.param[t].at);
	for (int i = 0; i < m->extras; i++, t++)
		stream_put(s, t, m->extra[i].shape.d[0], m->extra_data[i]);
	stream_end(s);
	strcpy(m->id, stream_id(s));
	stream_free(s);
}

static int
find_extra(const struct model *m, const char *name)
{
	for (int i = 0; i < m->extras; i++)
		if (!strcmp(m->extra[i].name, name))
			return i;
	return -1;
}

void
model_set_extra(struct model *m, const char *name, size_t n, const float *data)
{
	int i = find_extra(m, name);

	if (i < 0) {
		i = m->extras++;
		m->extra = xrealloc(m->extra, (size_t)m->extras, sizeof *m->extra);
		m->extra_data = xrealloc(m->extra_data, (size_t)m->extras, sizeof *m->extra_data);
		m->extra[i] = (struct tensor){ .dtype = DT_F4 };
		strcpy(m->extra[i].name, name);
		m->extra_data[i] = NULL;
	}
	m->extra[i].shape = (struct shape){ 1, { (int64_t)n } };
	m->extra_data[i] = xrealloc(m->extra_data[i], n, sizeof *data);
	if (n)
		memcpy(m->extra_data[i], data, n * sizeof *data);
}

const float *
model_extra(const struct model *m, const char *name, size_t n)
{
	int i = find_extra(m, name);

	return i >= 0 && m->extra[i].shape.d[0] == (int64_t)n ? m->extra_data[i] : NULL;
}

void
model_drop_extras(struct model *m)
{
	for (int i = 0; i < m->extras; i++)
		free(m->extra_data[i]);
	free(m->extra);
	free(m->extra_data);
	m->extra = NULL;
	m->extra_data = NULL;
	m->extras = 0;
}

void
model_free(struct model *m)
{
	model_drop_extras(m);
	events_free(&m->events);
	header_free(&m->head);
	free(m->w);
	network_free(&m->net);
	*m = (struct model){ 0 };
}
