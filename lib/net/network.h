/* A network: layers in a row, their weights in one array, all memory of a run in one arena. */
#ifndef NET_NETWORK_H
#define NET_NETWORK_H

#include "base/arena.h"
#include "net/layer.h"

struct network {
	char *text;               /* as given, for model files */
	int layers;
	struct layer *layer;      /* layer[0] is the input */
	struct shape in, out;     /* of one sample */
	size_t trained, weights;  /* numbers in w: the trained ones first, then the fixed ones */
	struct arena store;       /* of the weights: a dense kernel's panels are lines of the cache, not parts of two */
	real *w, *dw;             /* w NULL before network_weights; dw has `trained` numbers, NULL unless planned for training */

	/* the plan */
	struct arena arena;
	int batch, workers;
	bool training;
	struct pass *pass;        /* one a layer, over the batch; y is the layer's own memory in a plan for training */
	real *y[2], *dx[2];       /* outputs (in other plans) and gradients on their way, in turns */
	int turn;
	char *local;              /* of worker k, from k * local_size on: two arrays of local_turn bytes, and local_save bytes */
	size_t local_size, local_turn, local_save;
	int first;                /* first layer with trained parameters: no gradient goes further back; layers: none;
	                             set it to 0 before network_plan for the gradient of the input, too */
	int logits;               /* index of the last softmax layer if the loss may be taken before it, else -1 */
};

/* Builds from a text (net(5)): layers, shapes, counts, but no weights yet. Returns NULL, or what is wrong, in the reader's
 * terms: "line 4: dense: units is missing". The message is valid until the next call; the network is then empty.
 * Hostile texts are bounded: 1 MiB, NETWORK_LAYERS layers, less than 2^31 weights, less than 2^31 numbers an activation.
 * Memory grows with the text only, so that who reads a model file can compare its tensors with the network first. */
enum { NETWORK_LAYERS = 1000 };
const char *network_build(struct network *m, const char *text);
/* Allocates the weights, zero, unless they are there. */
void network_weights(struct network *m);
void network_free(struct network *m);

/* Allocates and fills all parameters by their initializers; the draws of a parameter depend on seed, layer index and parameter only. */
void network_init(struct network *m, uint64_t seed);
/* Allocates everything a run over batches up to `batch` needs (weights too, if need be); after it, nothing allocates.
 * Again: plans anew. Call par_threads and kern_select before. */
void network_plan(struct network *m, int batch, bool training);
/* Bytes that network_plan would allocate. */
size_t network_memory(const struct network *m, int batch, bool training);
/* Samples to run at a time where any number gives the same: at most `most`, at least 1, and so few that those after the first
 * need no more than 256 MB of plan and input. */
int network_batch(const struct network *m, int most, bool training);

/* Runs n <= batch samples x (n, in) through layers up to and including `last` (-1: all); returns the output
 * (n, out of that layer), valid until the next run. `training` needs a plan for training; without, the plan may be of either
 * kind (validation between steps). `key` seeds dropout and augmentation of this step. x must live until the backward. */
const real *network_forward(struct network *m, int n, const real *x, bool training, uint64_t key, int last);
/* The same, where fill writes x first, in parallel and while it is warm: called for pieces of the batch, it writes n samples
 * from the first-th on to x, which is already that sample's place. */
typedef void fill_fn(void *ctx, int first, int n, real *x);
const real *network_forward_fill(struct network *m, int n, fill_fn *fill, void *ctx, real *x, bool training, uint64_t key);
/* After a forward in training mode: gradients of all trained parameters, into dw, penalties (l1, l2) included.
 * dy (n, out) is the gradient at the output, or, when `from_logits`, at the input of the last softmax (layer m->logits);
 * it may be overwritten. */
void network_backward(struct network *m, int n, real *dy, bool from_logits);
/* After a forward in evaluation mode through all layers, with a plan for training and m->first 0: the gradient at the output of
 * `layer`, which is not the last; valid until the next run. dlogits (n, out) is the gradient before the
 * softmax at the network's end, or at its output when there is none; it and dw may be overwritten. */
const real *network_gradient(struct network *m, int n, real *dlogits, int layer);
/* After a forward through all layers, with a plan for training and m->first 0: the output of `layer`, which is not the last. */
const real *network_output(const struct network *m, int layer);
/* The input of the last softmax in the latest forward through all layers; NULL when m->logits is -1. */
const real *network_logits(const struct network *m);
/* Sum of l1 and l2 penalties, in double. */
double network_penalty(const struct network *m);

/* Index of the layer called `name`; -1: none. */
int network_find(const struct network *m, const char *name);
int64_t layer_count_params(const struct layer *l, bool fixed_too);

#endif
