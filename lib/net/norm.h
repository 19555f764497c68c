/* What a fusion needs of batchnorm (layer_batchnorm.c). */
#ifndef NET_NORM_H
#define NET_NORM_H

#include "net/layer.h"

/* Rows that kernels get at a time; sums are cut there, too. */
enum { NORM_ROWS = 128 };

/* How many of `rows` are taken at a time from row r0 on. */
static inline size_t
norm_rows_from(size_t r0, size_t rows)
{
	return rows - r0 < NORM_ROWS ? rows - r0 : NORM_ROWS;
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
