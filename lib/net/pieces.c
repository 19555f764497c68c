#include "net/pieces.h"

#include <string.h>

enum { FEW = 16, SAMPLES_OF_MANY = 64 }; /* samples in each of more than a few pieces */

int
piece_count(int n)
{
	int pieces = 1;

	while (pieces < PIECES && n > pieces * (pieces < FEW ? PIECE_SAMPLES : SAMPLES_OF_MANY))
		pieces *= 2;
	return pieces;
}

void
piece_range(int n, int pieces, int piece, int *i0, int *i1)
{
	*i0 = (int)(n * (int64_t)piece / pieces);
	*i1 = (int)(n * ((int64_t)piece + 1) / pieces);
}

enum { TREE_BLOCK = 512 }; /* numbers of which all levels of a tree lie in the first cache */

static void
sum_tree(int pieces, size_t pitch, const real *piece, size_t n, real *sum)
{
	const size_t half = (size_t)(pieces / 2) * pitch;
	real second[TREE_BLOCK];

	if (pieces <= 2) {
		memcpy(sum, piece, n * sizeof *sum);
		if (pieces == 2)
			kern->add(n, piece + half, sum);
		return;
	}
	sum_tree(pieces / 2, pitch, piece, n, sum);
	sum_tree(pieces / 2, pitch, piece + half, n, second);
	kern->add(n, second, sum);
}

void
piece_sum(int pieces, size_t pitch, const real *piece, size_t n, real *sum)
{
	for (size_t i = 0; i < n; i += TREE_BLOCK)
		sum_tree(pieces, pitch, piece + i, n - i < TREE_BLOCK ? n - i : TREE_BLOCK, sum + i);
}
