/* What loops over elements share. */
#ifndef KERN_BOTH_LOOPS_H
#define KERN_BOTH_LOOPS_H

#include <stdint.h>

#include "kern/kern.h"

/* The loop's rounds do not depend on each other even where the arrays are the same one: with this promise compilers
 * vectorize work in place, too. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed" /* a promise, not an order: in double some loops stay plain */
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

enum { LANES = 16 }; /* of a sum over an array */

/* an integer of the size of real */
#define INDEX __typeof__(__builtin_choose_expr(sizeof(real) == sizeof(double), (int64_t)0, (int32_t)0))

static inline int
min(int a, int b)
{
	return a < b ? a : b;
}

static inline int
max(int a, int b)
{
	return a > b ? a : b;
}

#endif
