/* Training history: events in a model, rows of tab-separated values outside. */
#ifndef MODEL_HISTORY_H
#define MODEL_HISTORY_H

#include <stdio.h>

#include "model/model.h"
#include "net/train.h"

/* The event of an epoch; train: loss and accuracy of the training data in evaluation mode, NULL if not evaluated. */
void history_event(struct meta *event, const struct epoch_row *row, const struct score *train);
/* Epochs and steps in a model's history; 0 without one. */
void history_reached(const struct model *m, int64_t *epochs, int64_t *steps);
/* The first event where `key` is best; sign 1: largest, -1: smallest. after: only of epochs after this one, 0: of all. -1: none
 * has it. */
int history_best(const struct model *m, const char *key, int sign, int64_t after);
/* A value of an event as a cell of a table: numbers as %.9g, nothing where the key is missing. */
void history_cell(FILE *f, const struct meta *event, const char *key);

/* The file of `cnn-train --history`: the events, and the seconds of each epoch and step, which are recorded nowhere else. */
struct history {
	FILE *f;
	const char *path;
	bool train; /* columns train_loss and train_accuracy */
};

/* path: "-" is stdout, NULL nothing. Writes the header and the events so far; their seconds are kept where the file of before holds the same rows. */
void history_open(struct history *h, const char *path, const struct model *m, bool train);
/* Writes and flushes a row. seconds, pace: NaN when not known. */
void history_add(struct history *h, const struct meta *event, double seconds, double pace);
void history_close(struct history *h);

#endif
