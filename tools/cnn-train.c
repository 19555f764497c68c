/* cnn-train: a model in, a trained model out */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/paths.h"
#include "base/team.h"
#include "model/agree.h"
#include "model/checkpoint.h"
#include "model/compute.h"
#include "model/dataset.h"
#include "model/groups.h"
#include "model/history.h"
#include "model/keep.h"
#include "model/stages.h"
#include "model/train_options.h"
#include "model/train_run.h"
#include "sys/file.h"

enum { BATCH_MAX = 65536 };

static struct train_run run = { .best_by = "val_accuracy", .least_loss = INFINITY }; /* and best, keep, checkpoint, every, eval_train */
static const char *train_path, *val_path, *output, *history_path, *resume_path;
static const char *steps, *optimizer = "sgd", *schedule = "constant", *warmup, *plateau, *class_weights, *mixup, *cutmix;
static char *groups;
static struct tuning tuning; /* NULLs: the optimizer's own */
static double label_smoothing;
static int64_t batch = 32, epochs = 1, early_stopping, threads;
static uint64_t seed = 1;

#define OPTIMIZATION "optimization"
#define REGULARIZATION "regularization"
static const struct opt opts[] = {
	{ 0, "train", OPT_READ, &train_path, "DATASET", "train on this; required", 0, 0, NULL },
	{ 0, "val", OPT_READ, &val_path, "DATASET", "validate on this after each epoch", 0, 0, NULL },
	{ 0, "optimizer", OPT_TEXT, &optimizer, "NAME", "sgd, momentum, nesterov, adam, adamw, rmsprop, lion or muon", 0, 0, OPTIMIZATION },
	{ 0, "lr", OPT_TEXT, &tuning.lr, "RATE", "learning rate (sgd, momentum, nesterov: 0.01; muon: 0.02; others: 0.001)", 0, 0, OPTIMIZATION },
	{ 0, "momentum", OPT_TEXT, &tuning.momentum, "M", "momentum, nesterov, muon: fraction of the last step (0.9; muon: 0.95)", 0, 0, OPTIMIZATION },
	{ 0, "beta1", OPT_TEXT, &tuning.beta1, "B", "adam, adamw, lion: decay of the mean gradient (0.9)", 0, 0, OPTIMIZATION },
	{ 0, "beta2", OPT_TEXT, &tuning.beta2, "B", "decay of the mean square (adam, adamw: 0.999; rmsprop: 0.9) or of the momentum (lion: 0.99)", 0, 0, OPTIMIZATION },
	{ 0, "epsilon", OPT_TEXT, &tuning.epsilon, "E", "adam, adamw, rmsprop: keeps divisors from zero (1e-7)", 0, 0, OPTIMIZATION },
	{ 0, "weight-decay", OPT_TEXT, &tuning.weight_decay, "D", "decoupled decay of every weight (adamw: 0.004; others: 0)", 0, 0, REGULARIZATION },
	{ 0, "group", OPT_TEXTS, &groups, "PATTERN:SETTING,...", "parameters with lr*X, decay=X, rule=NAME, ... of their own; repeatable", 0, 0, OPTIMIZATION },
	{ 0, "clip-norm", OPT_TEXT, &tuning.clip_norm, "X", "scale all gradients down if the norm of all together is above X", 0, 0, OPTIMIZATION },
	{ 0, "ema", OPT_TEXT, &tuning.ema, "M", "the result has averages of the weights, of which each step keeps the part M", 0, 0, OPTIMIZATION },
	{ 0, "lookahead", OPT_TEXT, &tuning.lookahead, "N[,PART]", "after every N steps go back to PART (0.5) of the way they went", 0, 0, OPTIMIZATION },
	{ 'b', "batch", OPT_INT, &batch, "N", "images a step", 1, BATCH_MAX, OPTIMIZATION },
	{ 'e', "epochs", OPT_INT, &epochs, "N", "passes through the training data", 1, EPOCHS_MAX, OPTIMIZATION },
	{ 0, "steps", OPT_TEXT, &steps, "N", "steps of this run, instead of --epochs", 0, 0, OPTIMIZATION },
	{ 0, "lr-schedule", OPT_TEXT, &schedule, "WAY", "constant, step[:FACTOR,EPOCHS], cosine, triangle[:UP], onecycle[:UP] or points:PART=FACTOR,...", 0, 0, OPTIMIZATION },
	{ 0, "lr-warmup", OPT_TEXT, &warmup, "N", "let the rate grow from 0 in the first N steps", 0, 0, OPTIMIZATION },
	{ 0, "plateau", OPT_TEXT, &plateau, "N[,FACTOR]", "after N epochs without better val_loss multiply the rate by FACTOR, 0.1", 0, 0, OPTIMIZATION },
	{ 0, "early-stopping", OPT_INT, &early_stopping, "N", "stop after N epochs without better val_loss; 0: never", 0, EPOCHS_MAX, REGULARIZATION },
	{ 0, "label-smoothing", OPT_REAL, &label_smoothing, "S", "spread this fraction of each target over all classes", 0, 0.99, REGULARIZATION },
	{ 0, "class-weights", OPT_TEXT, &class_weights, "W0,W1,...", "weight of each class in the loss, or: balanced", 0, 0, "data" },
	{ 0, "mixup", OPT_TEXT, &mixup, "A", "mix each image with another; its share is drawn from Beta(A, A)", 0, 0, "data" },
	{ 0, "cutmix", OPT_TEXT, &cutmix, "A", "put a box of another image into each; its share is drawn in the same way", 0, 0, "data" },
	{ 's', "seed", OPT_SEED, &seed, "SEED", "seed of shuffling, mixing, dropout and augmentation (1)", 0, 0, NULL },
	OPT_THREADS(threads),
	{ 0, "stream", OPT_FLAG, &run.streams, NULL, "leave images in their files, and take them from there step by step", 0, 0, NULL },
	{ 0, "eval-train", OPT_FLAG, &run.eval_train, NULL, "evaluate the training data too after each epoch", 0, 0, NULL },
	{ 0, "history", OPT_WRITTEN, &history_path, "FILE", "write a row of tab-separated values after each epoch", 0, 0, NULL },
	{ 0, "best", OPT_KEPT, &run.best, "FILE", "keep the best model in FILE", 0, 0, NULL },
	{ 0, "best-by", OPT_TEXT, &run.best_by, "WHAT", "val_accuracy, the largest, or val_loss, the least (val_accuracy)", 0, 0, NULL },
	{ 0, "keep", OPT_TEXT, &run.keep, "PATTERN", "write the model after each epoch to PATTERN, with its number for %d", 0, 0, NULL },
	{ 0, "checkpoint", OPT_KEPT, &run.checkpoint, "FILE", "write everything needed to resume to FILE", 0, 0, NULL },
	{ 0, "every", OPT_INT, &run.every, "N", "checkpoint every N steps; 0: after each epoch", 0, INT32_MAX, NULL },
	{ 0, "resume", OPT_RENEWED, &resume_path, "FILE", "continue from this checkpoint instead of MODEL", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END,
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
	if (steps && opt_given(opts, "epochs"))
		die(EX_USAGE, "--steps %s: not together with --epochs; give one of them", steps);
	need_validation("plateau", plateau);
	need_validation("early-stopping", early_stopping);
	need_validation("best", run.best);
	if (strcmp(run.best_by, "val_accuracy") && strcmp(run.best_by, "val_loss"))
		die(EX_USAGE, "--best-by %.40s: expected val_accuracy or val_loss", run.best_by);
	if (opt_given(opts, "best-by") && !run.best)
		die(EX_USAGE, "--best-by: needs --best FILE to write to");
	if (run.every && !run.checkpoint)
		die(EX_USAGE, "--every %" PRId64 ": needs --checkpoint FILE to write to", run.every);
	return p;
}

/* All ranks of a team come to the same results; rank 0 alone writes them. */
static void
follow(void)
{
	output = "/dev/null";
	history_path = run.best = run.keep = run.checkpoint = NULL;
}

/* Files that are first written after an epoch: errors in creating them are found now. */
static void
check_results(const char *operand)
{
	const struct path other[] = {
		{ "--train", train_path, PATH_READ, NULL },       { "--val", val_path, PATH_READ, NULL },
		{ "--resume", resume_path, PATH_READ, NULL },     { NULL, operand, PATH_READ, NULL },
		{ "--history", history_path, PATH_WRITTEN, NULL }, { "--best", run.best, PATH_WRITTEN, NULL },
		{ "--checkpoint", run.checkpoint, PATH_WRITTEN, NULL }, { "--output", output, PATH_WRITTEN, NULL },
	};

	if (run.keep) {
		keep_check(run.keep);
		keep_apart(run.keep, other, sizeof other / sizeof *other);
		char *first = keep_name(run.keep, 1);
		file_check_out(first);
		free(first);
	}
	if (run.best)
		file_check_out(run.best);
	if (run.checkpoint)
		file_check_out(run.checkpoint);
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

/* ---- what goes into the files ---- */

static void
make_conditions(struct train_run *r)
{
	for (const struct opt *o = applied(); o->name; o++)
		meta_set_text(&r->conditions, o->name, opt_text(o));
	if (steps)
		meta_remove(&r->conditions, "epochs"); /* they follow from the steps */
	char *s = text("%" PRIu64, seed);
	meta_set_text(&r->conditions, "seed", s);
	free(s);
	meta_set_text(&r->conditions, "eval-train", r->eval_train ? "true" : "false");
	meta_set_text(&r->conditions, "train", r->train_about.id);
	if (val_path)
		meta_set_text(&r->conditions, "val", r->val_about.id);
}

static void
describe(struct train_run *r)
{
	struct header *h = &r->model.head;
	const char *ids[] = { r->train_about.id, r->val_about.id };

	classes_set(&h->meta, &r->train_about.classes);
	if (r->train_about.standardized.n)
		meta_set_meta(&h->meta, "standardized", &r->train_about.standardized);
	stages_add(&h->meta, applied());
	header_made(h, applied(), &seed, compute_arithmetic(), val_path ? 2 : 1, ids);
}

static void
check_warmup(const struct training *t)
{
	const int64_t all = train_run_steps(t);

	if (t->plan.warmup >= all)
		die(EX_USAGE, "--lr-warmup %s: the run has %" PRId64 " steps only; take fewer for the warm-up", warmup, all);
}

/* From the end of the history that the model brings along. */
static void
begin(struct train_run *r)
{
	int64_t epochs_before, steps_before;

	history_reached(&r->model, &epochs_before, &steps_before);
	r->training.at = train_position_start(epochs_before, steps_before);
	describe(r);
}

static void
prepare(struct train_run *r)
{
	struct training *t = &r->training;

	t->net = &r->model.net;
	t->w = r->model.w;
	t->optim = &r->optim;
	t->train = &r->train;
	t->val = val_path ? &r->val : NULL;
	check_warmup(t);
	t->plan.loss.classes = r->train_about.classes.n;
	groups_assign(&r->optim, t->net, r->from);
	optim_alloc(&r->optim, r->model.net.trained);
	if (r->resumed)
		train_run_restore(r);
	else
		begin(r);
	if (r->checkpoint)
		checkpoint_check_out(&r->model, t, &r->conditions, r->checkpoint);
	else
		model_check_out(&r->model, file_name_out(output));
	train_start(t);
}

static double
data_bytes(const struct dataset *d)
{
	return (double)d->n * (1 + (d->x ? (double)shape_count(&d->sample, 0) * (double)dtype_size(d->dtype) : 0));
}

static void
say_memory(const struct train_run *r)
{
	struct rusage use;

	if (!getrusage(RUSAGE_SELF, &use))
		note("memory: %.1f MB at most, %.1f MB of it data", (double)use.ru_maxrss / 1024,
		     (data_bytes(&r->train) + data_bytes(&r->val)) / (1 << 20));
}

int
main(int argc, char **argv)
{
	team_start(&argc, &argv);
	int at = opt_parse(argc, argv, opts, "[MODEL]", "Train a model.", 0, 1);
	const char *operand = opt_operand(argc, argv, at);

	compute_start(threads);
	run.training.plan = make_plan(&run.optim);
	check_inputs(operand);
	agree_check(opts);
	if (team_rank())
		follow();
	check_results(operand);
	FILE *out = file_out(output, true);
	train_run_data(&run, train_path, val_path, cutmix);
	train_options_steps(steps, run.train.n, &run.training.plan, &epochs);
	train_options_class_weights(class_weights, &run.train, file_name_in(train_path), run.weight, &run.training.plan);
	make_conditions(&run);
	train_run_model(&run, operand, resume_path, train_path);
	prepare(&run);
	history_open(&run.history, history_path, &run.model, run.eval_train);
	train_run(&run);
	history_close(&run.history);
	say_memory(&run);
	model_write(&run.model, out, file_name_out(output));
	train_run_free(&run);
	return 0;
}
