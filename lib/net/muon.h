/* Muon: steps whose size is the same in every direction (Jordan, 2024). */
#ifndef NET_MUON_H
#define NET_MUON_H

#include <stddef.h>

#include "kern/kern.h"

/* The kernel of a layer as a matrix: (rest, out), out filters or units. */
struct matrix {
	int rest, out;
};

struct muon {
	double lr, momentum, decay;
	double norm;    /* before the step the kernel is scaled to this times sqrt(out); 0: it is not */
	int iterations; /* of Newton and Schulz */
	real scale;     /* of g */
};

/* Numbers of room that a step needs. */
size_t muon_room(struct matrix m);
/* v <- momentum v + g, u = g + momentum v; w <- w - lr U V^T, nearly, where u = U S V^T; g and v are (rest, out), as w. Before that
 * w is scaled to `norm`, and decays: w - lr decay w. The order of sums does not depend on threads. */
void muon_step(const struct muon *s, struct matrix m, const real *g, real *w, real *v, real *room);

#endif
