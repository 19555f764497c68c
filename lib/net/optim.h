/* Optimizers: one kernel and one table entry each; Keras 3's rules and defaults. */
#ifndef NET_OPTIM_H
#define NET_OPTIM_H

#include "kern/kern.h"

enum { SLOTS_MAX = 2 };

struct optim_type {
	const char *name, *help;
	size_t kernel;                    /* offset of its step_fn in struct kern */
	int slots;
	const char *slot_name[SLOTS_MAX]; /* "momentum", "velocity": opt/NAME in a checkpoint */
	/* defaults; NaN where the rule does not know the number. Every rule knows lr and decay. */
	double lr, momentum, beta1, beta2, epsilon, decay;
	bool corrects;                    /* lr is corrected for the bias of the averages (adam) */
};
extern const struct optim_type optim_types[]; /* ends with a NULL name */

struct optim {
	const struct optim_type *type;
	double momentum, beta1, beta2, epsilon, decay;
	double clip_norm;      /* the largest norm of all gradients together, Keras's global_clipnorm; 0: any */
	int64_t step;          /* steps done */
	size_t n;
	real *slot[SLOTS_MAX]; /* n numbers each, zero at start */
	/* inside */
	const real *checked;   /* the weights that the last step left, and whether one of them is too large for another step */
	bool large;
	double *squares;       /* sums of g^2, one a piece */
};

/* Within these bounds, which the command line keeps, a step that optim_step accepts stays finite: |w| and |g| are below
 * OPTIM_LARGEST, so no rule moves a weight by more than 1e36. */
#define OPTIM_LARGEST 1e18
#define OPTIM_LR_MAX 1e4
#define OPTIM_DECAY_MAX 1e4
#define OPTIM_BETA_MAX 0.9999999
#define OPTIM_EPSILON_MIN 1e-12

/* NULL: no such optimizer. */
const struct optim_type *optim_find(const char *name);
/* Sets *o to the type's defaults, without memory. */
void optim_standard(struct optim *o, const struct optim_type *type);
/* Allocates the slots for n weights. */
void optim_alloc(struct optim *o, size_t n);
void optim_free(struct optim *o);
/* One step over w with gradient g at learning rate lr; g is first scaled to clip_norm where its norm is larger. false, and nothing changed, when a gradient or a weight is not finite
 * or so large (OPTIM_LARGEST) that the update might not be. Between steps nothing else may write to w, or it sets checked = NULL. */
bool optim_step(struct optim *o, double lr, real *g, real *w);

#endif
