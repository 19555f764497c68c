/* The draws of dropout: plain/draws.c and simd/draws.c. */
#ifndef KERN_BOTH_DROPOUT_H
#define KERN_BOTH_DROPOUT_H

#include "kern/isa.h"

enum { BLOCKS = 32, DRAWS = 8 * BLOCKS };

#define draws SET(draws)
/* n times DRAWS draws as bits: is it at or above `least`? Each time those of BLOCKS blocks of Philox (base/rng.c has it one at a time),
 * from `block` on: the low halves of their first words, then the high ones, then those of their second words, ... */
void draws(uint64_t key, uint64_t block, size_t n, uint32_t least, uint8_t *bits);

#endif
