/* The plan of a run: every step, in order, and every address, before the first batch.
 *
 * A value is the output of a layer; a layer that changes nothing in a mode (dropout in evaluation, flatten) hands on the value
 * it reads. A step calls one function of a layer, forward or backward, or of a fusion, which does the work of several layers at
 * once. Steps that need the whole batch (dense, the sums of batchnorm) run alone and are parallel inside. Between them lie
 * stretches: consecutive steps that treat each sample by itself. A batch is cut into pieces; each piece goes through all
 * steps of a stretch while it is warm in the cache, and the pieces run in parallel: all at the same time, or in rounds of fewer,
 * where their gradients would fill the caches. Steps that hand large values on go over a part of a piece at a time (parts.h).
 * A buffer holds a value, its gradient, or what a layer saves for its backward. One that only a single stretch uses is local: each
 * worker has room for a piece. The others hold a batch, and share memory where one is dead before the other is written. */
#ifndef NET_PLAN_H
#define NET_PLAN_H

#include "base/arena.h"
#include "net/exchange.h"
#include "net/network.h"

/* What a plan is for: batches of up to `batch` samples through all layers that `last` depends on. */
struct want {
	int batch;
	bool training; /* gradients of all trained parameters; evaluation is possible in between */
	int last;      /* the layer whose output is asked for; -1: the network's */
	int gradient;  /* the layer whose output's gradient is wanted, in evaluation mode; in training, only that of the input, 0.
	                  -1: none */
	const bool *rests; /* in training, of each layer: no gradients of its parameters are wanted; NULL: of all that are trained */
};
struct want want_training(int batch);
struct want want_evaluation(int batch);

struct buffer {
	size_t size;              /* bytes a sample */
	char *base;               /* of sample 0; of a local one: in the memory of worker 0 */
	bool given;               /* the caller's memory, whose address each run gets */
	bool kept;                /* read by the caller after the run */
	bool local;
	int begin, end;           /* the stretches that use it, first and last; */
	int begin_step, end_step; /* the steps */
	size_t bytes, at;         /* of a batch, or of the largest piece; its place in the memory that it shares */
};

enum { COMMON_TO = 4 }; /* what is common to pieces is computed before them where there are so many */

struct step {
	layer_fn *run;
	const char *does;            /* "sums", "forward", ...: for people */
	const struct layer *layer, *between[BETWEEN], *second;
	const struct fusion *fusion; /* of layer, perhaps some between, and second; NULL: none */
	bool bare;                   /* without its activation */
	const struct layer *seen_by; /* of a convolution that is cut, and of the pool after it: the pool (cut.h) */
	bool whole;                  /* needs the batch, and is parallel inside */
	bool prepares;               /* its layers' prepare() run before the program, with this step's arrays */
	int inputs;                  /* how many x and dx there are */
	struct buffer **x, **dx;     /* NULL: not used; dx[k] NULL: not needed */
	struct buffer *y, *dy, *save; /* NULL: not used */
	const bool *adds;
	size_t gradient;             /* its place among the gradients of its stretch, in numbers a piece */
	int together, samples;       /* so many steps from this one on run over so many samples of a piece at a time (parts.h); 0: over all */
	size_t common, common_size;  /* its place among what is common to all pieces in its stretch, and its size, in bytes; 0: nothing */
};

struct stretch {
	int from, to;     /* steps */
	size_t gradients; /* numbers a piece, of all steps */
	size_t common;    /* bytes, of all steps */
	int round;        /* pieces whose gradients have room at the same time, a power of two */
	size_t numbers;   /* a sample's, that its steps write: is it worth other threads? */
};

struct program {
	int steps, stretches;
	struct step *step;
	struct stretch *stretch;
};

/* All of one mode: evaluation, or training. */
struct mode {
	bool training;
	struct program forward, backward;
	struct buffer *input, *output, *logits; /* logits: NULL where the network ends in no softmax */
	struct buffer *doutput;                 /* the gradient that backward begins with; NULL: no backward */
	struct buffer *y, *dy;                  /* at the layer `gradient` of the plan */
	int softmax;                            /* network_softmax of this mode */
	int buffers;
	struct buffer *buffer;
	struct buffer **pointer;                /* what the steps' x and dx point into, */
	bool *adds;                             /* and their adds */
	size_t arrays, local;                   /* bytes for all arrays of a batch, and for the local ones of a worker */
};

struct plan {
	const struct network *net;
	struct want want;
	real *w, *dw;             /* dw: `trained` numbers; NULL in plans that are not for training */
	struct mode mode[2];      /* [training] */
	void **keep;              /* of each layer */
	int workers;
	size_t local_size, scratch_size;
	char *scratch, *common;
	real *partial, *gradient;
	struct exchange exchange; /* of the gradients of a batch that ranks share */
	struct arena arena;
	/* the run (run.h) */
	const struct mode *now;
	int n;
	uint64_t key;
	struct origin origin; /* who trains sets it before a forward */
};

/* Plans runs with the weights w of the network, and takes all memory they need; both must live as long as the plan. Call
 * par_threads and kern_select before. */
void plan_make(struct plan *p, const struct network *net, real *w, struct want want);
void plan_free(struct plan *p);
/* The same plan without its memory, to look at: no run may follow. */
void plan_sketch(struct plan *p, const struct network *net, struct want want);
/* Bytes that plan_make would take. */
size_t plan_memory(const struct network *net, struct want want);
/* Samples to run at a time where any number gives the same: at most `most`, at least 1, and so few that those after the first
 * need no more than 256 MB of plan and input. want.batch does not matter. */
int plan_batch(const struct network *net, int most, struct want want);
#endif
