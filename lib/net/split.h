/* A convolution of several groups, or with dilation, as dense convolutions of parts of the image. A group is a part of the
 * channels; with a dilation of d, outputs d rows apart see rows d apart only, so that every d-th row, from each of the first d
 * on, is an image of its own; likewise columns. All parts, with the borders that they need, have one size: many go through a
 * dense kernel at once. */
#ifndef NET_SPLIT_H
#define NET_SPLIT_H

#include "net/layer.h"

/* Sets l->split from l->conv. */
void split_set(struct layer *l, int groups, int dh, int dw);
/* Does it have several parts? */
bool split_is(const struct layer *l);
size_t split_scratch_size(const struct layer *l);
/* As conv_y with relu if that is the layer's activation; and as conv_dx and conv_dw in one; dx, or dw and db, may be NULL. */
void split_y(const struct layer *l, int n, const real *x, const real *w, const real *b, real *y, void *scratch);
void split_back(const struct layer *l, int n, const real *x, const real *dy, const real *w, real *dx, real *dw, real *db, void *scratch);
#endif
