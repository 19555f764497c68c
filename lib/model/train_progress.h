/* Progress of training on stderr. On a terminal one line an epoch, redrawn at most ten times a second, as Keras users know it:
 *   Epoch 3/20  120/157 [===============>....] 9.1ms/step ETA 0s - loss: 1.2345 - accuracy: 0.5678
 * elsewhere one line when an epoch is over; nothing with -q. */
#ifndef MODEL_TRAIN_PROGRESS_H
#define MODEL_TRAIN_PROGRESS_H

#include "net/train.h"

/* Seconds of a clock that only goes forward. */
double seconds_now(void);

/* An epoch begins, or is resumed, after `step` of `steps` steps. */
void train_progress_start(int64_t epoch, int64_t epochs, int64_t step, int64_t steps);
/* A step more is done; running: sums over the epoch so far. */
void train_progress_step(const struct score *running);
/* Seconds a step took on average since train_progress_start. */
double train_progress_pace(void);
/* The epoch is over. */
void train_progress_end(const struct epoch_row *row);
/* Leaves a half-drawn line alone: must be called before anything else is said in mid-epoch. */
void train_progress_break(void);

#endif
