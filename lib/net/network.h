/* A network: layers, each reading the outputs of layers above it, and the list of their parameters. After network_build nothing
 * in it changes; the weights are arrays of numbers that the caller owns. */
#ifndef NET_NETWORK_H
#define NET_NETWORK_H

#include "net/layer.h"

struct network {
	char *text;               /* as given, for model files */
	int layers;
	struct layer *layer;      /* layer[0] is the input, the last one's output is the network's */
	struct shape in, out;     /* of one sample */
	int params;
	struct param *param;      /* in the order of the layers: that of model files */
	size_t trained, weights;  /* numbers of all parameters: the trained ones first, then the fixed ones */
	/* inside */
	const struct layer **edge; /* what the layers' `input` point into */
	int places, *place;        /* a hash table of names: a layer, or -1 */
};

/* Builds from a text (net(5)): layers, shapes, parameters. Returns NULL, or what is wrong, in the reader's
 * terms: "line 4: dense: units is missing". The message is valid until the next call; the network is then empty.
 * Hostile texts are bounded: 1 MiB, NETWORK_LAYERS layers, INPUTS_MAX inputs a layer, less than 2^31 weights, less than 2^31 numbers
 * an activation. Memory grows with the text only, so that a reader of model files can compare its tensors with the network first. */
enum { NETWORK_LAYERS = 1000 };
const char *network_build(struct network *m, const char *text);
void network_free(struct network *m);

/* Memory for all weights, zeroed, for free(): a dense kernel's panels are lines of the cache, not parts of two. */
real *network_weights(const struct network *m);
/* Fills w (weights) by the initializers; the draws of a parameter depend on seed, layer index and parameter only. */
void network_init(const struct network *m, real *w, uint64_t seed);
/* Sum of l1 and l2 penalties of w, in double; and dw (trained) += their gradient. */
double network_penalty(const struct network *m, const real *w);
void network_add_penalties(const struct network *m, const real *w, real *dw);

/* Index of the layer called `name`; -1: none. */
int network_find(const struct network *m, const char *name);
/* Index of the layer with the softmax that the network ends in, in this mode; -1: it ends in none. */
int network_softmax(const struct network *m, bool training);
int64_t layer_count_params(const struct layer *l, bool fixed_too);

#endif
