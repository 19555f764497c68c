/* The names of an instruction set's own functions. The files of both/ and simd/ and set.c are compiled once per set; ISA is the
 * set's name, and SET(conv_y) the name that a function has in it: conv_y_v3. */
#ifndef KERN_ISA_H
#define KERN_ISA_H

#include "kern/kern.h"

#ifndef ISA
#define ISA ref
#define FUSED true /* through fma() */
#elif defined __FMA__ || defined __aarch64__
#define FUSED true
#else
#define FUSED false
#endif
#define PASTE(a, b) a##_##b
#define PASTE2(a, b) PASTE(a, b)
#define SET(name) PASTE2(name, ISA)

/* the kernels, as struct kern has them */
#define KERNELS(X) \
	X(conv_scratch_size) X(conv_points_size) X(conv_points) X(conv_y) X(conv_dx) X(conv_dw) X(conv_pool_scratch_size) X(conv_pool_y) \
	X(depthwise_scratch_size) X(depthwise_y) X(depthwise_dx) X(depthwise_dw) \
	X(dense_y) X(bias) X(dense_dx) X(dense_dw) X(dense_db) \
	X(pool_scratch_size) X(maxpool_y) X(maxpool_dx) X(avgpool_y) X(avgpool_dx) \
	X(act_y) X(act_dx) X(softmax_y) X(softmax_dx) X(dropout_draw) X(dropout) X(add) X(mul) X(axpy) X(scale) \
	X(bn_sum) X(bn_square) X(bn_moments) X(bn_y) X(bn_dsum) X(bn_dx) X(bn_pool_y) X(bn_pool_dsum) X(bn_pool_dx) X(byte_sums) X(byte_scale) \
	X(sum_squares) X(sum_abs) X(largest) \
	X(sgd) X(momentum) X(nesterov) X(adam) X(rmsprop) X(lion)

#define DECLARE(name) __typeof__(*((struct kern *)0)->name) SET(name);
KERNELS(DECLARE)
#undef DECLARE

#endif
