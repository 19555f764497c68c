/* What a training reads: data sets and a model that fit each other */
#include "base/die.h"
#include "model/checkpoint.h"
#include "model/train_run.h"
#include "sys/file.h"

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
load(const struct train_run *r, struct dataset *d, struct about *a, const char *path)
{
	dataset_load(path, r->streams, d, a);
	d->classes = a->classes.n;
}

static void
check_validation(const struct train_run *r, const char *train, const char *val)
{
	const char *differ = about_differ(&r->train_about, &r->val_about);

	if (differ)
		die(EX_DATAERR, "%s: does not fit %s: %s", val, train, differ);
	check_images(val, &r->val.sample, train, &r->train.sample);
}

void
train_run_data(struct train_run *r, const char *train, const char *val, bool cutmix)
{
	load(r, &r->train, &r->train_about, train);
	if (val) {
		load(r, &r->val, &r->val_about, val);
		check_validation(r, file_name_in(train), file_name_in(val));
	}
	if (cutmix)
		check_cutmix(file_name_in(train), &r->train.sample);
}

static void
check_model(const struct train_run *r, const char *data)
{
	const struct network *net = &r->model.net;

	check_images(data, &r->train.sample, "the network", &net->in);
	const int classes = model_classes(&r->model, r->from);
	if (classes != r->train_about.classes.n)
		die(EX_DATAERR, "%s: the network has %d outputs, but %s has %d classes", r->from, classes, data,
		    r->train_about.classes.n);
	const char *differ = model_data_differ(&r->model, r->from, &r->train_about);
	if (differ)
		die(EX_DATAERR, "%s: was trained on data that does not fit %s: %s", r->from, data, differ);
}

void
train_run_model(struct train_run *r, const char *operand, const char *resume, const char *data)
{
	r->resumed = train_run_resuming(r, operand, resume);
	const char *path = r->resumed ? resume : operand;
	r->from = file_name_in(path);
	model_read(&r->model, path);
	check_model(r, file_name_in(data));
	if (!r->resumed && checkpoint_is(&r->model)) {
		note("%s: is a checkpoint; only its weights are used, --resume continues its training", r->from);
		checkpoint_strip(&r->model);
	}
}
