/* tensor-info: what is in a stream, in one pass and constant memory */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/table.h"
#include "base/width.h"
#include "cnn1/stream.h"
#include "model/classes.h"
#include "model/summary.h"
#include "sys/file.h"

static bool json, id_only;
static const char *output;

static const struct opt opts[] = {
	{ 'j', "json", OPT_FLAG, &json, NULL, "one line of JSON for each object", 0, 0, NULL },
	{ 0, "id", OPT_FLAG, &id_only, NULL, "the id of each object alone", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

enum { CHANNELS_SHOWN = 16, VALUE_SHOWN = 200 };

static FILE *out;

/* ---- what was found ---- */

struct found {
	const struct stream *in;
	const struct header *h;
	struct summary *of;
	struct moments *whole;
	uint64_t events;
	int y; /* the tensor of labels, -1: none */
	struct classes classes;
};

static void
find_labels(struct found *f)
{
	f->y = header_find(f->h, "y");
	if (f->y >= 0 && !tensor_is_labels(&f->h->tensor[f->y]))
		f->y = -1;
	classes_get(&f->h->meta, &f->classes);
}

static void
read_object(struct stream *in, struct found *f)
{
	const struct header *h = stream_header(in);
	enum record r;

	*f = (struct found){ .in = in, .h = h, .of = summaries_new(h) };
	while ((r = stream_next(in)) != RECORD_END) {
		if (r == RECORD_EVENT) {
			f->events++;
			continue;
		}
		const struct piece *p = stream_piece(in);
		const struct tensor *x = &h->tensor[p->t];
		summary_add(&f->of[p->t], x->dtype, p->data, p->n * shape_count(&x->shape, 1));
	}
	f->whole = xcalloc((size_t)h->tensors, sizeof *f->whole);
	for (int t = 0; t < h->tensors; t++)
		f->whole[t] = summary_close(&f->of[t]);
	find_labels(f);
}

static void
found_free(struct found *f)
{
	summaries_free(f->of, f->h->tensors);
	free(f->whole);
	classes_free(&f->classes);
}

static struct shape
final_shape(const struct found *f, int t)
{
	struct shape s = f->h->tensor[t].shape;

	s.d[0] = stream_rows(f->in, t);
	return s;
}

/* ---- JSON ---- */

static void
json_channels(const char *key, const struct summary *s, bool std, double scale)
{
	fprintf(out, ",\"%s\":[", key);
	for (int c = 0; c < s->channels; c++) {
		fputs(c ? "," : "", out);
		json_real(out, (std ? moments_deviation(&s->of[c]) : s->of[c].mean) / scale);
	}
	putc(']', out);
}

static void
json_tensor(const struct found *f, int t)
{
	const struct tensor *x = &f->h->tensor[t];
	const struct summary *s = &f->of[t];
	const struct moments *m = &f->whole[t];
	const struct shape shape = final_shape(f, t);

	fputs("{\"name\":", out);
	json_text(out, x->name);
	fprintf(out, ",\"dtype\":\"%s\",\"shape\":[", dtype_name(x->dtype));
	for (int i = 0; i < shape.n; i++)
		fprintf(out, "%s%" PRId64, i ? "," : "", shape.d[i]);
	putc(']', out);
	json_field(out, "min", m->n > 0 ? m->min : NAN);
	json_field(out, "max", m->n > 0 ? m->max : NAN);
	json_field(out, "mean", m->n > 0 ? m->mean : NAN);
	json_field(out, "std", m->n > 0 ? moments_deviation(m) : NAN);
	fprintf(out, ",\"nan\":%" PRIu64 ",\"inf\":%" PRIu64, s->nan, s->inf);
	if (shape.n == 4 && s->channels == shape.d[3] && m->n > 0) {
		json_channels("channel_mean", s, false, 1);
		json_channels("channel_std", s, true, 1);
		if (x->dtype == DT_U1) {
			json_channels("channel_mean_scaled", s, false, 255);
			json_channels("channel_std_scaled", s, true, 255);
		}
	}
	putc('}', out);
}

static void
json_labels(const struct found *f)
{
	bool first = true;

	fputs(",\"labels\":{", out);
	for (int v = 0; v < SUMMARY_BYTES; v++) {
		uint64_t n = f->of[f->y].seen[0][v];
		if (n == 0 && v >= f->classes.n)
			continue;
		fputs(first ? "" : ",", out);
		first = false;
		if (v < f->classes.n)
			json_text(out, f->classes.name[v]);
		else
			fprintf(out, "\"%d\"", v);
		fprintf(out, ":%" PRIu64, n);
	}
	putc('}', out);
}

static void
put_json(const struct found *f)
{
	fprintf(out, "{\"kind\":\"%s\",\"id\":\"%s\",\"tensors\":[", f->h->kind, stream_id(f->in));
	for (int t = 0; t < f->h->tensors; t++) {
		fputs(t ? "," : "", out);
		json_tensor(f, t);
	}
	putc(']', out);
	if (f->y >= 0)
		json_labels(f);
	fputs(",\"meta\":", out);
	json_meta(out, &f->h->meta);
	fputs(",\"made_by\":[", out);
	for (int i = 0; i < f->h->made; i++) {
		fputs(i ? "," : "", out);
		json_meta(out, &f->h->made_by[i]);
	}
	fprintf(out, "],\"events\":%" PRIu64 "}\n", f->events);
}

/* ---- text ---- */

static void
text_tensors(const struct found *f)
{
	char shape[192];
	int wide = 6;

	for (int t = 0; t < f->h->tensors; t++)
		wide = wider(wide, f->h->tensor[t].name);
	fprintf(out, "%-*s  type  %-20s %11s %11s %11s %11s %5s %5s\n", wide, "tensor", "shape", "min", "max", "mean", "std",
	        "nan", "inf");
	for (int t = 0; t < f->h->tensors; t++) {
		const struct tensor *x = &f->h->tensor[t];
		const struct moments *m = &f->whole[t];
		const struct shape s = final_shape(f, t);
		put_cell(out, x->name, -wide);
		fprintf(out, "  %-4s  %-20s", dtype_name(x->dtype), shape_text(&s, shape, sizeof shape));
		if (m->n > 0)
			fprintf(out, " %11.5g %11.5g %11.5g %11.5g", m->min, m->max, m->mean, moments_deviation(m));
		else
			fprintf(out, " %11s %11s %11s %11s", "-", "-", "-", "-");
		fprintf(out, " %5" PRIu64 " %5" PRIu64 "\n", f->of[t].nan, f->of[t].inf);
	}
}

static void
text_channels(const struct found *f, int t)
{
	const struct summary *s = &f->of[t];
	const bool bytes = f->h->tensor[t].dtype == DT_U1;
	const double scale = bytes ? 255 : 1;

	if (f->h->tensor[t].shape.n != 4 || s->channels != f->h->tensor[t].shape.d[3] || s->channels > CHANNELS_SHOWN ||
	    f->whole[t].n == 0)
		return;
	fprintf(out, "%s by channel%s: mean", f->h->tensor[t].name, bytes ? ", / 255" : "");
	for (int c = 0; c < s->channels; c++)
		fprintf(out, " %.4f", s->of[c].mean / scale);
	fputs(", std", out);
	for (int c = 0; c < s->channels; c++)
		fprintf(out, " %.4f", moments_deviation(&s->of[c]) / scale);
	putc('\n', out);
}

static void
text_labels(const struct found *f)
{
	bool first = true;

	if (f->y < 0)
		return;
	fputs("y by class:", out);
	for (int v = 0; v < SUMMARY_BYTES; v++) {
		uint64_t n = f->of[f->y].seen[0][v];
		if (n == 0 && v >= f->classes.n)
			continue;
		fputs(first ? " " : ", ", out);
		first = false;
		if (v < f->classes.n)
			put_name(out, f->classes.name[v]);
		else
			fprintf(out, "%d", v);
		fprintf(out, " %" PRIu64, n);
	}
	putc('\n', out);
}

/* A value as JSON, cut where it is long: the network text of a model is for cnn-summary. */
static void
text_value(const struct entry *e)
{
	char *s = NULL;
	size_t n = 0;
	FILE *f = file_memory(&s, &n);

	json_raw(f, e->raw, e->size);
	file_memory_done(f, &s);
	int columns;
	const size_t fit = text_fit(s, VALUE_SHOWN, &columns);
	fprintf(out, "%.*s%s", (int)fit, s, n > fit ? " ..." : "");
	free(s);
}

static void
text_meta(const char *title, const struct meta *m)
{
	for (int i = 0; i < m->n; i++) {
		fprintf(out, "%s", title);
		put_name(out, m->entry[i].key);
		fputs(": ", out);
		text_value(&m->entry[i]);
		putc('\n', out);
	}
}

static void
text_made_by(const struct meta *m)
{
	fputs("made by:", out);
	for (int i = 0; i < m->n; i++) {
		fputs(i ? ", " : " ", out);
		put_name(out, m->entry[i].key);
		putc(' ', out);
		text_value(&m->entry[i]);
	}
	putc('\n', out);
}

static void
put_text(const struct found *f)
{
	put_name(out, stream_name(f->in));
	fprintf(out, ": %s\nid: %s (verified)\n", f->h->kind, stream_id(f->in));
	text_tensors(f);
	for (int t = 0; t < f->h->tensors; t++)
		text_channels(f, t);
	text_labels(f);
	text_meta("meta ", &f->h->meta);
	for (int i = 0; i < f->h->made; i++)
		text_made_by(&f->h->made_by[i]);
	if (f->events > 0)
		fprintf(out, "history: %" PRIu64 " events\n", f->events);
}

static void
put_id(const struct found *f)
{
	fprintf(out, "%s\n", stream_id(f->in));
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "[FILE]", "Describe the contents of a stream.", 0, 1);
	struct stream *in = stream_open(opt_operand(argc, argv, operand));
	struct found found;

	if (json && id_only)
		die(EX_USAGE, "--json and --id: one of them at a time");
	out = file_out(output, false);
	stream_verify(in);
	for (bool first = true; stream_object(in); first = false) {
		read_object(in, &found);
		if (!json && !id_only && !first)
			putc('\n', out);
		(id_only ? put_id : json ? put_json : put_text)(&found);
		found_free(&found);
	}
	stream_close(in);
	file_done(out);
	return 0;
}
