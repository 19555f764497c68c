/* cnn-eval: what a model predicts for a dataset */
#include <stdio.h>

#include "base/die.h"
#include "base/opt.h"
#include "model/batches.h"
#include "model/compute.h"
#include "model/mistakes.h"
#include "model/views.h"
#include "net/loss.h"
#include "net/run.h"
#include "sys/file.h"

enum { WRONG_MAX = 1000 };

static int64_t threads, batch, wrong_max = 24;
static const char *output, *wrong_path, *views_said;
static struct views views;

static const struct opt opts[] = {
	OPT_THREADS(threads),
	OPT_BATCH(batch),
	{ 0, "views", OPT_TEXT, &views_said, "VIEWS", "average over views of each image: mirror, shift:PIXELS, or mirror,shift:PIXELS", 0, 0, NULL },
	{ 'w', "wrong", OPT_WRITTEN, &wrong_path, "FILE", "also draw the images taken for another class, with captions, as SVG", 0, 0, NULL },
	{ 0, "wrong-max", OPT_INT, &wrong_max, "N", "draw so many of them at most, the surest (24)", 1, WRONG_MAX, NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

static struct mistakes mistakes;

static void
start_mistakes(const struct batches *f)
{
	if (!f->y)
		die(EX_DATAERR, "%s: has no labels y; --wrong compares with them", stream_name(f->in));
	const char *why = mistakes_start(&mistakes, (int)wrong_max, &f->model->net.in);
	if (why)
		die(EX_DATAERR, "%s: %s; --wrong cannot draw them", stream_name(f->in), why);
}

static void
take_mistakes(const struct batches *f, int classes, const float *p)
{
	const int64_t numbers = shape_count(&f->model->net.in, 0);
	const bool bytes = stream_header(f->in)->tensor[f->tx].dtype == DT_U1;

	start_mistakes(f);
	for (int i = 0; i < f->n; i++)
		mistakes_take(&mistakes, f->x + i * numbers, bytes, f->y[i], classes, p + i * classes);
}

static void
draw_mistakes(FILE *f, const struct model *m)
{
	struct classes classes = { 0 };

	classes_get(&m->head.meta, &classes);
	mistakes_draw(f, &mistakes, &classes);
	classes_free(&classes);
	mistakes_free(&mistakes);
}

static struct views_result
look(struct plan *plan, int n, const real *x)
{
	if (views.n)
		return views_run(&views, plan, n, x);
	const real *p = run_forward(plan, n, x, false, 0);
	return (struct views_result){ p, run_logits(plan) };
}

/* Adds to score[0] with the label smoothing of the training, as val_loss counts, and to score[1] without. */
static void
predict(struct batches *f, struct plan *plan, FILE *out, struct score score[2])
{
	const int classes = (int)plan->net->out.d[0];
	int64_t rows = stream_header(f->in)->tensor[f->tx].shape.d[0];
	const struct shape shape = { 2, { rows, classes } };
	const struct loss loss[2] = { { .classes = classes, .smoothing = model_label_smoothing(f->model) }, { .classes = classes } };
	struct header h = { 0 };

	batches_header(f, &h, "predictions", opts);
	header_add(&h, "p", DT_F4, &shape);
	struct stream *s = stream_out(out, file_name_out(output), &h);
	while (batches_rows(f)) {
		const struct views_result seen = look(plan, f->n, f->x);
		batches_check_finite(f, classes, seen.p);
		for (int k = 0; k < 2 && f->y; k++)
			loss_batch(&loss[k], f->n, f->y, seen.p, seen.logits, &score[k], NULL);
		if (wrong_path)
			take_mistakes(f, classes, seen.p);
		batches_put(f, s, seen.p);
	}
	stream_end_object(s);
	stream_free(s);
	header_free(&h);
}

static void
tell(const struct model *m, const struct score score[2])
{
	const double n = (double)score->n, penalty = network_penalty(&m->net, m->w), smoothing = model_label_smoothing(m);
	char plain[80] = "", parts[80] = "", cost[80] = "";

	if (smoothing > 0)
		snprintf(plain, sizeof plain, "; loss without label smoothing of %.3g: %.4f", smoothing, score[1].loss / n + penalty);
	if (penalty > 0)
		snprintf(parts, sizeof parts, "; cross-entropy %.4f + penalty %.4f (l1, l2)", score->loss / n, penalty);
	if (views.n)
		snprintf(cost, sizeof cost, ", %d views of each, at %d times the cost", views.n, views.n);
	note("loss %.4f, accuracy %.4f on %lld images%s%s%s", score->loss / n + penalty, score->correct / n, (long long)score->n, cost, plain,
	     parts);
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "MODEL [DATASET]", "Write what a model predicts for each row of a dataset.",
	                        1, 2);
	struct score score[2] = { { 0 } };
	struct model m;
	struct plan plan = { 0 };
	struct batches f;

	compute_start(threads);
	if (opt_given(opts, "wrong-max") && !wrong_path)
		die(EX_USAGE, "--wrong-max: needs --wrong FILE to draw to");
	views_parse(views_said, &views);
	model_read(&m, argv[operand]);
	model_classes(&m, file_name_in(argv[operand]));
	const char *why = views_fit(&views, &m.net.in);
	if (why)
		die(EX_DATAERR, "%s: %s", file_name_in(argv[operand]), why);
	batches_open(&f, opt_operand(argc, argv, operand + 1), &m);
	FILE *out[] = { file_out(output, true), wrong_path ? file_out(wrong_path, false) : NULL };
	while (batches_object(&f)) {
		batches_plan(&f, &plan, want_evaluation((int)batch));
		predict(&f, &plan, out[0], score);
	}
	batches_close(&f);
	if (score->n)
		tell(&m, score);
	if (wrong_path)
		draw_mistakes(out[1], &m);
	files_done(wrong_path ? 2 : 1, out);
	views_free(&views);
	plan_free(&plan);
	model_free(&m);
	return 0;
}
