/* confmat: confusion matrix and scores of predictions */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/table.h"
#include "cnn1/stream.h"
#include "model/dataset.h"
#include "model/first.h"
#include "model/row_names.h"
#include "net/confusion.h"
#include "sys/file.h"

static const double SUM_SLACK = 0.01;
enum { RANKED_ROWS = 20 };

static const char *output;
static bool normalize, as_tsv, as_scores, as_classes, as_rows, as_json, as_tensor;
static int64_t top;
static double min_accuracy = -1;

static const struct opt opts[] = {
	{ 0, "normalize", OPT_FLAG, &normalize, NULL, "divide each row of the matrix by its sum", 0, 0, "data" },
	{ 0, "top", OPT_INT, &top, "K", "also print how often the true class is among the K most probable", 1, CLASSES_MAX, "data" },
	{ 0, "tsv", OPT_FLAG, &as_tsv, NULL, "the matrix alone, tab-separated", 0, 0, NULL },
	{ 0, "scores", OPT_FLAG, &as_scores, NULL, "accuracy and loss alone, tab-separated", 0, 0, NULL },
	{ 0, "class-scores", OPT_FLAG, &as_classes, NULL, "the scores of each class alone, tab-separated", 0, 0, NULL },
	{ 0, "rows", OPT_FLAG, &as_rows, NULL, "a line for each row, tab-separated: true and predicted class, their probabilities, loss", 0, 0, NULL },
	{ 0, "json", OPT_FLAG, &as_json, NULL, "everything as one JSON object", 0, 0, NULL },
	{ 0, "tensor", OPT_FLAG, &as_tensor, NULL, "matrix and scores as a stream of tensors", 0, 0, NULL },
	{ 0, "min-accuracy", OPT_REAL, &min_accuracy, "A", "exit 1 if the accuracy is below A", 0, 1, NULL },
	OPT_OUTPUT(output),
	OPT_END
};

struct result {
	struct first first;                    /* what all rows have in common */
	int classes;
	int64_t n, in_top;                     /* in_top: whose true class is among the --top */
	struct confusion c;                    /* of the rows with labels */
	bool unlabelled;                       /* predictions for data without labels: only --top makes sense */
	int ranked;                            /* the first rows, for --top */
	uint8_t label[RANKED_ROWS];
	float p[RANKED_ROWS][CLASSES_MAX];
	char *name[RANKED_ROWS];               /* of their files; NULL: not known */
};

/* SUM_SLACK: of probabilities that were rounded on their way */
static void
check_row(const struct result *r, const char *name, const float *p)
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
keep_row(struct result *r, int label, const float *p, char *name)
{
	r->name[r->n] = name;
	r->label[r->n] = (uint8_t)label;
	memcpy(r->p[r->n], p, (size_t)r->classes * sizeof *p);
	r->ranked++;
}

/* Checks the object's header; the first one says what the classes are. */
static void
check_object(const struct stream *in, struct result *r)
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
	if (labels < 0 && (!top || as_tsv || as_scores || as_classes || as_rows || as_tensor || normalize || min_accuracy >= 0))
		die(EX_DATAERR, "%s: has no labels y to compare with; give --top K for the most probable classes", name);
	if (p->dtype != DT_F4 || p->shape.n != 2 || p->shape.d[1] != a.classes.n)
		die(EX_DATAERR, "%s: p is %s of shape %s; expected f4, one probability for each of %d classes", name,
		    dtype_name(p->dtype), shape_text(&p->shape, shape, sizeof shape), a.classes.n);
	first_like(&r->first, in, &a, both);
	r->unlabelled = labels < 0;
	r->classes = r->c.classes = r->first.about.classes.n;
}

/* A line of --rows. */
static void
put_row(FILE *f, const struct result *r, uint8_t label, const float *p)
{
	const int guess = likeliest(r->classes, p);
	char *const *name = r->first.about.classes.name;
	struct score one = { 0 };

	loss_batch(&(struct loss){ .classes = r->classes }, 1, &label, p, NULL, &one, NULL);
	fprintf(f, "%lld\t", (long long)r->n);
	put_name(f, name[label]);
	putc('\t', f);
	put_name(f, name[guess]);
	fprintf(f, "\t%.9g\t%.9g\t%.9g\n", (double)p[guess], (double)p[label], one.loss);
}

static void
count_object(FILE *f, struct stream *in, struct result *r)
{
	struct rows rows;

	check_object(in, r);
	const struct header *h = stream_header(in);
	int y = header_find(h, "y"), p = stream_tensor(in, "p"), names = row_names_find(h);
	while (stream_read(in, &rows)) {
		const uint8_t *label = y < 0 ? NULL : rows.data[y];
		if (label)
			dataset_check_labels(stream_name(in), &r->first.about, r->n, rows.n, label);
		for (int64_t i = 0; i < rows.n; i++) {
			const float *row = (float *)rows.data[p] + i * r->classes;
			check_row(r, stream_name(in), row);
			if (label) {
				confusion_add(&r->c, label[i], row);
				r->in_top += class_rank(r->classes, row, label[i]) < top;
				if (as_rows)
					put_row(f, r, label[i], row);
			}
			if (r->n < RANKED_ROWS)
				keep_row(r, label ? label[i] : 0, row, names < 0 ? NULL : row_name(&h->tensor[names],
				         (const char *)rows.data[names] + (size_t)i * tensor_row_size(&h->tensor[names])));
			r->n++;
		}
	}
}

static double
in_top(const struct result *r)
{
	return (double)r->in_top / (double)r->n;
}

/* ---- text ---- */

static void
print_score(FILE *f, int width, double v)
{
	if (isnan(v))
		fprintf(f, "%*s", width, "-");
	else
		fprintf(f, "%*.4f", width, v);
}

static void
print_matrix(FILE *f, const struct result *r)
{
	int name = classes_width(&r->first.about.classes, 4), wide = classes_width(&r->first.about.classes, 6);

	fprintf(f, "%-*s  predicted\n%-*s", name, "", name, "true");
	for (int c = 0; c < r->classes; c++) {
		putc(' ', f);
		put_cell(f, r->first.about.classes.name[c], wide);
	}
	putc('\n', f);
	for (int i = 0; i < r->classes; i++) {
		put_cell(f, r->first.about.classes.name[i], -name);
		for (int j = 0; j < r->classes; j++)
			if (normalize)
				print_score(f, 1 + wide, class_part(&r->c, i, j));
			else
				fprintf(f, "%*lld", 1 + wide, (long long)r->c.m[i][j]);
		putc('\n', f);
	}
}

static void
print_classes(FILE *f, const struct result *r)
{
	int name = classes_width(&r->first.about.classes, 5);

	fprintf(f, "%-*s%10s%11s%10s%10s%10s\n", name, "class", "accuracy", "precision", "recall", "F1", "support");
	for (int c = 0; c < r->classes; c++) {
		put_cell(f, r->first.about.classes.name[c], -name);
		print_score(f, 10, class_recall(&r->c, c)); /* of one class, accuracy and recall are the same */
		print_score(f, 11, class_precision(&r->c, c));
		print_score(f, 10, class_recall(&r->c, c));
		print_score(f, 10, class_f1(&r->c, c));
		fprintf(f, "%10lld\n", (long long)r->c.support[c]);
	}
}

/* Columns for the names of files; 0: no row has one. */
static int
file_width(const struct result *r)
{
	int width = 0;

	for (int i = 0; i < r->ranked; i++)
		width = r->name[i] ? wider(width, r->name[i]) : width;
	return width < CLASS_SHOWN ? width : CLASS_SHOWN;
}

static void
print_ranked(FILE *f, const struct result *r)
{
	int order[CLASSES_MAX] = { 0 }, name = classes_width(&r->first.about.classes, 5), file = file_width(r);

	fprintf(f, "%5s  ", "row");
	if (file)
		fprintf(f, "%-*s  ", file < 4 ? 4 : file, "file");
	if (!r->unlabelled)
		fprintf(f, "%-*s  ", name, "true");
	fprintf(f, "most probable\n");
	for (int i = 0; i < r->ranked; i++) {
		class_order(r->classes, r->p[i], order);
		fprintf(f, "%5d", i);
		if (file) {
			fprintf(f, "  ");
			put_cell(f, r->name[i] ? r->name[i] : "", -(file < 4 ? 4 : file));
		}
		if (!r->unlabelled) {
			fprintf(f, "  ");
			put_cell(f, r->first.about.classes.name[r->label[i]], -name);
		}
		for (int k = 0; k < r->classes && k < top; k++) {
			fprintf(f, "  ");
			put_cell(f, r->first.about.classes.name[order[k]], -name);
			fprintf(f, " %.4f", (double)r->p[i][order[k]]);
		}
		putc('\n', f);
	}
}

static void
print_text(FILE *f, const struct result *r)
{
	if (r->unlabelled) {
		print_ranked(f, r);
		if (r->n > r->ranked)
			note("the first %d of %lld rows; tensor-pick --rows chooses others", r->ranked, (long long)r->n);
		return;
	}
	print_matrix(f, r);
	putc('\n', f);
	print_classes(f, r);
	fprintf(f, "\naccuracy  %.4f  (%lld of %lld)\n", confusion_accuracy(&r->c), (long long)r->c.score.correct, (long long)r->n);
	fprintf(f, "loss      %.4f\n", confusion_loss(&r->c));
	if (top)
		fprintf(f, "top %-5lld %.4f\n", (long long)top, in_top(r));
	if (top && r->n <= RANKED_ROWS) {
		putc('\n', f);
		print_ranked(f, r);
	}
}

/* ---- for programs ---- */

static void
put_ratio(FILE *f, double v)
{
	if (isnan(v))
		fprintf(f, "\t-");
	else
		fprintf(f, "\t%.9g", v);
}

static void
print_tsv(FILE *f, const struct result *r)
{
	fprintf(f, "true");
	for (int c = 0; c < r->classes; c++) {
		putc('\t', f);
		put_name(f, r->first.about.classes.name[c]);
	}
	putc('\n', f);
	for (int i = 0; i < r->classes; i++) {
		put_name(f, r->first.about.classes.name[i]);
		for (int j = 0; j < r->classes; j++)
			if (normalize)
				put_ratio(f, class_part(&r->c, i, j));
			else
				fprintf(f, "\t%lld", (long long)r->c.m[i][j]);
		putc('\n', f);
	}
}

static void
print_scores(FILE *f, const struct result *r)
{
	fprintf(f, "rows\taccuracy\tloss%s\n", top ? "\ttop" : "");
	fprintf(f, "%lld\t%.9g\t%.9g", (long long)r->n, confusion_accuracy(&r->c), confusion_loss(&r->c));
	if (top)
		fprintf(f, "\t%.9g", in_top(r));
	putc('\n', f);
}

static void
print_class_scores(FILE *f, const struct result *r)
{
	fprintf(f, "class\tsupport\tprecision\trecall\tf1\n");
	for (int c = 0; c < r->classes; c++) {
		put_name(f, r->first.about.classes.name[c]);
		fprintf(f, "\t%lld", (long long)r->c.support[c]);
		put_ratio(f, class_precision(&r->c, c));
		put_ratio(f, class_recall(&r->c, c));
		put_ratio(f, class_f1(&r->c, c));
		putc('\n', f);
	}
}

static void
json_matrix(FILE *f, const struct result *r)
{
	for (int i = 0; i < r->classes; i++)
		for (int j = 0; j < r->classes; j++) {
			fprintf(f, "%s", j ? "," : i ? "],[" : "[[");
			if (normalize)
				json_real(f, class_part(&r->c, i, j));
			else
				fprintf(f, "%lld", (long long)r->c.m[i][j]);
		}
	fprintf(f, "]]");
}

static void
json_classes(FILE *f, const struct result *r)
{
	for (int c = 0; c < r->classes; c++) {
		fprintf(f, "%s{\"name\":", c ? "," : "[");
		json_text(f, r->first.about.classes.name[c]);
		json_field(f, "accuracy", class_recall(&r->c, c));
		json_field(f, "precision", class_precision(&r->c, c));
		json_field(f, "recall", class_recall(&r->c, c));
		json_field(f, "f1", class_f1(&r->c, c));
		fprintf(f, ",\"support\":%lld}", (long long)r->c.support[c]);
	}
	fprintf(f, "]");
}

static void
json_ranked(FILE *f, const struct result *r)
{
	int order[CLASSES_MAX] = { 0 };

	for (int i = 0; i < r->ranked; i++) {
		class_order(r->classes, r->p[i], order);
		fprintf(f, "%s{", i ? "," : "[");
		if (r->name[i]) {
			fprintf(f, "\"file\":");
			json_text(f, r->name[i]);
			putc(',', f);
		}
		if (!r->unlabelled) {
			fprintf(f, "\"true\":");
			json_text(f, r->first.about.classes.name[r->label[i]]);
			putc(',', f);
		}
		for (int k = 0; k < r->classes && k < top; k++) {
			fprintf(f, "%s{\"class\":", k ? "," : "\"top\":[");
			json_text(f, r->first.about.classes.name[order[k]]);
			json_field(f, "p", (double)r->p[i][order[k]]);
			putc('}', f);
		}
		fprintf(f, "]}");
	}
	fprintf(f, "]");
}

static void
print_json(FILE *f, const struct result *r)
{
	if (r->unlabelled) {
		fprintf(f, "{\"rows\":%lld,\"ranked\":", (long long)r->n);
		json_ranked(f, r);
		fprintf(f, "}\n");
		return;
	}
	fprintf(f, "{\"rows\":%lld", (long long)r->n);
	json_field(f, "accuracy", confusion_accuracy(&r->c));
	json_field(f, "loss", confusion_loss(&r->c));
	if (top) {
		fprintf(f, ",\"top\":{\"k\":%lld", (long long)top);
		json_field(f, "accuracy", in_top(r));
		putc('}', f);
	}
	fprintf(f, ",\"classes\":");
	json_classes(f, r);
	fprintf(f, ",\"%s\":", normalize ? "normalized" : "confusion");
	json_matrix(f, r);
	if (top && r->n <= RANKED_ROWS) {
		fprintf(f, ",\"ranked\":");
		json_ranked(f, r);
	}
	fprintf(f, "}\n");
}

/* One tensor of the result: rows numbers, or rows times columns. */
struct table_output {
	const char *name;
	enum dtype dtype;
	int64_t rows, columns; /* columns 0: one dimension */
	const void *data;
};

/* What --tensor writes; ends with a NULL name. */
static struct table_output *
outputs(const struct result *r)
{
	const int n = r->classes;
	int64_t *m = xcalloc((size_t)n * (size_t)n, sizeof *m);
	double *part = xcalloc((size_t)n * (size_t)n, sizeof *part), *score = xcalloc((size_t)n, 3 * sizeof *score);
	double *mean = xcalloc(3, sizeof *mean);

	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			m[i * n + j] = r->c.m[i][j];
			part[i * n + j] = class_part(&r->c, i, j);
		}
	for (int c = 0; c < n; c++) {
		score[c] = class_precision(&r->c, c);
		score[n + c] = class_recall(&r->c, c);
		score[2 * n + c] = class_f1(&r->c, c);
	}
	mean[0] = confusion_accuracy(&r->c);
	mean[1] = confusion_loss(&r->c);
	mean[2] = in_top(r);
	struct table_output *o = xcalloc(10, sizeof *o), *next = o;
	*next++ = (struct table_output){ "confusion", DT_I8, n, n, m };
	if (normalize)
		*next++ = (struct table_output){ "normalized", DT_F8, n, n, part };
	*next++ = (struct table_output){ "precision", DT_F8, n, 0, score };
	*next++ = (struct table_output){ "recall", DT_F8, n, 0, score + n };
	*next++ = (struct table_output){ "f1", DT_F8, n, 0, score + 2 * n };
	*next++ = (struct table_output){ "support", DT_I8, n, 0, r->c.support };
	*next++ = (struct table_output){ "accuracy", DT_F8, 1, 0, &mean[0] };
	*next++ = (struct table_output){ "loss", DT_F8, 1, 0, &mean[1] };
	if (top)
		*next++ = (struct table_output){ "top", DT_F8, 1, 0, &mean[2] };
	return o;
}

static void
write_tensors(FILE *f, const struct result *r)
{
	const struct header *predictions = &r->first.head;
	const struct table_output *o = outputs(r);
	struct header made = { .kind = "tensors", .made = predictions->made, .made_by = predictions->made_by }, h;

	header_copy(&h, &made);
	classes_set(&h.meta, &r->first.about.classes);
	header_made(&h, opts, NULL, NULL, 0, NULL);
	for (int t = 0; o[t].name; t++) {
		struct shape shape = { o[t].columns ? 2 : 1, { o[t].rows, o[t].columns } };
		header_add(&h, o[t].name, o[t].dtype, &shape);
	}
	struct stream *s = stream_out(f, file_name_out(output), &h);
	for (int t = 0; o[t].name; t++)
		stream_put(s, t, o[t].rows, o[t].data);
	stream_end_object(s);
	stream_free(s);
	header_free(&h);
}

/* What is printed at the end; rows are printed on the way, since there may be more of them than memory. */
static const struct form {
	const bool *wanted;
	void (*print)(FILE *f, const struct result *r);
} forms[] = {
	{ &as_tsv, print_tsv },
	{ &as_scores, print_scores },
	{ &as_classes, print_class_scores },
	{ &as_rows, NULL },
	{ &as_json, print_json },
	{ &as_tensor, write_tensors },
	{ NULL, print_text },
};

static const struct form *
chosen_form(void)
{
	const struct form *form = forms, *chosen = NULL;

	for (; form->wanted; form++)
		if (*form->wanted && chosen)
			die(EX_USAGE, "--tsv, --scores, --class-scores, --rows, --json and --tensor: one of them at a time");
		else if (*form->wanted)
			chosen = form;
	return chosen ? chosen : form;
}

int
main(int argc, char **argv)
{
	static struct result r;
	int operand = opt_parse(argc, argv, opts, "[PREDICTIONS]", "Print the confusion matrix and scores of predictions.", 0, 1);
	struct stream *in = stream_open(opt_operand(argc, argv, operand));

	const struct form *form = chosen_form();
	FILE *f = file_out(output, as_tensor);
	if (as_rows)
		fprintf(f, "row\ttrue\tpredicted\tprobability\tof_true\tloss\n");
	while (stream_object(in))
		count_object(f, in, &r);
	if (r.n == 0)
		die(EX_DATAERR, "%s: holds no row", stream_name(in));
	if (form->print)
		form->print(f, &r);
	file_done(f);
	if (confusion_accuracy(&r.c) < min_accuracy)
		die(EX_NEGATIVE, "accuracy %.9g is below %.9g", confusion_accuracy(&r.c), min_accuracy);
	return 0;
}
