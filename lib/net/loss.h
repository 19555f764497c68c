/* Categorical cross-entropy and accuracy, Keras's definitions. */
#ifndef NET_LOSS_H
#define NET_LOSS_H

#include "net/network.h"

struct loss {
	int classes;
	double smoothing;             /* label smoothing: targets y (1 - s) + s / classes */
	const double *class_weight;   /* per class, NULL: all 1; multiplies the sample's loss (Keras: the mean is still over n) */
};

/* Sums over samples, so that batches add up; divide by n for means. */
struct score {
	double loss, correct;
	int64_t n;
};

/* A target that two classes have in common; `share` of it is the first's. */
struct label {
	uint8_t first, second;
	double share;
};

void score_add(struct score *s, struct score more);
/* The class a prediction p (classes) is of: the most probable, ties go to the first. */
int likeliest(int classes, const real *p);
/* Adds the batch's loss (class weights and smoothing applied; no penalties) and correct predictions to *s.
 * p (n, classes) probabilities; logits (n, classes) or NULL. With logits the loss is log-sum-exp, exact where p underflows;
 * without, p is divided by its sum and clipped to [1e-7, 1 - 1e-7] as Keras does.
 * d (n, classes), or NULL: gradient of the batch's mean loss, at the logits if given, else at p. */
void loss_batch(const struct loss *l, int n, const uint8_t *y, const real *p, const real *logits, struct score *s, real *d);
/* The score of a batch of training, with shared targets: a sample's loss is that of its labels, each with its class weight, by their
 * shares; a prediction is correct if it is the label with the larger share (Keras: the maximum of the target; ties go to the
 * first). Summed up as a tree over the batch's pieces (pieces.h), where loss_batch takes samples in order, wherever batches end. Of a
 * batch that ranks share, each reads and writes its samples, and all get the score. */
struct score loss_shared(const struct loss *l, int n, const struct label *y, const real *p, const real *logits, real *d);

#endif
