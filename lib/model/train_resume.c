/* Going on from a checkpoint */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/team.h"
#include "model/checkpoint.h"
#include "model/compute.h"
#include "model/train_run.h"
#include "sys/file.h"

bool
train_run_resuming(const struct train_run *r, const char *operand, const char *resume)
{
	if (!resume)
		return false;
	bool fresh = strcmp(resume, "-") && access(resume, F_OK) && errno == ENOENT && r->checkpoint &&
	             !strcmp(resume, r->checkpoint);
	team_broadcast(&fresh, sizeof fresh);
	if (!fresh)
		return true;
	note("%s: not there yet; starting from %s", resume, file_name_in(operand));
	return false;
}

/* Without fused multiply-adds sums differ in their last bits. */
static void
check_arithmetic(const struct train_run *r)
{
	const struct header *h = &r->model.head;
	char *was = h->made ? made_arithmetic(&h->made_by[h->made - 1]) : NULL;
	const bool fused = !strcmp(compute_arithmetic(), "fma");

	if (was && arithmetic_differs(was))
		warn("%s: was made with%s fused multiply-adds, now there are %s: the result will not be the same to the last bit; "
		     "CNN_ISA=%s sets it", r->from, fused ? "out" : "", fused ? "some" : "none", fused ? "v2" : "ref");
	free(was);
}

/* The best epoch of this run so far in its history, and its value; -1: none has one. */
static int
best_so_far(const struct train_run *r, const char *by, double *value)
{
	const int best = history_best(&r->model, by, strcmp(by, "val_loss") ? 1 : -1, r->training.at.first_epoch);
	struct meta event;

	if (best < 0)
		return -1;
	events_get(&r->model.events, best, &event);
	meta_real(&event, by, value);
	meta_free(&event);
	return best;
}

/* A checkpoint holds the last model, not the best one. Where these are the same, it is written (again); else it must be there. */
static void
resume_best(struct train_run *r)
{
	double value;
	const int best = best_so_far(r, r->best_by, &value);

	if (best < 0)
		return;
	if (r->training.at.step == 0 && best == r->model.events.n - 1)
		train_run_write(r, r->best);
	else if (access(r->best, F_OK))
		warn("%s: does not exist, and %s does not hold the best model so far; it will be written when %s is %s %.9g", r->best,
		     r->from, r->best_by, strcmp(r->best_by, "val_loss") ? "above" : "below", value);
}

void
train_run_restore(struct train_run *r)
{
	checkpoint_check(&r->model, r->from, &r->conditions);
	checkpoint_restore(&r->model, r->from, &r->training);
	checkpoint_strip(&r->model);
	check_arithmetic(r);
	best_so_far(r, "val_loss", &r->least_loss);
	if (r->best)
		resume_best(r);
}
