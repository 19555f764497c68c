/* Images mixed in pairs, and their labels with them: mixup (Zhang, Cisse, Dauphin, Lopez-Paz, 2018) and CutMix (Yun, Han, Oh, Chun,
 * Choe, Yoo, 2019). As in Keras's layers, an image's partner is given by a permutation of the batch, and each image draws a share
 * of its own from Beta(alpha, alpha); the papers' programs draw one a batch. */
#ifndef NET_MIX_H
#define NET_MIX_H

#include <stdint.h>

#include "base/shape.h"

enum mixing { MIX_NONE, MIX_UP, MIX_CUT };

/* One image of a batch. */
struct mixed {
	uint32_t partner;  /* its place in the batch */
	double share;      /* of the image itself in the mixture and in its label; the rest is the partner's */
	int row[2], col[2]; /* CutMix: rows and columns row[0]..row[1]-1, col[0]..col[1]-1 are the partner's */
};

/* The mixtures of a batch of n images of this shape; CutMix needs (height, width, channels). They depend on the key alone.
 * partner (n) is room for the permutation. */
void mix_draw(enum mixing way, double alpha, const struct shape *image, uint64_t key, int n, uint32_t *partner, struct mixed *m);

#endif
