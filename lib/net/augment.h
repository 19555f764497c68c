/* Images mirrored, shifted or cut: each row of the output shows one row of the input, each column one column. */
#ifndef NET_AUGMENT_H
#define NET_AUGMENT_H

#include "net/layer.h"

/* forward and backward of layer types that have a lookup: it fills row (oh) and col (ow) with what the sample of the pass
 * shows there; -1: nothing, zeros. */
void augment_forward(const struct layer *l, const struct pass *p);
void augment_backward(const struct layer *l, const struct pass *p);
/* Scratch bytes that both need. */
size_t augment_scratch(const struct layer *l);
/* A draw from 0..n-1 for this sample of the pass; `which` (below 4) tells several draws apart. */
int augment_draw(const struct pass *p, int sample, int which, int n);

#endif
