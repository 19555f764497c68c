/* Layers. A layer type is one table in one file (layer_NAME.c) and one line in layers.c; the parser, the summary,
 * model files, the gradient test and the manual check all come from that table. */
#ifndef NET_LAYER_H
#define NET_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/shape.h"
#include "kern/kern.h"
#include "net/pieces.h"
#include "net/ranks.h"

enum { OPTIONS_MAX = 16, PARAMS_MAX = 4, INPUTS_MAX = 64, LAYER_NAME_MAX = 47, PARAM_NAME_MAX = LAYER_NAME_MAX + 16 };

enum option_kind {
	OPTION_INT,   /* i, within [min, max] */
	OPTION_PAIR,  /* i and j, written 3x3 or 3, each within [min, max] */
	OPTION_SHAPE, /* shape, written 32x32x3 */
	OPTION_REAL,  /* r, within [min, max] */
	OPTION_REAL_OR_NONE, /* likewise; r is NaN where none is written */
	OPTION_INTERVAL, /* r and high, written -0.1:0.2, or one number f for -f:f (min:f where -f is less), within [min, max] */
	OPTION_WORD,  /* i: index into words */
	OPTION_ACTIVATION, /* i likewise; r: the slope of leakyrelu, as activation_parse reads it */
	OPTION_INITIALIZER, /* init, a name as initializer.h parses */
};

struct option {
	const char *name;
	enum option_kind kind;
	const char *standard;      /* the default, as a user would write it, or the name of an earlier option that
	                              gives it (strides=pool); NULL: must be given */
	const char *nature;        /* "structure", "regularization", "data", "optimization": for the list of hyperparameters */
	const char *help;
	double min, max;
	const char *const *words;  /* OPTION_WORD, OPTION_ACTIVATION: NULL-terminated */
};

struct value {
	bool given; /* in the text; otherwise it is the default */
	int i, j;
	double r, high;
	struct shape shape;
	const struct initializer *init;
	const struct initializer *init_rest; /* dirac:he_normal; NULL: none */
	double init_value; /* constant:0.1, dirac:constant:0.1 */
};

/* A parameter array. fixed: not trained (moving averages). */
struct param {
	char name[PARAM_NAME_MAX + 1]; /* in full: "conv2d/kernel" */
	const char *part;    /* "kernel", "bias", "gamma", "moving_mean", ... as Keras names them */
	struct shape shape;
	bool fixed;
	const struct initializer *init, *init_rest; /* as in struct value */
	double init_value;
	int64_t fan_in, fan_out;
	int64_t group_in, group_out; /* channels and filters that see each other, where not all do: for dirac */
	double l1, l2;       /* penalty l1 sum |w| + l2 sum w^2 joins the loss */
	size_t at;           /* where it begins in the array of all weights and, unless fixed, in that of all gradients */
};

/* A convolution of several groups, or with dilation: dense ones side by side (split.h). */
struct split {
	int groups, dh, dw;
	struct conv part;
};

/* One layer of a network. Shapes are of one sample, without the batch dimension. */
struct layer {
	const struct layer_type *type;
	char name[LAYER_NAME_MAX + 1]; /* Keras's automatic names: conv2d, conv2d_1, max_pooling2d, ... or name= */
	int line;                      /* in the network text */
	struct value option[OPTIONS_MAX];
	char *from;                    /* names of the layers it reads, as written; NULL: the one before */
	int inputs;
	const struct layer **input;    /* the layers whose outputs it reads */
	int readers;                   /* how often later layers read its output */
	bool frozen;                   /* trainable=false: all its parameters are fixed */
	char *trains;                  /* trainable=bias: the parameters that are trained, as written; NULL: all, or none if frozen */
	bool inference;                /* always runs as in evaluation */
	struct shape in, out;          /* in: of the first input; of a layer of type input, its own */
	int params;
	struct param *param;
	int act;                       /* enum act, or ACTS for softmax */
	real slope;                    /* of leakyrelu */
	union {
		struct {
			struct conv conv;
			struct depthwise depthwise;
			struct split split;
		};
		struct pool pool;
	};
	/* memory the layer asks for, set by type->shape: */
	size_t save_size; /* bytes a sample, kept from forward to backward */
	size_t keep_size; /* bytes a batch, kept from forward to backward */
	size_t partial;   /* numbers a piece, for sums over the batch that batch_forward and batch_backward take */
	size_t gradient;  /* numbers a piece: backward adds the gradients of the parameters up there, in their order; */
	size_t summed_from, summed; /* of these, the ones of trained parameters: where they begin, and how many */
};

/* Which images a batch of training shows: for what should not be drawn again in each epoch. */
struct origin {
	const uint32_t *row; /* of each sample, its number in the data set; NULL: its place in the batch */
	int64_t epoch;
	uint64_t key;        /* of the whole training */
};

enum { BETWEEN = 2 };

/* Writes n samples, from the first-th of the batch on, to x. */
typedef void fill_fn(void *ctx, int first, int n, real *x);

/* One run of a layer over n samples: a batch, or a piece of one. Layers may overwrite dy; dx is NULL if it is not needed. */
struct pass {
	int n;
	int pieces;          /* that a batch is cut into */
	bool shared;         /* by the ranks of a team: this one has only its block of them (ranks.h) */
	int first;           /* place of the first sample in the batch */
	bool training;
	bool keeps;          /* a backward may follow */
	bool from_logits;    /* backward: dy is the gradient before the layer's softmax */
	uint64_t key;        /* of this layer, or of the first one between, and of the step: dropout and augmentation draw from it */
	const struct origin *origin;
	bool bare;           /* without the layer's activation, which the next one takes */
	const struct layer *seen_by; /* cut.h: the pool that alone reads the convolution; the pass of either */
	const struct layer *second; /* of two layers that run as one: the other; y and dy are that one's, */
	const struct layer *const *between; /* and those between them, BETWEEN at most, and NULL */
	fill_fn *fill;       /* of the input layer: writes y; NULL: the caller has */
	void *ctx;
	real *w, *dw;        /* all weights and all gradients, see layer_w; dw NULL where none are asked for */
	const real *x;       /* of the first input */
	real *y, *dy, *dx;
	const real **xs;     /* of all inputs, as many as the layer has */
	real **dxs;
	const bool *adds;    /* is something in dxs[k] already, that this gradient adds to? */
	void *save, *keep;   /* keep: of the first of these layers that keeps anything */
	void *common;        /* to all pieces, as the layer's share() has left it; NULL: it has not run */
	char *scratch;       /* of the worker; in the pass of a batch: of worker k: scratch + k * scratch_size */
	size_t scratch_size;
	real *partial;       /* of the piece; in the pass of a batch: one array a piece after the other */
	real *gradient;      /* likewise, zeroed before backward; NULL where no gradients of parameters are asked for */
};

typedef void layer_fn(const struct layer *l, const struct pass *p);

/* What a layer's backward reads of its forward. */
enum { READS_X = 1, READS_Y = 2 };

/* Height, width and strides of what one output pixel sees. */
struct window {
	int h, w, sh, sw;
};

struct warp;
struct layer_type {
	const char *name;      /* in a network text: "conv2d" */
	const char *keras;     /* its class in Keras: "Conv2D"; the automatic name is its snake case */
	const char *help;
	const struct option *options; /* ends with a NULL name; a bare word in the text is the first option's value */
	/* From l->in and l->option: output shape, parameters, memory. Returns NULL, or what is wrong. */
	const char *(*shape)(struct layer *l);
	/* What depends on the weights only, once a run, before any layer's forward; NULL: nothing. */
	layer_fn *prepare;
	/* y from x, and dx from dy with the parameters' gradients, of a piece of the batch: samples do not mix, and consecutive
	 * steps of this kind run over a piece while it is warm in the cache. Without trained parameters, backward is called
	 * with a dx only. */
	layer_fn *forward;
	layer_fn *backward;
	/* Work on the whole batch, done before the above; it starts its own parallel work, and sets param[].dw. NULL: none. If a
	 * layer also has a forward, its batch_forward is for training only. */
	layer_fn *batch_forward;
	layer_fn *batch_backward;
	/* What batch_forward and batch_backward need of each piece, in `partial`: from x, and from x and dy. It runs right after the step
	 * that makes x or dy, while the piece is warm in the cache; then batch_* finds x and dy no more. NULL: none. */
	layer_fn *piece_sums;
	layer_fn *piece_dsums;
	/* What all pieces read in forward, or in a backward that gives dx, and would have to compute each: bytes, and part `part` of the
	 * work, which is done before the pieces, all parts at the same time, unless pieces are few or memory is short. NULL: nothing. */
	size_t (*common_size)(const struct layer *l, bool back);
	void (*share)(const struct layer *l, const struct pass *p, bool back, int part, int parts);
	/* READS_X, READS_Y: what backward and batch_backward read; the rest of the memory is used again. NULL: neither. */
	int (*reads)(const struct layer *l);
	/* May y be x, and dx be dy? Each number must depend on the one in its place only. NULL: no. */
	bool (*in_place)(const struct layer *l);
	/* Reads two inputs or more (INPUTS_MAX at most): xs, dxs and adds instead of x and dx. */
	bool merges;
	/* augment.h: which row and column of the input the output shows; NULL for all other layers */
	void (*lookup)(const struct layer *l, const struct pass *p, int sample, int *row, int *col);
	/* warp.h: which place of the input each pixel of the output shows; NULL for all other layers */
	struct warp (*warp)(const struct layer *l, const struct pass *p, int sample);
	/* true: the layer changes nothing in this mode, and is passed over (dropout outside training, flatten) */
	bool (*idle)(const struct layer *l, bool training);
	/* bytes of scratch a worker needs, for the kernels chosen now; NULL: none */
	size_t (*scratch_size)(const struct layer *l);
	/* multiply-adds of one sample, forward, or in pools the comparisons or additions; NULL: none to count */
	int64_t (*work)(const struct layer *l);
	/* for receptive fields: the window of layers on images; NULL: a pixel sees its own pixel only */
	struct window (*window)(const struct layer *l);
	/* likewise, of layers for which a window does not say it: n (rows, columns, channels) neighbours of the output become those
	 * of the input that they depend on, at most */
	void (*sees)(const struct layer *l, int64_t *n);
};

extern const struct layer_type *const layer_types[]; /* NULL-terminated; in layers.c */

/* The part of a batch's pass that is samples i0..i1-1; what of the batch this rank has; and the part that is a piece, run by a worker. */
struct pass layer_samples(const struct layer *l, const struct pass *p, int i0, int i1);
struct owned layer_block(const struct pass *p);
struct pass layer_piece(const struct layer *l, const struct pass *p, int piece, int worker);
/* For batch_forward and batch_backward: calls fn for each piece that this rank has of the batch, in parallel where that pays. */
void layer_pieces(const struct layer *l, const struct pass *p, void (*fn)(const struct layer *l, const struct pass *piece));
/* sum (n) = `arrays` arrays, `pitch` numbers apart, added in order. */
void layer_sum(int arrays, size_t pitch, const real *array, size_t n, real *sum);
/* Arrays are summed by blocks of elements at the same time, and batches of fewer numbers are done before another thread has begun. */
enum { SUM_BLOCK = 4096, SERIAL = 8192 };
/* sum (n) = the tree over n numbers, from number `from` on, of all pieces' partial arrays. The layer's scratch has room for n
 * numbers from each rank that owns pieces. */
void layer_partial_sum(const struct layer *l, const struct pass *p, size_t from, size_t n, real *sum);

/* activation.c: the part that conv2d, dense and activation share. The word list of the `activation` option,
 * in the order of enum act, softmax last. */
extern const char *const activation_words[];
/* The option as a table writes it, and its value: a word, or leakyrelu:SLOPE. false: neither. */
#define ACTIVATION_OPTION(standard, help) \
	{ "activation", OPTION_ACTIVATION, standard, "structure", help, 0, 0, activation_words }
bool activation_parse(const char *text, struct value *v);
const char *activation_text(const struct value *v, char *buf, size_t size);
/* Sets the layer's function. */
void activation_set(struct layer *l, const struct value *v);
/* Bytes a sample to save for an activation that needs its input (gelu) or whose input is kept (softmax: logits). */
size_t activation_save_size(const struct layer *l);
/* READS_Y where the gradient of the activation is taken from its output. */
int activation_reads(const struct layer *l);
/* Where the layer writes what goes into its activation. */
real *activation_input(const struct layer *l, const struct pass *p);
/* y from activation_input; relu is left to the kernel before (its relu flag). */
void activate(const struct layer *l, const struct pass *p);
/* Turns p->dy into the gradient before the activation, in place. */
void deactivate(const struct layer *l, const struct pass *p);
/* y = act of x, outputs of `samples`, and its gradient; softmax goes over the last dimension. dx may be dy. */
void activation_y(const struct layer *l, int samples, const real *x, real *y);
void activation_dx(const struct layer *l, int samples, const real *x, const real *y, const real *dy, real *dx);

/* Is it passed over in this mode? Does it take the whole batch first, in this mode? And does it do nothing piece by piece? */
bool layer_idle(const struct layer *l, bool training);
bool layer_whole(const struct layer *l, bool training);
bool layer_batch_only(const struct layer *l);
/* Does it have trained parameters? */
bool layer_trained(const struct layer *l);
int layer_reads(const struct layer *l);
/* in_place of layers for which it always holds. */
bool layer_in_place(const struct layer *l);
/* idle of layers that only name the same numbers otherwise; whose first option is the rate at which they act, in training; that
 * make an output as large as their input only where they change nothing. */
bool layer_always_idle(const struct layer *l, bool training);
bool layer_idle_at_rate_0(const struct layer *l, bool training);
bool layer_idle_if_same_size(const struct layer *l, bool training);
/* Frees what the parser allocated for a layer. */
void layer_free(struct layer *l);
/* The j-th parameter's numbers, and its gradient's; NULL if it is fixed. */
static inline real *
layer_w(const struct layer *l, const struct pass *p, int j)
{
	return p->w + l->param[j].at;
}
static inline real *
layer_dw(const struct layer *l, const struct pass *p, int j)
{
	return l->param[j].fixed ? NULL : p->dw + l->param[j].at;
}
/* Numbers of one sample of the layer's input and output. */
size_t layer_in(const struct layer *l);
size_t layer_out(const struct layer *l);
/* Keras's output length and padding before: valid or same, the odd pixel after. Returns the length, 0: does not fit. */
int window_length(int length, int window, int stride, bool same, int *before);
/* Checks that the layer's input has `rank` dimensions ("needs images (height, width, channels), but its input is (2048,)"). */
const char *layer_needs_rank(const struct layer *l, int rank);
/* Fills l->pool and l->out for a window; returns NULL, or that the pool is larger than its input. */
const char *layer_pool(struct layer *l, const struct value *pool, const struct value *strides, bool same);
/* Of layers with l->pool: the scratch of its kernels, and their comparisons or additions of one sample. */
size_t layer_pool_scratch_size(const struct layer *l);
int64_t layer_pool_work(const struct layer *l);
/* A max pool after a relu, n outputs y: where y is not positive, no number of the window has a gradient. Its place becomes -1, which
 * maxpool_dx leaves out. */
void layer_pool_mark_dead(size_t n, const real *y, int32_t *at);
/* Fills g but for m, for the windows of a convolution over l->in; returns NULL, or that they do not fit. */
const char *layer_windows(const struct layer *l, const struct value *kernel, const struct value *strides,
                          const struct value *dilation, bool same, struct depthwise *g);
/* Sets l->depthwise.m; returns NULL, or that it is too large. */
const char *layer_multiply(struct layer *l, int m);
/* The kernel of l->depthwise, with penalties. */
struct param *layer_depthwise_param(struct layer *l, const char *name, const struct value *init, double l1, double l2);
/* What one output of such windows sees. */
struct window window_of(const struct depthwise *g);
/* Adds a parameter with the fans of its shape (Keras's rule); returns it for further setting. */
struct param *layer_param(struct layer *l, const char *name, struct shape shape, const struct value *init);
/* A message of shape(), formatted; valid until the next. */
const char *layer_wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* For tables: words of a yes-or-no option, and bounds that keep all arithmetic on sizes within int. */
extern const char *const no_yes[], *const padding_words[];
enum { SIZE_LIMIT = 65536, UNITS_LIMIT = 1 << 24, WINDOW_LIMIT = 1024 };
#define OPTION_END { 0, OPTION_INT, 0, 0, 0, 0, 0, 0 }

#endif
