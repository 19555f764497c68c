/* Optimizers: one kernel and one table entry each; Keras 3's rules and defaults. */
#ifndef NET_OPTIM_H
#define NET_OPTIM_H

#include "kern/kern.h"
#include "net/muon.h"
#include "net/schedule.h"

enum { SLOTS_RULE = 2, SLOT_AVERAGE = SLOTS_RULE, SLOT_SLOW, SLOTS_MAX, GROUPS_MAX = 32 };

struct optim_type {
	const char *name, *help;
	size_t kernel;                    /* offset of its step_fn in struct kern */
	int slots;
	const char *slot_name[SLOTS_RULE]; /* "momentum", "velocity": opt/NAME in a checkpoint */
	/* defaults; NaN where the rule does not know the number. Every rule knows lr and decay. */
	double lr, momentum, beta1, beta2, epsilon, decay;
	bool corrects;                    /* lr is corrected for the bias of the averages (adam) */
	bool matrices;                    /* for kernels only, each taken as a matrix (muon.h) */
};
extern const struct optim_type optim_types[]; /* ends with a NULL name */

/* Weights that share a rule and its numbers. */
struct optim_group {
	char *pattern;           /* names its parameters, for the code that sorts them into groups (model/groups.h); NULL in group 0 */
	const struct optim_type *type;
	double lr, decay;        /* lr: at the start; a schedule changes it */
	double momentum, beta1, beta2, epsilon;
	double norm, iterations; /* of matrices (muon.h) */
	bool scheduled;          /* its rate has a schedule of its own, not that of the run */
	struct schedule schedule;
	double from, until;      /* epochs of the run before the group is trained, and until it no longer is; until 0: to the end */
	int64_t begins;          /* steps of the run before its first: its averages begin there, at zero */
};

/* Neighbours of one group in the array of weights: from the end of the span before to its own. */
struct optim_span {
	size_t end;
	int group;
	struct matrix matrix; /* of one parameter, where the group's rule is for matrices */
};

struct optim {
	int groups;
	struct optim_group group[GROUPS_MAX]; /* group[0]: all that is in no other */
	int spans;
	struct optim_span *span;
	double clip_norm;      /* the largest norm of all gradients together, Keras's global_clipnorm; 0: any */
	double ema;            /* the part of the averaged weights that each step keeps; 0: weights are not averaged */
	int64_t lookahead;     /* steps until the slow weights go `slow_part` of the way to the weights, which begin there again; 0: no slow ones */
	double slow_part;
	int64_t step;          /* steps done */
	size_t n;
	real *slot[SLOTS_MAX]; /* n numbers each, zero at start, or NULL: those of the rules, averaged weights, slow weights */
	/* inside */
	const real *checked;   /* the weights that the last step left, and whether one of them is too large for another step */
	bool large;
	double *squares;       /* sums of g^2, one a piece */
	real *room;            /* of steps over matrices */
};

/* Within these bounds, which the command line keeps, a step that optim_step accepts stays finite: |w| and |g| are below
 * OPTIM_LARGEST, so no rule moves a weight by more than 1e36. */
#define OPTIM_LARGEST 1e18
#define OPTIM_RESTS (-1.0)
#define OPTIM_LR_MAX 1e4
#define OPTIM_DECAY_MAX 1e4
#define OPTIM_BETA_MAX 0.9999999
#define OPTIM_EPSILON_MIN 1e-12

/* NULL: no such optimizer. */
const struct optim_type *optim_find(const char *name);
/* "sgd, momentum, ...", for messages; static. */
const char *optim_names(void);
/* Sets *o to the type's defaults, with one group and without memory. */
void optim_standard(struct optim *o, const struct optim_type *type);
/* A group with the type's defaults. */
struct optim_group optim_group_standard(const struct optim_type *type);
/* The next n weights are of this group, whose rule is not for matrices; or the next matrix is. */
void optim_append(struct optim *o, size_t n, int group);
void optim_append_matrix(struct optim *o, struct matrix m, int group);
/* The group of weight number i. */
const struct optim_group *optim_group_at(const struct optim *o, size_t i);
/* How many slots the groups' rules need, and the name of the i-th: that of the first group which has it, "average" or "slow". */
int optim_slots(const struct optim *o);
const char *optim_slot_name(const struct optim *o, int i);
/* Allocates the slots for n weights: as many as were appended, or, after none, of group 0. */
void optim_alloc(struct optim *o, size_t n);
void optim_free(struct optim *o);
/* One step over w with gradient g; lr: the learning rate of each group, or OPTIM_RESTS: its weights and slots stay as they are. g is first scaled to clip_norm where its norm, over
 * all groups together, is larger. false, and nothing changed, when a gradient or a weight is not finite or so large (OPTIM_LARGEST) that the update might not be. Between steps nothing else may write to w, or it sets checked = NULL.
 * Then, every `lookahead` steps, slow += slow_part (w - slow) and w = slow, where slow begins as w before the first step (Zhang et al.,
 * 2019); and average += (1 - ema) (w - average), where the average begins as w after the first step, as Keras has it. */
bool optim_step(struct optim *o, const double *lr, real *g, real *w);
/* Exchanges w and the averaged weights; nothing if there are none. Before the next step it is called again. */
void optim_swap_average(struct optim *o, real *w);

#endif
