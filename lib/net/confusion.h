/* Predictions counted by true and predicted class, and the scores that follow; NaN where there is nothing to divide by. */
#ifndef NET_CONFUSION_H
#define NET_CONFUSION_H

#include "net/loss.h"

enum { CONFUSION_CLASSES = 256 }; /* a label is a byte */

struct confusion {
	int classes;
	struct score score;                                     /* loss: the cross-entropy, as loss_batch computes it of probabilities */
	int64_t m[CONFUSION_CLASSES][CONFUSION_CLASSES];        /* true, predicted */
	int64_t support[CONFUSION_CLASSES], predicted[CONFUSION_CLASSES]; /* sums of rows and of columns */
};

void confusion_add(struct confusion *c, uint8_t label, const real *p);
double confusion_accuracy(const struct confusion *c);
double confusion_loss(const struct confusion *c);
/* Of one class. Its accuracy is its recall. */
double class_recall(const struct confusion *c, int class);
double class_precision(const struct confusion *c, int class);
double class_f1(const struct confusion *c, int class);
/* The part of the rows of `class` that was predicted as `as`. */
double class_part(const struct confusion *c, int class, int as);

/* How many classes are more probable than this one, or as probable and before it, in p (classes). */
int class_rank(int classes, const real *p, int class);
/* order (classes) = the classes, the most probable first; ties in their order. */
void class_order(int classes, const real *p, int *order);

#endif
