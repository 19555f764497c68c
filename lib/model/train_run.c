/* The loop of a training: steps, epochs, and what is written in between */
#include "model/train_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/team.h"
#include "model/checkpoint.h"
#include "model/keep.h"
#include "model/streamed.h"
#include "model/train_progress.h"
#include "sys/file.h"
#include "sys/interrupt.h"

static void
checkpoint(struct train_run *r)
{
	if (r->checkpoint)
		checkpoint_write(&r->model, &r->training, &r->conditions, r->checkpoint);
}

/* A signal has come, to one rank at least: all leave after the same step. */
static bool
stop(void)
{
	return team_any(interrupt_caught());
}

static _Noreturn void
interrupted(struct train_run *r)
{
	const struct train_position *at = &r->training.at;
	int64_t epoch = at->first_epoch + at->epoch + 1;

	train_progress_break();
	checkpoint(r);
	if (r->checkpoint)
		warn("interrupted in epoch %" PRId64 ", step %" PRId64 "; continue with --resume %s", epoch, at->step, r->checkpoint);
	else
		warn("interrupted in epoch %" PRId64 ", step %" PRId64 "; nothing saved, use --checkpoint FILE", epoch, at->step);
	team_defer();
	interrupt_die();
}

static _Noreturn void
diverged(const struct training *t, int64_t epoch, int64_t step, const char *what)
{
	train_progress_break();
	die(EX_NEGATIVE, "diverged in epoch %" PRId64 ", step %" PRId64 " (learning rate %.3g): %s is not finite, or about to be; "
	    "try a smaller --lr", epoch, step, train_lr(t), what);
}

/* Before anything is written that rests on rows which could not be read. */
static void
check_rows(const struct train_run *r)
{
	streamed_check(&r->train);
	streamed_check(&r->val);
}

static void
train_steps_of_epoch(struct train_run *r)
{
	struct training *t = &r->training;

	while (!train_epoch_done(t)) {
		if (stop())
			interrupted(r);
		if (!train_step(t))
			diverged(t, t->at.first_epoch + t->at.epoch + 1, t->at.step + 1, "the loss or a weight");
		check_rows(r);
		train_progress_step(&t->at.running);
		if (r->every && t->optim->step % r->every == 0)
			checkpoint(r);
	}
}

void
train_run_write(struct train_run *r, const char *path)
{
	optim_swap_average(&r->optim, r->model.w);
	model_write(&r->model, file_out(path, true), path);
	optim_swap_average(&r->optim, r->model.w);
}

static void
keep_model(struct train_run *r, int64_t epoch)
{
	char *name = keep_name(r->keep, epoch);

	train_run_write(r, name);
	free(name);
}

static bool
is_best(struct train_run *r, const struct epoch_row *row)
{
	const bool least = row->val_loss < r->least_loss;

	if (least)
		r->least_loss = row->val_loss;
	return strcmp(r->best_by, "val_loss") ? row->best : least;
}

static void
record_epoch(struct train_run *r, const struct epoch_row *row, const struct score *on_train, double pace)
{
	struct meta event;

	history_event(&event, row, r->eval_train ? on_train : NULL);
	events_add(&r->model.events, &event);
	history_add(&r->history, &event, seconds_now() - r->began, pace);
	meta_free(&event);
	if (is_best(r, row) && r->best)
		train_run_write(r, r->best);
	if (r->keep)
		keep_model(r, row->epoch);
	if (!r->every)
		checkpoint(r);
}

static void
train_one_epoch(struct train_run *r)
{
	struct training *t = &r->training;
	struct epoch_row row;
	struct score on_train;

	const int64_t steps = train_epoch_steps(t);

	/* the seconds of an epoch that another process began are not known */
	r->began = t->at.step ? NAN : seconds_now();
	train_progress_start(t->at.first_epoch + t->at.epoch + 1, t->at.first_epoch + t->plan.epochs, t->at.step, steps);
	train_steps_of_epoch(r);
	double pace = train_progress_pace();
	if ((r->eval_train && !train_evaluate(t, &r->train, &on_train)) || !train_end_epoch(t, &row))
		interrupted(r);
	check_rows(r);
	if (t->val && !isfinite(row.val_loss))
		diverged(t, row.epoch, steps, "the validation loss");
	train_progress_end(&row);
	record_epoch(r, &row, &on_train, pace);
}

void
train_run(struct train_run *r)
{
	r->training.stop = stop;
	interrupt_catch();
	while (!train_done(&r->training))
		train_one_epoch(r);
	if (r->every)
		checkpoint(r);
	if (stop())
		interrupted(r);
	interrupt_release();
	optim_swap_average(&r->optim, r->model.w);
	if (r->training.at.stopped)
		note("stopped early: no better val_loss for %" PRId64 " epochs", r->training.plan.early_stopping);
}

void
train_run_free(struct train_run *r)
{
	train_free(&r->training);
	optim_free(&r->optim);
	meta_free(&r->conditions);
	about_free(&r->train_about);
	about_free(&r->val_about);
	dataset_free(&r->train);
	dataset_free(&r->val);
	model_free(&r->model);
}
