/* Images mirrored, shifted or cut: each row of the output shows one row of the input, each column one column. */
#ifndef NET_AUGMENT_H
#define NET_AUGMENT_H

#include "net/layer.h"

/* Fills row (oh) and col (ow) with what a sample shows there; -1: nothing, zeros. */
typedef void lookup_fn(const struct layer *l, const struct pass *p, int sample, int *row, int *col);

/* The samples of a piece, forward (y from x) and backward (dx from dy). */
void augment_y(const struct layer *l, const struct pass *p, const struct slice *piece, lookup_fn *lookup);
void augment_dx(const struct layer *l, const struct pass *p, const struct slice *piece, lookup_fn *lookup);
/* Scratch bytes that both need. */
size_t augment_scratch(const struct layer *l);
/* A draw from 0..n-1 for this sample; `which` (below 4) tells several draws apart. */
int augment_draw(const struct pass *p, int sample, int which, int n);

#endif
