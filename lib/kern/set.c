/* A set's table of kernels. */
#include "kern/isa.h"

#define QUOTE(a) #a
#define QUOTE2(a) QUOTE(a)
#define ENTRY(kernel) .kernel = SET(kernel),

extern const struct kern SET(kern);
const struct kern SET(kern) = { .name = QUOTE2(ISA), .fused = FUSED, KERNELS(ENTRY) };
