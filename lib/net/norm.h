/* What a fusion needs of batchnorm (layer_batchnorm.c). */
#ifndef NET_NORM_H
#define NET_NORM_H

#include "net/layer.h"

/* How many of `rows` rows of c numbers kernels get at a time from row r0 on: what stays in the first cache, with sums that do not wait for
 * each other where rows are short. Sums are cut there, too. */
enum { NORM_BLOCKS = 4 };

static inline size_t
norm_chunk(int c)
{
	return c < 32 ? NORM_BLOCKS * BN_ROWS : BN_ROWS;
}

static inline size_t
norm_rows_from(size_t r0, size_t rows, int c)
{
	return rows - r0 < norm_chunk(c) ? rows - r0 : norm_chunk(c);
}

/* What is kept of a batch, per channel; a, b, k: backward's dx = a dy + b x + k, and before that two sums. */
struct norm {
	int c; /* channels */
	real *mean, *inverse, *scale, *shift, *a, *b, *k;
};

struct norm norm_of(const struct layer *l, const struct pass *p);
/* Rows of c numbers in so many samples. */
size_t norm_rows(const struct layer *l, int samples);

#endif
