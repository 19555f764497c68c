/* Optimizers: one function (a kernel) and one table entry each; Keras 3's rules and defaults. */
#ifndef NET_OPTIM_H
#define NET_OPTIM_H

#include "kern/kern.h"
#include "net/network.h"

struct optim_type {
	const char *name, *help;
	int slots;                /* 0, 1, 2 */
	const char *slot_name[2]; /* "momentum", "velocity": opt/NAME in a checkpoint */
	double lr;                /* default */
	double decay;             /* default weight decay (adamw: 0.004) */
};
extern const struct optim_type optim_types[]; /* ends with a NULL name */

struct optim {
	const struct optim_type *type;
	double momentum, beta1, beta2, epsilon, decay; /* NaN in decay: the type's default */
	int64_t step;        /* steps done */
	size_t n;
	real *slot[2];       /* n numbers each, zero at start */
};

const struct optim_type *optim_find(const char *name);
void optim_alloc(struct optim *o, size_t n);
void optim_free(struct optim *o);
/* One step over w with gradient g at learning rate lr; false, and nothing changed, when the update would not be finite. */
bool optim_step(struct optim *o, double lr, const real *g, real *w);

#endif
