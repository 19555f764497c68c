/* Initial weights, Keras's names and rules. */
#ifndef NET_INITIALIZER_H
#define NET_INITIALIZER_H

#include <stdint.h>

#include "net/layer.h"

struct initializer {
	const char *name; /* "glorot_uniform", "he_normal", ..., "constant" (written constant:0.1), "orthogonal", "dirac" */
	const char *help;
	int rank;         /* fewest dimensions it makes sense for */
	void (*fill)(const struct param *p, real *w, uint64_t key);
};

extern const struct initializer initializers[]; /* ends with a NULL name */

/* Parses "he_normal" or "constant:0.1"; NULL if unknown, or if a value is missing or not asked for. */
const struct initializer *initializer_parse(const char *text, double *value);
/* The same, back as text; writes into buf, returns it. */
const char *initializer_text(const struct initializer *init, double value, char *buf, size_t size);

#endif
