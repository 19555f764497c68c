/* What layers share that change images at random in training. */
#ifndef NET_AUGMENT_H
#define NET_AUGMENT_H

#include "net/layer.h"

/* shape and idle of layers that change no shape, and do nothing outside of training. */
const char *augment_shape(struct layer *l);
bool augment_idle(const struct layer *l, bool training);

/* Images mirrored, shifted or cut: each row of the output shows one row of the input, each column one column. The forward and
 * backward of layer types that have a lookup: it fills row (oh) and col (ow) with what the sample of the pass
 * shows there; -1: nothing, zeros. */
void augment_forward(const struct layer *l, const struct pass *p);
void augment_backward(const struct layer *l, const struct pass *p);
/* Scratch bytes that both need. */
size_t augment_scratch_size(const struct layer *l);
/* A draw from 0..n-1 for this sample of the pass; `which` (below 4) distinguishes several draws. */
int augment_draw(const struct pass *p, int sample, int which, int n);
/* Is this sample mirrored, where it is so in every other epoch? In epoch 0 the odds are even. */
bool augment_alternate(const struct layer *l, const struct pass *p, int sample, int which);
/* The number at `unit` (0..1) of the interval; and one drawn for this sample, all equally likely. */
double augment_within(const struct value *interval, double unit);
double augment_uniform(const struct pass *p, int sample, int which, const struct value *interval);

/* Which of 0..n-1 is at place i of a row that is continued beyond both ends; -1: none (constant). reflect repeats the ends, as Keras
 * does: dcba|abcd|dcba; mirror does not, as torch's reflect: dcb|abcd|cba. */
enum { FILL_REFLECT, FILL_CONSTANT, FILL_NEAREST, FILL_WRAP, FILL_MIRROR };
extern const char *const augment_fills[];
int augment_inside(int i, int n, int fill);

/* The range of the numbers of an image, for layers that change them: results are clipped to it. 0:0: no range. */
#define VALUE_RANGE_OPTION \
	{ "value_range", OPTION_INTERVAL, "0", "data", "least and largest number of images; 0: anything", -1e9, 1e9, 0 }
bool augment_has_range(const struct value *range);
void augment_clip(const struct value *range, size_t n, real *y);
/* dy becomes 0 where y was clipped. */
void augment_unclip(const struct value *range, size_t n, const real *y, real *dy);

#endif
