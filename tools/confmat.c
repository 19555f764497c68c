/* confmat: confusion matrix and scores of predictions */
#include <stdio.h>
#include <stdlib.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/table.h"
#include "model/tally.h"
#include "sys/file.h"

static const char *output;
static struct tally tally;
static bool as_tsv, as_scores, as_classes, as_rows, as_json, as_tensor;
static double min_accuracy = -1;

static const struct opt opts[] = {
	{ 0, "normalize", OPT_FLAG, &tally.normalize, NULL, "divide each row of the matrix by its sum", 0, 0, "data" },
	{ 0, "top", OPT_INT, &tally.top, "K", "also print how often the true class is among the K most probable", 1, CLASSES_MAX, "data" },
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

/* A line of --rows. */
static void
put_row(void *ctx, const struct tally *r, uint8_t label, const float *p)
{
	FILE *f = ctx;
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

/* One tensor of the result: rows numbers, or rows times columns. */
struct table_output {
	const char *name;
	enum dtype dtype;
	int64_t rows, columns; /* columns 0: one dimension */
	const void *data;
};

/* What --tensor writes; ends with a NULL name. */
static struct table_output *
outputs(const struct tally *r)
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
	mean[2] = tally_in_top(r);
	struct table_output *o = xcalloc(10, sizeof *o), *next = o;
	*next++ = (struct table_output){ "confusion", DT_I8, n, n, m };
	if (r->normalize)
		*next++ = (struct table_output){ "normalized", DT_F8, n, n, part };
	*next++ = (struct table_output){ "precision", DT_F8, n, 0, score };
	*next++ = (struct table_output){ "recall", DT_F8, n, 0, score + n };
	*next++ = (struct table_output){ "f1", DT_F8, n, 0, score + 2 * n };
	*next++ = (struct table_output){ "support", DT_I8, n, 0, r->c.support };
	*next++ = (struct table_output){ "accuracy", DT_F8, 1, 0, &mean[0] };
	*next++ = (struct table_output){ "loss", DT_F8, 1, 0, &mean[1] };
	if (r->top)
		*next++ = (struct table_output){ "top", DT_F8, 1, 0, &mean[2] };
	return o;
}

static void
write_tensors(FILE *f, const struct tally *r)
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
	void (*print)(FILE *f, const struct tally *r);
} forms[] = {
	{ &as_tsv, tally_tsv },
	{ &as_scores, tally_scores_tsv },
	{ &as_classes, tally_classes_tsv },
	{ &as_rows, NULL },
	{ &as_json, tally_json },
	{ &as_tensor, write_tensors },
	{ NULL, tally_text },
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
	int operand = opt_parse(argc, argv, opts, "[PREDICTIONS]", "Print the confusion matrix and scores of predictions.", 0, 1);
	struct stream *in = stream_open(opt_operand(argc, argv, operand));

	const struct form *form = chosen_form();
	tally.needs_labels = !tally.top || (form->wanted && !as_json) || tally.normalize || min_accuracy >= 0;
	FILE *f = file_out(output, as_tensor);
	if (as_rows)
		fprintf(f, "row\ttrue\tpredicted\tprobability\tof_true\tloss\n");
	while (stream_object(in))
		tally_object(&tally, in, as_rows ? put_row : NULL, f);
	if (tally.n == 0)
		die(EX_DATAERR, "%s: holds no row", stream_name(in));
	if (form->print)
		form->print(f, &tally);
	file_done(f);
	if (confusion_accuracy(&tally.c) < min_accuracy)
		die(EX_NEGATIVE, "accuracy %.9g is below %.9g", confusion_accuracy(&tally.c), min_accuracy);
	return 0;
}
