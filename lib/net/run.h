/* Runs of a plan: its steps, in order. */
#ifndef NET_RUN_H
#define NET_RUN_H

#include "net/plan.h"

/* Runs n <= want.batch samples x (n, in) forward; returns the output (n, out) of the plan, valid until the next run. `training`
 * needs a plan for training; one for evaluation only evaluates. `key` seeds dropout and augmentation of this step. x must live
 * until the backward. */
const real *run_forward(struct plan *p, int n, const real *x, bool training, uint64_t key);
/* The same, where fill writes x first, in parallel and while it is warm: called for pieces of the batch, it writes n samples
 * from the first-th on to x, which is already that sample's place. */
const real *run_forward_fill(struct plan *p, int n, fill_fn *fill, void *ctx, real *x, bool training, uint64_t key);
/* The input of the softmax that the network ends in, in the latest forward; NULL: it ends in none. */
const real *run_logits(const struct plan *p);
/* After a forward, where the plan has a way back: in training, gradients of all trained parameters into dw, penalties (l1, l2)
 * included; and that at the layer want.gradient. d (n, out) is the gradient at the output, or, when `from_logits`, at the input of
 * the last softmax; it may be overwritten. */
void run_backward(struct plan *p, real *d, bool from_logits);
/* The output of the layer want.gradient, and after a backward the gradient there; valid until the next run. */
const real *run_output(const struct plan *p);
const real *run_gradient(const struct plan *p);

#endif
