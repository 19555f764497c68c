/* The training loop, one step at a time, so that a caller can stop and resume anywhere: all state that is not weights
 * or slots is in struct train_position, plain numbers. */
#ifndef NET_TRAIN_H
#define NET_TRAIN_H

#include "net/loss.h"
#include "net/mix.h"
#include "net/optim.h"
#include "net/plan.h"

/* Rows x (n, sample shape) u1 or f4, and their labels y (n). Rows are in memory or, where x is NULL, somewhere else. */
struct dataset {
	int64_t n;
	struct shape sample;
	int classes;
	enum dtype dtype;
	void *x;
	uint8_t *y;
	/* Writes `bytes` bytes of a row, from byte `at` of it on; and says that a row will be taken soon. By any thread; what fails is for the
	 * caller to find out. */
	void (*take)(void *from, int64_t row, size_t at, size_t bytes, void *to);
	void (*expect)(void *from, int64_t row);
	void *from;
};

struct train_options {
	struct schedule schedule; /* of all groups that have none of their own */
	int64_t warmup;          /* steps in which the rate grows from 0; a cosine begins after them; fewer than the run has */
	int64_t plateau;         /* epochs without a better val_loss (by 1e-4) until lr is multiplied by plateau_factor; 0: never */
	double plateau_factor;
	int64_t early_stopping;  /* epochs without a better val_loss until training stops; 0: never */
	int64_t batch, epochs;   /* epochs of this run */
	int64_t steps;           /* of this run, of which the last epoch may have fewer than the others; 0: as many as the epochs have */
	uint64_t seed;
	enum mixing mixing;      /* of the training images, before the network's first layer */
	double mix_alpha;
	struct loss loss;        /* class weights count in training only, as in Keras */
};

/* What a checkpoint must hold in addition to weights and slots. */
struct train_position {
	int64_t first_epoch, first_step; /* epochs and steps trained before this run (a model trained further) */
	int64_t epoch;            /* epochs of this run finished */
	int64_t step;             /* steps of the running epoch done */
	struct score running;     /* sums over the running epoch; loss includes penalties, as Keras prints it */
	double lr_scale;          /* product of plateau reductions */
	double best_val_loss, plateau_best;
	int64_t wait, plateau_wait;
	double best_val_accuracy; /* for --best; below 0: none yet */
	bool stopped;             /* early stopping has struck */
};

struct training {
	const struct network *net;
	real *w;                           /* its weights */
	struct optim *optim;               /* with its groups and slots */
	const struct dataset *train, *val; /* val may be NULL */
	struct train_options plan;
	struct train_position at;
	bool (*stop)(void);                /* asked between the batches of an evaluation whether to leave it; NULL: never */
	/* inside */
	struct plan run;
	uint32_t *order;
	int64_t order_epoch; /* which epoch's order that is; -1: none yet */
	bool *rests;         /* of each layer: its parameters are no longer trained in this run */
	real *x, *d;
	struct label *y;
	struct score *each;  /* of the samples of a batch for each rank, in evaluation */
	uint32_t *partner;
	struct mixed *mixed;
};

struct epoch_row {
	int64_t epoch, step;     /* 1-based epoch, steps since the model's first; */
	double lr, loss, accuracy, val_loss, val_accuracy; /* lr of the last step; val_*: NaN without a validation set */
	bool best;               /* no epoch of this run had a better val_accuracy before */
};

/* The state before the first step of a run over a model that had so many epochs and steps before. */
struct train_position train_position_start(int64_t first_epoch, int64_t first_step);
/* Allocates everything and plans the network; t->at is train_position_start() or what a checkpoint holds. */
void train_start(struct training *t);
void train_free(struct training *t);
/* Bytes that training by batches takes: weights, gradients, activations and a batch, without the data and the optimizer's slots. */
size_t train_memory(const struct network *m, int64_t batch);
int64_t train_steps(const struct training *t); /* steps an epoch: the last, partial batch is kept */
int64_t train_epoch_steps(const struct training *t); /* steps of the running epoch: fewer where the run ends within it */
int64_t train_run_steps(const struct training *t);   /* steps of the run */
double train_lr(const struct training *t);     /* learning rate of the next step, of group 0 */
/* One step. false: the loss or the update is not finite; weights, slots and t->at are as before (the moving averages of a
 * batch normalization may not be). */
bool train_step(struct training *t);
bool train_epoch_done(const struct training *t);
/* Closes the epoch: validation, plateau, early stopping; fills *row; at.step = 0. false: left at t->stop's wish, and nothing is
 * changed, so that it can be done again. */
bool train_end_epoch(struct training *t, struct epoch_row *row);
bool train_done(const struct training *t);
/* *s: loss (as Keras's val_loss: with penalties and label smoothing, without class weights) and accuracy of d in evaluation mode, with
 * averaged weights if the optimizer averages.
 * false: left at t->stop's wish. */
bool train_evaluate(struct training *t, const struct dataset *d, struct score *s);

/* weight[classes]: n / (classes that have rows * rows of the class), as scikit-learn's "balanced", so that over the rows the mean is 1;
 * 1 for a class without rows. */
void class_weights_balanced(const struct dataset *d, double *weight);

#endif
