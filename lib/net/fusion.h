/* Fusions: successive layers whose work is done in one, or is divided in another way. A new one is its file and one line in
 * fusions.c. */
#ifndef NET_FUSION_H
#define NET_FUSION_H

#include "net/layer.h"

struct fusion {
	/* Can they run as one? Nothing else reads what the first one writes, or one between. */
	bool (*joins)(const struct layer *first, const struct layer *const between[BETWEEN], const struct layer *second);
	/* The types of layers between them, in order, and NULL; if there is one, and it merges the first one's output with a value of the same shape,
	 * that is the step's second input. */
	const struct layer_type *over[BETWEEN];
	bool only_forward; /* not where a way back follows */
	bool gives_dx; /* may the gradient of the input be asked for? */
	/* In one step: as a layer's, with pass.second; y, dy and save are the second layer's. */
	layer_fn *forward, *backward;
	bool in_place; /* may the gradient of an input be dy? */
	/* In place of the first layer's; its sums of the batch stay. NULL: its own. */
	layer_fn *piece_dsums;
	size_t (*scratch_size)(const struct layer *first, const struct layer *second); /* NULL: none */
	size_t (*save_size)(const struct layer *first, const struct layer *second); /* NULL: the second layer's */
	int (*reads)(const struct layer *first, const struct layer *second); /* READS_X, READS_Y: what backward reads */
	/* Or in two, in training: the first layer runs bare, without its activation, and this instead of the second's own; the way back is
	 * the second's own, which then reads neither output. NULL: in one. */
	layer_fn *second_forward;
};

/* Bytes that are saved of an image, rounded up so that those of the next begin where a number may lie. */
static inline size_t
fusion_saved(size_t bytes)
{
	return (bytes + sizeof(real) - 1) / sizeof(real) * sizeof(real);
}

/* Can the convolution l be cut to what `pool` sees of it? Nothing else reads it, and between them is nothing but perhaps a relu. */
bool fuse_cut(const struct layer *l, const struct layer *pool);

/* A convolution of fewer taps runs faster in one with its pool, whatever lies between (fuse_conv_pool.c). */
static inline bool
fusion_many_taps(const struct layer *l)
{
	return l->conv.kh * l->conv.kw * l->conv.c >= 128;
}

extern const struct fusion *const fusions[]; /* NULL-terminated; in fusions.c */

#endif
