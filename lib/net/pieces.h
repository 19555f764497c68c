/* Pieces of a batch. */
#ifndef NET_PIECES_H
#define NET_PIECES_H

#include <stddef.h>

#include "kern/kern.h"

/* A batch is cut into pieces of consecutive samples, a power of two of them, which depends on its size only: 16 from 33 samples on and, for
 * many machines, one for each 64 samples from 1025 on, at most PIECES. Sums over samples are taken within the pieces, and over the
 * pieces as a binary tree: each half is summed by itself, then the two are added. So the number of threads changes no bit, nor does
 * that of machines if each sums an aligned block of pieces. */
enum { PIECES = 256, PIECE_SAMPLES = 4 }; /* at most so many pieces, and so many samples in each of up to 64 */
int piece_count(int n);
void piece_range(int n, int pieces, int piece, int *i0, int *i1);
/* sum (n) = the tree over `pieces` arrays, a power of two of them, `pitch` numbers apart. */
void piece_sum(int pieces, size_t pitch, const real *piece, size_t n, real *sum);

#endif
