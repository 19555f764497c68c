/* Initial weights, Keras's names and rules. */
#ifndef NET_INITIALIZER_H
#define NET_INITIALIZER_H

#include <stdbool.h>
#include <stdint.h>

#include "net/layer.h"

/* What is written after the name and a colon. */
enum initializer_takes { TAKES_NOTHING, TAKES_NUMBER, TAKES_SIZE, TAKES_INITIALIZER }; /* a size is above 0 and at most 1e18; an initializer may be left out */

struct initializer {
	const char *name; /* "glorot_uniform", "he_normal", ..., "constant" (written constant:0.1), "orthogonal", "dirac" */
	const char *help;
	int rank;         /* fewest dimensions it makes sense for */
	void (*fill)(const struct param *p, real *w, uint64_t key);
	enum initializer_takes takes;
};

extern const struct initializer initializers[]; /* ends with a NULL name */

/* Orthogonal weights take the shorter side of their matrix squared, times the longer, multiplications: this many at most. */
#define ORTHOGONAL_LIMIT (INT64_C(1) << 33)
/* Is p to be orthogonal, and its matrix, of so many rows and columns, larger than that? */
bool initializer_takes_too_long(const struct param *p, int64_t *rows, int64_t *cols);

/* Parses "he_normal", "constant:0.1" or "dirac:he_normal" into *v; false if unknown, or if a value is missing, not asked for, or not
 * within a float. */
bool initializer_parse(const char *text, struct value *v);
/* The same, back as text; writes into buf, returns it. */
const char *initializer_text(const struct value *v, char *buf, size_t size);

#endif
