/* A batch that the ranks of a team share (base/team.h). Each of the first ranks, a power of two of them, owns one aligned block of
 * the batch's pieces: its sums over them are a whole branch of the tree over all pieces, and adding the ranks' sums as a tree gives
 * the same bits as a program that is alone. Ranks beyond own no pieces. Every rank comes to the same weights. */
#ifndef NET_RANKS_H
#define NET_RANKS_H

#include <stdbool.h>
#include <stddef.h>

#include "kern/kern.h"

/* What a rank owns of a batch. */
struct owned {
	int first, pieces; /* pieces may be 0 */
	int i0, i1;        /* its samples */
};

/* How many ranks own pieces. */
int ranks_active(int pieces);
/* Of a batch of n samples, which is cut into so many pieces; all of it, if it is not shared. */
struct owned ranks_block(int n, int pieces, bool shared);
/* x (n, size): each rank has its samples' rows of a shared batch; all get all. */
void ranks_gather(int n, int pieces, size_t size, real *x);
/* data: an array with an item of `size` bytes from each rank that owns pieces; all get all. */
void ranks_gather_each(int pieces, size_t size, void *data);
/* sum (n) is that of the rank's block, and becomes that of the batch; room for one such array from each rank that owns pieces. */
void ranks_sum(int pieces, size_t n, real *sum, real *room);

#endif
