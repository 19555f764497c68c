/* cnn-train: a model in, a trained model out */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/die.h"
#include "base/opt.h"
#include "model/checkpoint.h"
#include "model/compute.h"
#include "model/dataset.h"
#include "model/groups.h"
#include "model/history.h"
#include "model/stages.h"
#include "model/train_options.h"
#include "model/train_progress.h"
#include "sys/file.h"
#include "sys/interrupt.h"

enum { BATCH_MAX = 65536 };

static const char *train_path, *val_path, *output, *history_path, *best_path, *checkpoint_path, *resume_path;
static const char *optimizer = "sgd", *schedule = "constant", *warmup, *plateau, *class_weights, *mixup, *cutmix;
static char *groups;
static struct tuning tuning; /* NULLs: the optimizer's own */
static double label_smoothing;
static int64_t batch = 32, epochs = 1, early_stopping, every, threads;
static uint64_t seed = 1;
static bool eval_train;

#define OPTIMIZATION "optimization"
#define REGULARIZATION "regularization"
static const struct opt opts[] = {
	{ 0, "train", OPT_READ, &train_path, "DATASET", "train on this; required", 0, 0, NULL },
	{ 0, "val", OPT_READ, &val_path, "DATASET", "validate on this after each epoch", 0, 0, NULL },
	{ 0, "optimizer", OPT_TEXT, &optimizer, "NAME", "sgd, momentum, nesterov, adam, adamw or rmsprop", 0, 0, OPTIMIZATION },
	{ 0, "lr", OPT_TEXT, &tuning.lr, "RATE", "learning rate (sgd, momentum, nesterov: 0.01; others: 0.001)", 0, 0, OPTIMIZATION },
	{ 0, "momentum", OPT_TEXT, &tuning.momentum, "M", "momentum, nesterov: fraction of the last step (0.9)", 0, 0, OPTIMIZATION },
	{ 0, "beta1", OPT_TEXT, &tuning.beta1, "B", "adam, adamw: decay of the mean gradient (0.9)", 0, 0, OPTIMIZATION },
	{ 0, "beta2", OPT_TEXT, &tuning.beta2, "B", "adam, adamw, rmsprop: decay of the mean square (0.999; rmsprop: 0.9)", 0, 0, OPTIMIZATION },
	{ 0, "epsilon", OPT_TEXT, &tuning.epsilon, "E", "adam, adamw, rmsprop: keeps divisors from zero (1e-7)", 0, 0, OPTIMIZATION },
	{ 0, "weight-decay", OPT_TEXT, &tuning.weight_decay, "D", "decoupled decay of every weight (adamw: 0.004; others: 0)", 0, 0, REGULARIZATION },
	{ 0, "group", OPT_TEXTS, &groups, "PATTERN:SETTING,...", "parameters with lr*X, lr=X, decay*X, decay=X of their own; repeatable", 0, 0, OPTIMIZATION },
	{ 0, "clip-norm", OPT_TEXT, &tuning.clip_norm, "X", "scale all gradients down if the norm of all together is above X", 0, 0, OPTIMIZATION },
	{ 'b', "batch", OPT_INT, &batch, "N", "images a step", 1, BATCH_MAX, OPTIMIZATION },
	{ 'e', "epochs", OPT_INT, &epochs, "N", "passes through the training data", 1, EPOCHS_MAX, OPTIMIZATION },
	{ 0, "lr-schedule", OPT_TEXT, &schedule, "WAY", "constant, step[:FACTOR,EPOCHS], cosine or triangle[:UP]", 0, 0, OPTIMIZATION },
	{ 0, "lr-warmup", OPT_TEXT, &warmup, "N", "let the rate grow from 0 in the first N steps", 0, 0, OPTIMIZATION },
	{ 0, "plateau", OPT_TEXT, &plateau, "N[,FACTOR]", "after N epochs without better val_loss multiply the rate by FACTOR, 0.1", 0, 0, OPTIMIZATION },
	{ 0, "early-stopping", OPT_INT, &early_stopping, "N", "stop after N epochs without better val_loss; 0: never", 0, EPOCHS_MAX, REGULARIZATION },
	{ 0, "label-smoothing", OPT_REAL, &label_smoothing, "S", "spread this fraction of each target over all classes", 0, 0.99, REGULARIZATION },
	{ 0, "class-weights", OPT_TEXT, &class_weights, "W0,W1,...", "weight of each class in the loss, or: balanced", 0, 0, "data" },
	{ 0, "mixup", OPT_TEXT, &mixup, "A", "mix each image with another; its share is drawn from Beta(A, A)", 0, 0, "data" },
	{ 0, "cutmix", OPT_TEXT, &cutmix, "A", "put a box of another image into each; its share is drawn in the same way", 0, 0, "data" },
	{ 's', "seed", OPT_SEED, &seed, "SEED", "seed of shuffling, mixing, dropout and augmentation (1)", 0, 0, NULL },
	OPT_THREADS(threads),
	{ 0, "eval-train", OPT_FLAG, &eval_train, NULL, "evaluate the training data too after each epoch", 0, 0, NULL },
	{ 0, "history", OPT_WRITTEN, &history_path, "FILE", "write a row of tab-separated values after each epoch", 0, 0, NULL },
	{ 0, "best", OPT_KEPT, &best_path, "FILE", "keep the model with the best val_accuracy in FILE", 0, 0, NULL },
	{ 0, "checkpoint", OPT_KEPT, &checkpoint_path, "FILE", "write everything needed to resume to FILE", 0, 0, NULL },
	{ 0, "every", OPT_INT, &every, "N", "checkpoint every N steps; 0: after each epoch", 0, INT32_MAX, NULL },
	{ 0, "resume", OPT_RENEWED, &resume_path, "FILE", "continue from this checkpoint instead of MODEL", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

/* Everything of a run. */
struct run {
	struct model model;
	const char *from;          /* what the model was read from */
	struct dataset train, val;
	struct about train_about, val_about;
	struct optim optim;
	struct training training;
	struct history history;
	double weight[CLASSES_MAX];
	struct meta conditions;    /* what a resumed run must have in common with this one */
	bool resumed;
	double began;              /* the running epoch, NaN when not in this process */
};

/* ---- options ---- */

static void
need_validation(const char *option, bool asked)
{
	if (asked && !val_path)
		die(EX_USAGE, "--%s: needs --val DATASET", option);
}

static struct train_options
make_plan(struct optim *o)
{
	struct train_options p = { .batch = batch, .epochs = epochs, .seed = seed, .early_stopping = early_stopping,
		          .loss.smoothing = label_smoothing };

	train_options_optimizer(optimizer, &tuning, o);
	groups_parse(&groups, o);
	train_options_schedule(schedule, &p);
	train_options_warmup(warmup, &p);
	train_options_plateau(plateau, &p);
	train_options_mixing(&mixup, &cutmix, &p);
	if (!train_path)
		die(EX_USAGE, "--train DATASET is missing");
	need_validation("plateau", plateau);
	need_validation("early-stopping", early_stopping);
	need_validation("best", best_path);
	if (every && !checkpoint_path)
		die(EX_USAGE, "--every %" PRId64 ": needs --checkpoint FILE to write to", every);
	return p;
}

/* Files that are first written after an epoch: errors in creating them are found now. */
static void
check_results(void)
{
	if (best_path)
		file_check_out(best_path);
	if (checkpoint_path)
		file_check_out(checkpoint_path);
}

/* The options that shape this run: those with a nature that have a value. */
static const struct opt *
applied(void)
{
	static struct opt some[sizeof opts / sizeof *opts];
	int n = 0;

	for (const struct opt *o = opts; o->name; o++)
		if (o->nature && *opt_text(o))
			some[n++] = *o;
	some[n] = (struct opt)OPT_END;
	return some;
}

/* ---- data ---- */

static bool
is_stdin(const char *path)
{
	return path && !strcmp(path, "-");
}

static void
check_inputs(const char *operand)
{
	if (is_stdin(train_path) + is_stdin(val_path) + is_stdin(resume_path ? resume_path : operand) > 1)
		die(EX_USAGE, "only one of --train, --val and the model can be read from stdin");
}

static void
check_images(const char *path, const struct shape *got, const char *other, const struct shape *want)
{
	char a[128], b[128];

	if (!shape_equal(got, want, 0))
		die(EX_DATAERR, "%s: images are %s, but %s takes %s", path, shape_text(got, a, sizeof a), other,
		    shape_text(want, b, sizeof b));
}

static void
check_cutmix(const char *path, const struct shape *sample)
{
	char is[128];

	if (sample->n != 3)
		die(EX_DATAERR, "%s: rows are %s, but --cutmix needs images (height, width, channels); --mixup takes any", path,
		    shape_text(sample, is, sizeof is));
}

static void
load_data(struct run *r)
{
	const char *name = file_name_in(train_path);

	dataset_load(train_path, &r->train, &r->train_about);
	r->train.classes = r->train_about.classes.n;
	if (val_path) {
		dataset_load(val_path, &r->val, &r->val_about);
		r->val.classes = r->val_about.classes.n;
		const char *differ = about_differ(&r->train_about, &r->val_about);
		if (differ)
			die(EX_DATAERR, "%s: does not fit %s: %s", file_name_in(val_path), name, differ);
		check_images(file_name_in(val_path), &r->val.sample, name, &r->train.sample);
	}
	if (cutmix)
		check_cutmix(name, &r->train.sample);
	train_options_class_weights(class_weights, &r->train, name, r->weight, &r->training.plan);
}

/* ---- model ---- */

static void
check_model(const struct run *r)
{
	const struct network *net = &r->model.net;
	const char *data = file_name_in(train_path);

	check_images(data, &r->train.sample, "the network", &net->in);
	const int classes = model_classes(&r->model, r->from);
	if (classes != r->train_about.classes.n)
		die(EX_DATAERR, "%s: the network has %d outputs, but %s has %d classes", r->from, classes, data,
		    r->train_about.classes.n);
	const char *differ = model_data_differ(&r->model, r->from, &r->train_about);
	if (differ)
		die(EX_DATAERR, "%s: was trained on data that does not fit %s: %s", r->from, data, differ);
}

/* If there is no checkpoint yet, a command that writes the file it resumes from starts at the beginning, so the same command
 * can be repeated until training is done. */
static bool
resuming(const char *operand)
{
	if (!resume_path)
		return false;
	if (is_stdin(resume_path) || !access(resume_path, F_OK) || errno != ENOENT ||
	    !checkpoint_path || strcmp(resume_path, checkpoint_path))
		return true;
	note("%s: not there yet; starting from %s", resume_path, file_name_in(operand));
	return false;
}

static void
read_model(struct run *r, const char *operand)
{
	r->resumed = resuming(operand);
	const char *path = r->resumed ? resume_path : operand;
	r->from = file_name_in(path);
	model_read(&r->model, path);
	check_model(r);
	if (!r->resumed && checkpoint_is(&r->model)) {
		note("%s: is a checkpoint; only its weights are used, --resume continues its training", r->from);
		checkpoint_strip(&r->model);
	}
}

/* ---- what goes into the files ---- */

static void
make_conditions(struct run *r)
{
	for (const struct opt *o = applied(); o->name; o++)
		meta_set_text(&r->conditions, o->name, opt_text(o));
	char *s = text("%" PRIu64, seed);
	meta_set_text(&r->conditions, "seed", s);
	free(s);
	meta_set_text(&r->conditions, "eval-train", eval_train ? "true" : "false");
	meta_set_text(&r->conditions, "train", r->train_about.id);
	if (val_path)
		meta_set_text(&r->conditions, "val", r->val_about.id);
}

static void
describe(struct run *r)
{
	struct header *h = &r->model.head;
	const char *ids[] = { r->train_about.id, r->val_about.id };

	classes_set(&h->meta, &r->train_about.classes);
	if (r->train_about.standardized.n)
		meta_set_meta(&h->meta, "standardized", &r->train_about.standardized);
	stages_add(&h->meta, applied());
	header_made(h, applied(), &seed, compute_arithmetic(), val_path ? 2 : 1, ids);
}

/* Without fused multiply-adds sums differ in their last bits. */
static void
check_arithmetic(const struct run *r)
{
	const struct header *h = &r->model.head;
	char *was = h->made ? made_arithmetic(&h->made_by[h->made - 1]) : NULL;
	const bool fused = !strcmp(compute_arithmetic(), "fma");

	if (was && arithmetic_differs(was))
		warn("%s: was made with%s fused multiply-adds, now there are %s: the result will not be the same to the last bit; "
		     "CNN_ISA=%s sets it", r->from, fused ? "out" : "", fused ? "some" : "none", fused ? "v2" : "ref");
	free(was);
}

/* ---- the loop ---- */

static void
checkpoint(struct run *r)
{
	if (checkpoint_path)
		checkpoint_write(&r->model, &r->training, &r->conditions, checkpoint_path);
}

static _Noreturn void
interrupted(struct run *r)
{
	const struct train_position *at = &r->training.at;
	int64_t epoch = at->first_epoch + at->epoch + 1;

	train_progress_break();
	checkpoint(r);
	if (checkpoint_path)
		warn("interrupted in epoch %" PRId64 ", step %" PRId64 "; continue with --resume %s", epoch, at->step, checkpoint_path);
	else
		warn("interrupted in epoch %" PRId64 ", step %" PRId64 "; nothing saved, use --checkpoint FILE", epoch, at->step);
	interrupt_die();
}

static _Noreturn void
diverged(const struct training *t, int64_t epoch, int64_t step, const char *what)
{
	train_progress_break();
	die(EX_NEGATIVE, "diverged in epoch %" PRId64 ", step %" PRId64 " (learning rate %.3g): %s is not finite, or about to be; "
	    "try a smaller --lr", epoch, step, train_lr(t), what);
}

static void
train_steps_of_epoch(struct run *r)
{
	struct training *t = &r->training;

	while (!train_epoch_done(t)) {
		if (interrupt_caught())
			interrupted(r);
		if (!train_step(t))
			diverged(t, t->at.first_epoch + t->at.epoch + 1, t->at.step + 1, "the loss or a weight");
		train_progress_step(&t->at.running);
		if (every && t->optim->step % every == 0)
			checkpoint(r);
	}
}

static void
write_best(struct run *r)
{
	model_write(&r->model, file_out(best_path, true), best_path);
}

static void
record_epoch(struct run *r, const struct epoch_row *row, const struct score *on_train, double pace)
{
	struct meta event;

	history_event(&event, row, eval_train ? on_train : NULL);
	events_add(&r->model.events, &event);
	history_add(&r->history, &event, seconds_now() - r->began, pace);
	meta_free(&event);
	if (best_path && row->best)
		write_best(r);
	if (!every)
		checkpoint(r);
}

static void
train_one_epoch(struct run *r)
{
	struct training *t = &r->training;
	struct epoch_row row;
	struct score on_train;

	/* the seconds of an epoch that another process began are not known */
	r->began = t->at.step ? NAN : seconds_now();
	train_progress_start(t->at.first_epoch + t->at.epoch + 1, t->at.first_epoch + t->plan.epochs, t->at.step, train_steps(t));
	train_steps_of_epoch(r);
	double pace = train_progress_pace();
	if ((eval_train && !train_evaluate(t, &r->train, &on_train)) || !train_end_epoch(t, &row))
		interrupted(r);
	if (val_path && !isfinite(row.val_loss))
		diverged(t, row.epoch, train_steps(t), "the validation loss");
	train_progress_end(&row);
	record_epoch(r, &row, &on_train, pace);
}

static void
train(struct run *r)
{
	interrupt_catch();
	while (!train_done(&r->training))
		train_one_epoch(r);
	if (every)
		checkpoint(r);
	if (interrupt_caught())
		interrupted(r);
	interrupt_release();
	if (r->training.at.stopped)
		note("stopped early: no better val_loss for %" PRId64 " epochs", early_stopping);
}

static void
check_warmup(const struct training *t)
{
	const int64_t steps = t->plan.epochs * train_steps(t);

	if (t->plan.warmup >= steps)
		die(EX_USAGE, "--lr-warmup %s: the run has %" PRId64 " steps only; take fewer for the warm-up", warmup, steps);
}

/* A checkpoint holds the last model, not the best one. Where these are the same, it is written (again); else it must be there. */
static void
resume_best(struct run *r)
{
	const struct train_position *at = &r->training.at;
	const int best = history_best(&r->model, "val_accuracy", 1, at->first_epoch);

	if (best < 0)
		return;
	if (at->step == 0 && best == r->model.events.n - 1)
		write_best(r);
	else if (access(best_path, F_OK))
		warn("%s: does not exist, and %s does not hold the best model so far; it will be written when val_accuracy is above %.9g", best_path,
		     r->from, at->best_val_accuracy);
}

/* From a checkpoint, or from the end of the history the model brings along. */
static void
prepare(struct run *r)
{
	struct training *t = &r->training;
	int64_t epochs_before, steps_before;

	t->net = &r->model.net;
	t->w = r->model.w;
	t->optim = &r->optim;
	t->train = &r->train;
	t->val = val_path ? &r->val : NULL;
	t->stop = interrupt_caught;
	check_warmup(t);
	t->plan.loss.classes = r->train_about.classes.n;
	groups_assign(&r->optim, t->net, r->from);
	optim_alloc(&r->optim, r->model.net.trained);
	if (r->resumed) {
		checkpoint_check(&r->model, r->from, &r->conditions);
		checkpoint_restore(&r->model, r->from, t);
		checkpoint_strip(&r->model);
		check_arithmetic(r);
		if (best_path)
			resume_best(r);
	} else {
		history_reached(&r->model, &epochs_before, &steps_before);
		t->at = train_position_start(epochs_before, steps_before);
		describe(r);
	}
	if (checkpoint_path)
		checkpoint_check_out(&r->model, t, &r->conditions, checkpoint_path);
	else
		model_check_out(&r->model, file_name_out(output));
	train_start(t);
}

static double
data_bytes(const struct dataset *d)
{
	return (double)d->n * (1 + (double)shape_count(&d->sample, 0) * (double)dtype_size(d->dtype));
}

static void
say_memory(const struct run *r)
{
	struct rusage use;

	if (!getrusage(RUSAGE_SELF, &use))
		note("memory: %.1f MB at most, %.1f MB of it data", (double)use.ru_maxrss / 1024,
		     (data_bytes(&r->train) + data_bytes(&r->val)) / (1 << 20));
}

static void
finish(struct run *r)
{
	train_free(&r->training);
	optim_free(&r->optim);
	meta_free(&r->conditions);
	about_free(&r->train_about);
	about_free(&r->val_about);
	free(r->train.x);
	free(r->train.y);
	free(r->val.x);
	free(r->val.y);
	model_free(&r->model);
}

int
main(int argc, char **argv)
{
	static struct run run;
	int at = opt_parse(argc, argv, opts, "[MODEL]", "Train a model.", 0, 1);
	const char *operand = opt_operand(argc, argv, at);

	compute_start(threads);
	run.training.plan = make_plan(&run.optim);
	check_inputs(operand);
	check_results();
	FILE *out = file_out(output, true);
	load_data(&run);
	make_conditions(&run);
	read_model(&run, operand);
	prepare(&run);
	history_open(&run.history, history_path, &run.model, eval_train);
	train(&run);
	history_close(&run.history);
	say_memory(&run);
	model_write(&run.model, out, file_name_out(output));
	finish(&run);
	return 0;
}
