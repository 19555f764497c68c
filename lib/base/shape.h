/* Element types and shapes. */
#ifndef BASE_SHAPE_H
#define BASE_SHAPE_H

#include <stddef.h>
#include <stdint.h>

enum dtype { DT_U1, DT_I4, DT_I8, DT_F4, DT_F8, DTYPES };
enum { RANK_MAX = 8 };

struct shape {
	int n;                /* rank */
	int64_t d[RANK_MAX];  /* d[0] = -1: not yet known */
};

size_t dtype_size(enum dtype t);
const char *dtype_name(enum dtype t); /* "u1" "i4" "i8" "f4" "f8", as NumPy spells them */
int dtype_parse(const char *name);    /* -1: none of them */

/* Product of the dimensions from `from` on; 1 for none; -1 if one is negative or it overflows 2^62. */
int64_t shape_count(const struct shape *s, int from);
/* The dimensions from `from` on, and `rows` in front of those of a row; rank RANK_MAX at most. */
struct shape shape_rest(const struct shape *s, int from);
struct shape shape_of_rows(int64_t rows, const struct shape *row);
/* "(32, 32, 3)", Python's way, (10,) for one dimension; None for -1. Writes into buf, returns it. */
const char *shape_text(const struct shape *s, char *buf, size_t size);
int shape_equal(const struct shape *a, const struct shape *b, int from);

/* The element at p as a double. */
double dtype_get(enum dtype t, const void *p);

#endif
