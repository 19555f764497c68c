/* cnn-eval: what a model predicts for a dataset */
#include <stdio.h>

#include "base/die.h"
#include "base/opt.h"
#include "model/batches.h"
#include "model/compute.h"
#include "net/loss.h"
#include "net/run.h"
#include "sys/file.h"

static int64_t threads, batch;
static const char *output;

static const struct opt opts[] = {
	OPT_THREADS(threads),
	OPT_BATCH(batch),
	OPT_OUTPUT(output),
	OPT_END,
};

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
		const float *p = run_forward(plan, f->n, f->x, false, 0);
		batches_check_finite(f, classes, p);
		for (int k = 0; k < 2 && f->y; k++)
			loss_batch(&loss[k], f->n, f->y, p, run_logits(plan), &score[k], NULL);
		batches_put(f, s, p);
	}
	stream_end_object(s);
	stream_free(s);
	header_free(&h);
}

static void
tell(const struct model *m, const struct score score[2])
{
	const double n = (double)score->n, penalty = network_penalty(&m->net, m->w), smoothing = model_label_smoothing(m);
	char plain[80] = "", parts[80] = "";

	if (smoothing > 0)
		snprintf(plain, sizeof plain, "; loss without label smoothing of %.3g: %.4f", smoothing, score[1].loss / n + penalty);
	if (penalty > 0)
		snprintf(parts, sizeof parts, "; cross-entropy %.4f + penalty %.4f (l1, l2)", score->loss / n, penalty);
	note("loss %.4f, accuracy %.4f on %lld images%s%s", score->loss / n + penalty, score->correct / n, (long long)score->n, plain,
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
	model_read(&m, argv[operand]);
	model_classes(&m, file_name_in(argv[operand]));
	batches_open(&f, opt_operand(argc, argv, operand + 1), &m);
	FILE *out = file_out(output, true);
	while (batches_object(&f)) {
		batches_plan(&f, &plan, want_evaluation((int)batch));
		predict(&f, &plan, out, score);
	}
	batches_close(&f);
	if (score->n)
		tell(&m, score);
	file_done(out);
	plan_free(&plan);
	model_free(&m);
	return 0;
}
