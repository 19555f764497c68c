#include "model/checkpoint.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "sys/file.h"

#define AT(field) offsetof(struct train_position, field)

/* struct train_position, name by name; reals are stored as doubles, exactly */
static const struct {
	const char *name;
	size_t where;
} counts[] = {
	{ "first_epoch", AT(first_epoch) },   { "first_step", AT(first_step) }, { "epoch", AT(epoch) },
	{ "step", AT(step) },                 { "rows", AT(running.n) },        { "wait", AT(wait) },
	{ "plateau_wait", AT(plateau_wait) }, { 0 },
}, reals[] = {
	{ "loss", AT(running.loss) },             { "correct", AT(running.correct) },
	{ "lr_scale", AT(lr_scale) },             { "best_val_loss", AT(best_val_loss) },
	{ "plateau_best", AT(plateau_best) },     { "best_val_accuracy", AT(best_val_accuracy) },
	{ 0 },
};

static char *
slot_name(const struct optim *o, int i)
{
	return text("opt/%s", optim_slot_name(o, i));
}

static void
add_slot(struct model *m, const struct optim *o, int i)
{
	char *name = slot_name(o, i);

	model_set_extra(m, name, o->n, o->slot[i]);
	free(name);
}

/* Makes m a checkpoint; checkpoint_strip takes it back. */
static void
add_state(struct model *m, const struct training *t, const struct meta *conditions)
{
	const struct optim *o = t->optim;
	struct meta state = { 0 };

	for (int i = 0; counts[i].name; i++)
		meta_set_int(&state, counts[i].name, *(const int64_t *)((const char *)&t->at + counts[i].where));
	for (int i = 0; reals[i].name; i++)
		meta_set_real(&state, reals[i].name, *(const double *)((const char *)&t->at + reals[i].where));
	meta_set_bool(&state, "stopped", t->at.stopped);
	meta_set_int(&state, "optimizer_step", o->step);
	meta_set_meta(&state, "conditions", conditions);
	meta_set_meta(&m->head.meta, "state", &state);
	meta_free(&state);
	for (int i = 0; i < SLOTS_MAX; i++)
		if (o->slot[i])
			add_slot(m, o, i);
}

void
checkpoint_write(struct model *m, const struct training *t, const struct meta *conditions, const char *path)
{
	add_state(m, t, conditions);
	model_write(m, file_out(path, true), path);
	checkpoint_strip(m);
}

void
checkpoint_check_out(struct model *m, const struct training *t, const struct meta *conditions, const char *path)
{
	add_state(m, t, conditions);
	model_check_out(m, path);
	checkpoint_strip(m);
}

bool
checkpoint_is(const struct model *m)
{
	return meta_find(&m->head.meta, "state") != NULL;
}

static void
get_state(const struct model *m, const char *path, struct meta *state)
{
	if (!meta_meta(&m->head.meta, "state", state))
		die(EX_DATAERR, "%s: is a model but not a checkpoint; expected a file of cnn-train --checkpoint", path);
}

/* The value of a condition as text; "none" where there is no such condition. */
static char *
condition(const char *path, const struct meta *conditions, const char *name)
{
	char *value;

	if (!meta_find(conditions, name))
		return xstrdup("none");
	if (!meta_text(conditions, name, &value))
		die(EX_DATAERR, "%s: its training state has a --%s that is not text; the file was tampered with", path, name);
	return value;
}

static void
check_condition(const char *path, const char *name, const struct meta *then, const struct meta *now)
{
	char *was = condition(path, then, name), *is = condition(path, now, name);

	if (strcmp(was, is))
		die(EX_USAGE, "%s: was made with --%s %s, but now it is %s; resume with the same options and data", path, name, was, is);
	free(was);
	free(is);
}

void
checkpoint_check(const struct model *m, const char *path, const struct meta *conditions)
{
	struct meta state, then;

	get_state(m, path, &state);
	if (!meta_meta(&state, "conditions", &then))
		die(EX_DATAERR, "%s: its training state names no options; it cannot be resumed", path);
	for (int i = 0; i < then.n; i++)
		check_condition(path, then.entry[i].key, &then, conditions);
	for (int i = 0; i < conditions->n; i++)
		check_condition(path, conditions->entry[i].key, &then, conditions);
	meta_free(&then);
	meta_free(&state);
}

/* Comparisons that NaN fails. A best loss is infinite until there is one. */
static bool
plausible_scores(const struct train_position *at)
{
	return isfinite(at->running.loss) && at->running.correct >= 0 && at->running.correct <= (double)at->running.n &&
	       at->lr_scale >= 0 && at->lr_scale <= 1 && at->best_val_loss > -INFINITY && at->plateau_best > -INFINITY &&
	       at->best_val_accuracy >= -1 && at->best_val_accuracy <= 1;
}

/* A file that was tampered with must not lead outside of any array. */
static bool
plausible(const struct training *t)
{
	const struct train_position *at = &t->at;
	const int64_t most = INT64_C(1) << 53;

	for (int i = 0; counts[i].name; i++) {
		int64_t v = *(const int64_t *)((const char *)at + counts[i].where);
		if (v < 0 || v > most)
			return false;
	}
	if (at->epoch > t->plan.epochs || at->step > train_epoch_steps(t))
		return false;
	const int64_t rows = at->step * t->plan.batch;
	if (at->running.n != (rows < t->train->n ? rows : t->train->n))
		return false;
	const int64_t done = at->epoch * train_steps(t) + at->step, all = train_run_steps(t);
	return t->optim->step == (done < all ? done : all) && plausible_scores(at);
}

static void
restore_slot(const struct model *m, const char *path, struct optim *o, int i)
{
	char *name = slot_name(o, i);
	const float *data = model_extra(m, name, o->n);

	if (!data)
		die(EX_DATAERR, "%s: tensor %s is missing or does not have %zu numbers", path, name, o->n);
	if (o->n)
		memcpy(o->slot[i], data, o->n * sizeof *data);
	free(name);
}

void
checkpoint_restore(const struct model *m, const char *path, struct training *t)
{
	struct meta state;
	bool ok = true;

	get_state(m, path, &state);
	for (int i = 0; counts[i].name; i++)
		ok = ok && meta_int(&state, counts[i].name, (int64_t *)((char *)&t->at + counts[i].where));
	for (int i = 0; reals[i].name; i++)
		ok = ok && meta_real(&state, reals[i].name, (double *)((char *)&t->at + reals[i].where));
	ok = ok && meta_bool(&state, "stopped", &t->at.stopped) && meta_int(&state, "optimizer_step", &t->optim->step);
	if (!ok || !plausible(t))
		die(EX_DATAERR, "%s: its training state does not fit the data and the options; the file was tampered with", path);
	for (int i = 0; i < SLOTS_MAX; i++)
		if (t->optim->slot[i])
			restore_slot(m, path, t->optim, i);
	meta_free(&state);
}

void
checkpoint_strip(struct model *m)
{
	meta_remove(&m->head.meta, "state");
	model_drop_extras(m);
}
