/* Initial weights, Keras's names and rules. */
#ifndef NET_INITIALIZER_H
#define NET_INITIALIZER_H

#include <stdbool.h>
#include <stdint.h>

#include "net/layer.h"

struct initializer {
	const char *name; /* "glorot_uniform", "he_normal", ..., "constant" (written constant:0.1), "orthogonal", "dirac" */
	const char *help;
	int rank;         /* fewest dimensions it makes sense for */
	void (*fill)(const struct param *p, real *w, uint64_t key);
};

extern const struct initializer initializers[]; /* ends with a NULL name */

/* Orthogonal weights take the shorter side of their matrix squared, times the longer, multiplications: this many at most. */
#define ORTHOGONAL_LIMIT (INT64_C(1) << 33)
/* Is p to be orthogonal, and its matrix, of so many rows and columns, larger than that? */
bool initializer_takes_too_long(const struct param *p, int64_t *rows, int64_t *cols);

/* Parses "he_normal" or "constant:0.1"; NULL if unknown, or if a value is missing, not asked for, or not within a float. */
const struct initializer *initializer_parse(const char *text, double *value);
/* The same, back as text; writes into buf, returns it. */
const char *initializer_text(const struct initializer *init, double value, char *buf, size_t size);

#endif
