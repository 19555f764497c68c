/* Kernels: arrays and sizes, nothing else. One table per instruction set, chosen at start. The plain loops of plain/ and both/ are
 * the definition, the order of every sum included (order.h): the other sets give the same bits, but for those that cannot round
 * a product and a sum once. No kernel fails or allocates.
 *
 * Arrays are C order: images (n, h, w, c), conv kernels (kh, kw, c, f), dense kernels (in, units).
 * "adds" means += into an array that the caller zeroed. n is the number of samples unless stated otherwise. An output
 * element depends only on its own sample, and its sum has the same order for every n, so cutting a batch changes no bit.
 * Rounding errors, relative to the sum of the magnitudes of the terms, stay below 2e-7 (2 + sqrt(terms)); those of Winograd's
 * algorithms relative to the largest such sum of the images.
 * The tests keep every kernel to it. */
#ifndef KERN_KERN_H
#define KERN_KERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* float; the tests compile net and the plain kernels once more with double, for finite differences */
#ifndef REAL
#define REAL float
#endif
typedef REAL real;

/* Image in (h, w, c), out (oh, ow, f); pixel (0, 0) of the output sees input pixel (-top, -left). Outside is 0. */
struct conv {
	int h, w, c, kh, kw, sh, sw, top, left, oh, ow, f;
};

/* Every channel by itself: image in (h, w, c), out (oh, ow, c m), where output channels m k .. m k + m - 1 see channel k through
 * kernels (kh, kw) of their own, whose taps are dh rows and dw columns apart; no strides in a direction with dilation. */
struct depthwise {
	int h, w, c, m, kh, kw, sh, sw, dh, dw, top, left, oh, ow;
};

/* Windows (ph, pw) at strides (sh, sw); what lies outside the image takes no part in a window. */
struct pool {
	int h, w, c, ph, pw, sh, sw, top, left, oh, ow;
};

enum act { ACT_LINEAR, ACT_RELU, ACT_LEAKYRELU, ACT_GELU, ACT_ELU, ACT_TANH, ACT_SIGMOID, ACT_SILU, ACT_RELU6, ACT_HARD_SILU,
	ACT_SOFTPLUS, ACT_GELU_TANH, ACTS };

/* What is done with the output of a convolution before the largest of each window is taken: where there is a scale, y = x * scale + shift, of
 * each filter; an activation; and a dropout if there are bits, those of the first image's first number on. */
struct before_pool {
	const real *scale, *shift;
	enum act act;
	real slope;
	const uint8_t *kept;
	real rate;
};

/* Sums of batch normalization are cut there: those of so many rows are added up. Work cut at multiples of it has the same bits. */
enum { BN_ROWS = 128 };

/* What an optimizer step needs to know; which fields count depends on the rule. In double, because 1 - beta2 is
 * taken of it. decay is the learning rate times the weight decay, 0 for none. */
struct update {
	double lr, momentum, beta1, beta2, epsilon, decay;
};
/* One step over n weights: g gradient, w weights, s0 and s1 slots (NULL where the rule has none). */
typedef void step_fn(const struct update *s, size_t n, const real *g, real *w, real *s0, real *s1);

struct kern {
	const char *name; /* "ref", "v2" (SSE4.2), "v3" (AVX2, FMA), "v4" (AVX-512); "simd" on other processors than x86 */
	bool fused;       /* products and sums are rounded once: then the set gives the bits of "ref"; v2 rounds twice, and does not */

	/* Convolution. scratch: conv_scratch_size bytes, 64-byte aligned, for one caller at a time. b, db may be NULL.
	 * points: NULL, or what conv_points made of w, for conv_y or (`back`) for conv_dx, in conv_points_size bytes, 64-byte aligned: a
	 * call for each of `parts` parts, perhaps at the same time; then many calls may read them. Where the size is 0, none are read.
	 * relu: y = max(., 0). conv_dw adds the sum over n samples to dw (kh, kw, c, f) and db (f): cutting the batch elsewhere
	 * may change its last bits. */
	size_t (*conv_scratch_size)(const struct conv *g);
	size_t (*conv_points_size)(const struct conv *g, bool back);
	void (*conv_points)(const struct conv *g, bool back, int part, int parts, const real *w, void *points);
	void (*conv_y)(const struct conv *g, int n, const real *x, const real *w, const void *points, const real *b, bool relu,
	               real *y, void *scratch);
	void (*conv_dx)(const struct conv *g, int n, const real *dy, const real *w, const void *points, real *dx, void *scratch);
	void (*conv_dw)(const struct conv *g, int n, const real *x, const real *dy, real *dw, real *db,
	                void *scratch);

	/* The same, and then in one what f says and the max pooling q: bit for bit what conv_y, bn_y, act_y, dropout and maxpool_y give
	 * one after the other, but for gelu where `at` is NULL and nothing dropped (before_pool.c). Not with 16 channels and filters or more,
	 * and q's windows must lie inside of the image, side by side. `inside`: of each largest number, what act_dx reads of it, x or y;
	 * NULL: not needed. With `at` only, and neither with a scale nor for linear and relu. */
	size_t (*conv_pool_scratch_size)(const struct conv *g, const struct pool *q);
	void (*conv_pool_y)(const struct conv *g, const struct pool *q, int n, const real *x, const real *w, const real *b,
	                    const struct before_pool *f, real *y, int32_t *at, real *inside, void *scratch);

	/* The same three for depthwise convolution, with w (kh, kw, c, m) and b (c m). Here cutting the batch changes no bit of dw. */
	size_t (*depthwise_scratch_size)(const struct depthwise *g);
	void (*depthwise_y)(const struct depthwise *g, int n, const real *x, const real *w, const real *b, bool relu, real *y,
	                    void *scratch);
	void (*depthwise_dx)(const struct depthwise *g, int n, const real *dy, const real *w, real *dx, void *scratch);
	void (*depthwise_dw)(const struct depthwise *g, int n, const real *x, const real *dy, real *dw, real *db, void *scratch);

	/* y (n, units) = inputs i0..i1-1 of x (n, in) . rows i0..i1-1 of w (in, units); y += that sum where it `adds` */
	void (*dense_y)(int n, int in, int units, int i0, int i1, const real *x, const real *w, bool adds, real *y);
	/* y (rows, n) += b (n); relu: then y = max(., 0) */
	void (*bias)(int rows, int n, const real *b, bool relu, real *y);
	/* inputs i0..i1-1 of dx (n, in) = dy (n, units) . w^T */
	void (*dense_dx)(int n, int in, int units, int i0, int i1, const real *dy, const real *w, real *dx);
	/* rows i0..i1-1 of dw (in, units) = x^T . dy; db (units) = column sums of dy. Both overwrite. */
	void (*dense_dw)(int n, int in, int units, int i0, int i1, const real *x, const real *dy, real *dw);
	void (*dense_db)(int n, int units, const real *dy, real *db);

	/* Pools. scratch: pool_scratch_size bytes, which are none unless pool_overlaps. at (n, oh, ow, c): index of the maximum in its
	 * (h, w, c) image, ties go to the first; NULL: not needed. A NaN is the maximum if it comes first, otherwise never.
	 * maxpool_dx skips the dy of a place of -1. */
	size_t (*pool_scratch_size)(const struct pool *g);
	void (*maxpool_y)(const struct pool *g, int n, const real *x, real *y, int32_t *at, void *scratch);
	void (*maxpool_dx)(const struct pool *g, int n, const int32_t *at, const real *dy, real *dx);
	void (*avgpool_y)(const struct pool *g, int n, const real *x, real *y, void *scratch);
	void (*avgpool_dx)(const struct pool *g, int n, const real *dy, real *dx, void *scratch);

	/* Element by element over n numbers. slope: leakyrelu's below 0, itself not below 0. act_dx: x is what act_y read, y what
	 * it wrote; dx may be dy, and y may be x where act_needs_x(act) is false. */
	void (*act_y)(enum act act, real slope, size_t n, const real *x, real *y);
	void (*act_dx)(enum act act, real slope, size_t n, const real *x, const real *y, const real *dy, real *dx);
	/* softmax of each of `rows` rows of n numbers, and its gradient from y */
	void (*softmax_y)(int rows, int n, const real *x, real *y);
	void (*softmax_dx)(int rows, int n, const real *y, const real *dy, real *dx);
	/* Dropout, rate in 65536ths. dropout_draw: bit i of n (bit i % 8 of byte i / 8) is set where 16 bits of `key`, those of number
	 * i0 + i, are at or above the rate. dropout: y = x / (1 - rate) where the bit is set, else 0; from bit `from` on. */
	void (*dropout_draw)(uint64_t key, uint64_t i0, real rate, size_t n, uint8_t *bits);
	void (*dropout)(const uint8_t *bits, size_t from, real rate, size_t n, const real *x, real *y);
	void (*add)(size_t n, const real *x, real *y);           /* y += x */
	void (*mul)(size_t n, const real *x, real *y);           /* y *= x */
	void (*axpy)(size_t n, real a, const real *x, real *y);  /* y += a x */
	void (*scale)(size_t n, real a, real *x);                /* x *= a */

	/* Batch normalization over rows of c channels (rows = pixels).
	 * bn_sum adds: sum (c) += column sums of x; bn_square adds: sum (c) += column sums of (x - mean)^2.
	 * bn_moments: of each BN_ROWS rows, the last ones perhaps fewer, their sums, means, and squares around these, (blocks, c).
	 * bn_y: y = x * scale + shift, per channel.
	 * bn_dsum adds: sdy (c) += sums of dy; sdyx (c) += sums of dy * (x - mean).
	 * bn_dx: dx = a * dy + b * x + k, per channel. */
	void (*bn_sum)(size_t rows, int c, const real *x, real *sum);
	void (*bn_square)(size_t rows, int c, const real *x, const real *mean, real *sum);
	void (*bn_moments)(size_t rows, int c, const real *x, real *sum, real *mean, real *square);
	void (*bn_y)(size_t rows, int c, const real *x, const real *scale, const real *shift, real *y);
	void (*bn_dsum)(size_t rows, int c, const real *x, const real *mean, const real *dy, real *sdy, real *sdyx);
	void (*bn_dx)(size_t rows, int c, const real *x, const real *dy, const real *a, const real *b, const real *k,
	              real *dx);

	/* The same where a max pooling q follows, for which bn_pool_fits, and before it the activation that f says.
	 * bn_pool_y: bit for bit what bn_y, act_y and maxpool_y give one after the other. at (NULL: not needed) as maxpool_y has it, but -1 where relu
	 * gives 0; top: of each largest number, the x. room (ph, w, c).
	 * bn_pool_dsum, bn_pool_dx: bn_dsum and bn_dx of what maxpool_dx makes of dy. */
	void (*bn_pool_y)(const struct pool *q, const struct before_pool *f, int n, const real *x, const real *scale, const real *shift, real *y,
	                  int32_t *at, real *top, real *room);
	void (*bn_pool_dsum)(const struct pool *q, int n, const int32_t *at, const real *top, const real *mean, const real *dy, real *sdy,
	                     real *sdyx);
	void (*bn_pool_dx)(const struct pool *q, int n, const real *x, const int32_t *at, const real *dy, const real *a, const real *b,
	                   const real *k, real *dx);

	/* Images of bytes, x (rows, n). byte_sums adds: sum (n) += column sums of x, square (n) += those of x^2; 2^16 rows fit.
	 * byte_scale: y = (k x - shift) * scale, per column. */
	void (*byte_sums)(size_t rows, int n, const uint8_t *x, uint32_t *sum, uint32_t *square);
	void (*byte_scale)(size_t rows, int n, const uint8_t *x, real k, const real *shift, const real *scale, real *y);

	double (*sum_squares)(size_t n, const real *x); /* in double, in a fixed order */
	double (*sum_abs)(size_t n, const real *x);
	real (*largest)(size_t n, const real *x);       /* largest |x|; infinity if any is not finite */

	/* Optimizer steps, Keras 3's rules (their formulas are in both/optimizer.c). lr of adam is already corrected for bias. */
	step_fn *sgd, *momentum, *nesterov, *adam, *rmsprop, *lion;
};

extern const struct kern *kern; /* what net calls; never NULL: "ref" until kern_select */

/* Chooses by name; NULL: $CNN_ISA if set, else the best this processor runs. Returns NULL, or what is wrong
 * ("CNN_ISA=v9: unknown instruction set; known here: ref v2 v3 v4"). Programs that compute call it first, as every set computes
 * with denormal numbers as zeros: it calls denormals_flush. */
const char *kern_select(const char *name);
/* The i-th set built in that this processor runs, best last; NULL after the last. */
const struct kern *kern_list(int i);

/* Windows so large, and over each other so much, that all of them together hold more than 16 times the image's numbers: pools
 * then run along rows and columns (both/overlapping.c), and sums have another order. */
static inline bool
pool_overlaps(const struct pool *g)
{
	const int64_t h = g->ph < g->h ? g->ph : g->h, w = g->pw < g->w ? g->pw : g->w;

	return h * w > 64 && (double)h * (double)w * g->oh * g->ow > 16.0 * g->h * g->w;
}

/* Windows side by side, inside of the image. */
static inline bool
pool_side_by_side(const struct pool *q)
{
	return q->sh == q->ph && q->sw == q->pw && !q->top && !q->left && q->oh * q->ph <= q->h && q->ow * q->pw <= q->w;
}

/* Such, channels that fill vectors, and rows of pixels that are parts of what batch normalization's sums are cut into. */
static inline bool
bn_pool_fits(const struct pool *q)
{
	return pool_side_by_side(q) && q->c % 8 == 0 && BN_ROWS % q->w == 0 && q->h * q->w % BN_ROWS == 0;
}

/* the least draw that dropout keeps */
static inline uint32_t
dropout_least(real rate)
{
	return (uint32_t)((double)rate * 65536 + 0.5);
}

/* what it multiplies by */
static inline real
dropout_scale(real rate)
{
	return 65536 / (real)(65536 - dropout_least(rate));
}

static inline bool
act_needs_x(enum act act)
{
	return act == ACT_GELU || act == ACT_SILU || act == ACT_HARD_SILU || act == ACT_GELU_TANH;
}

#endif
