/* A training over files: what it reads must fit, what it writes is kept after each epoch, and signals end it between two steps. */
#ifndef MODEL_TRAIN_RUN_H
#define MODEL_TRAIN_RUN_H

#include "model/dataset.h"
#include "model/history.h"
#include "model/model.h"

struct train_run {
	/* what the user asks for */
	const char *best, *checkpoint; /* files; NULL: none */
	const char *best_by;           /* "val_accuracy", the largest, or "val_loss", the least */
	const char *keep;              /* a pattern of files, keep.h; NULL: none */
	int64_t every;                 /* steps between two checkpoints; 0: one after each epoch */
	bool eval_train;               /* evaluate the training data, too */
	bool streams;                  /* images stay in their files (streamed.h) */
	/* what is read */
	struct model model;
	const char *from;              /* the name of the model's file, for messages */
	bool resumed;                  /* the model is the checkpoint to resume from */
	struct dataset train, val;     /* val.n 0: none */
	struct about train_about, val_about;
	/* what is made of it */
	struct optim optim;
	struct training training;
	struct history history;
	struct meta conditions;        /* what a resumed run must have in common with this one */
	double weight[CLASSES_MAX];    /* of each class in the loss */
	double least_loss;             /* val_loss of this run so far */
	double began;                  /* the running epoch; NaN: in another process */
};

/* Reads the data; val NULL: none. Dies (EX_DATAERR) when they do not fit each other, or CutMix, if that is wanted. */
void train_run_data(struct train_run *r, const char *train, const char *val, bool cutmix);
/* Reads the checkpoint `resume` or, without one, the model `operand`. Dies (EX_DATAERR) when it does not fit the data, named `data`. */
void train_run_model(struct train_run *r, const char *operand, const char *resume, const char *data);
/* Is `resume` what to begin with? While it does not exist and is the file that checkpoints go to, training begins with the operand, so
 * that the same command can be repeated until all is done. */
bool train_run_resuming(const struct train_run *r, const char *operand, const char *resume);
/* The state of the checkpoint that was read, for r->training, which must be planned. Dies when the conditions differ. */
void train_run_restore(struct train_run *r);
/* Writes the model as it is now, with averaged weights if the optimizer averages. */
void train_run_write(struct train_run *r, const char *path);
/* Trains to the end of the plan; then the model has its averaged weights if the optimizer averages. Dies (EX_NEGATIVE) when it diverges, and by a signal, after writing a checkpoint. */
void train_run(struct train_run *r);
void train_run_free(struct train_run *r);

#endif
