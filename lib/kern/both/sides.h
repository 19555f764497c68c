/* Vectors of channels side by side. */
#ifndef KERN_BOTH_SIDES_H
#define KERN_BOTH_SIDES_H

#include "kern/kern.h"

#ifdef __AVX2__
enum { SIDE = 8 };
#else
enum { SIDE = 4 };
#endif
typedef real side __attribute__((vector_size(SIDE * sizeof(real))));
typedef real side_anywhere __attribute__((vector_size(SIDE * sizeof(real)), aligned(sizeof(real)), may_alias));

static inline __attribute__((always_inline)) side
side_at(const real *x)
{
	return *(const side_anywhere *)x;
}

#endif
