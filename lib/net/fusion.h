/* Fusions: two layers, one after the other, whose work is done in one. A new one is its file and one line in fusions.c. */
#ifndef NET_FUSION_H
#define NET_FUSION_H

#include "net/layer.h"

struct fusion {
	/* Can both run as one? Nothing else reads what the first one writes. */
	bool (*joins)(const struct layer *first, const struct layer *second);
	/* As a layer's, with pass.second: y, dy and save are the second layer's. The gradient of the input is never asked for. */
	layer_fn *forward;
	layer_fn *backward;
	size_t (*scratch)(const struct layer *first, const struct layer *second);
	int (*reads)(const struct layer *first, const struct layer *second); /* READS_X, READS_Y: what backward reads */
};

extern const struct fusion *const fusions[]; /* NULL-terminated; in fusions.c */

#endif
