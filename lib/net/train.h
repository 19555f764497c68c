/* The training loop, one step at a time, so that a caller can stop and resume anywhere: all state that is not weights
 * or slots is in struct progress, plain numbers. */
#ifndef NET_TRAIN_H
#define NET_TRAIN_H

#include "net/loss.h"
#include "net/network.h"
#include "net/optim.h"

/* Rows in memory: x (n, sample shape) u1 or f4, y (n). */
struct dataset {
	int64_t n;
	struct shape sample;
	int classes;
	enum dtype dtype;
	void *x;
	uint8_t *y;
};

enum schedule { SCHEDULE_CONSTANT, SCHEDULE_STEP, SCHEDULE_COSINE, SCHEDULE_TRIANGLE };

struct plan {
	double lr;
	enum schedule schedule;
	double schedule_factor;  /* step: multiplies lr ... */
	int64_t schedule_every;  /* ... every so many epochs; */
	double schedule_up;      /* triangle: part of all steps on the way up */
	int64_t plateau;         /* epochs without a better val_loss (by 1e-4) until lr is multiplied by plateau_factor; 0: never */
	double plateau_factor;
	int64_t early_stopping;  /* epochs without a better val_loss until training stops; 0: never */
	int64_t batch, epochs;   /* epochs of this run */
	uint64_t seed;
	struct loss loss;
};

/* What a checkpoint must hold beside weights and slots. */
struct progress {
	int64_t first_epoch;      /* epochs trained before this run (a model trained further) */
	int64_t epoch;            /* epochs of this run finished */
	int64_t step;             /* steps of the running epoch done */
	struct score running;     /* sums over the running epoch; loss includes penalties, as Keras prints it */
	double lr_scale;          /* product of plateau reductions */
	double best_val_loss, plateau_best;
	int64_t wait, plateau_wait;
	double best_val_accuracy; /* for --best */
	bool stopped;             /* early stopping has struck */
};

struct training {
	struct network *net;
	struct optim *optim;
	const struct dataset *train, *val; /* val may be NULL */
	struct plan plan;
	struct progress at;
	/* inside */
	uint32_t *order;
	int64_t order_epoch;
	real *x, *d;
	uint8_t *y;
};

struct epoch_row {
	int64_t epoch, step;     /* 1-based epoch, steps since the model's first; */
	double lr, loss, accuracy, val_loss, val_accuracy; /* val_*: NaN without a validation set */
};

void train_start(struct training *t);  /* allocates, plans the network; t->at zeroed or from a checkpoint */
void train_free(struct training *t);
int64_t train_steps(const struct training *t); /* steps an epoch: the last, partial batch is kept */
double train_lr(const struct training *t);     /* learning rate of the next step */
/* One step. false: the loss or the update is not finite; nothing was changed. */
bool train_step(struct training *t);
bool train_epoch_done(const struct training *t);
/* Closes the epoch: validation, plateau, early stopping; fills *row; at.step = 0. */
void train_end_epoch(struct training *t, struct epoch_row *row);
bool train_done(const struct training *t);
/* Loss (with penalties, as Keras's val_loss) and accuracy of d in evaluation mode. Uses the network's training plan. */
struct score evaluate(struct network *m, const struct loss *l, const struct dataset *d);

#endif
