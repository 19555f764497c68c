/* What a program begins with that computes: its kernels and its threads. */
#ifndef MODEL_COMPUTE_H
#define MODEL_COMPUTE_H

#include <stdint.h>

#include "base/opt.h"
#include "base/par.h"
#include "cnn1/meta.h"

#define OPT_THREADS(where) { 'j', "threads", OPT_INT, &(where), "N", "threads; 0: as many as the process may use", 0, PAR_MAX, NULL }

/* Chooses the instruction set, by CNN_ISA or the best that the processor has, and how many threads work, 0: as many as the process
 * may use. Dies (EX_USAGE) on a CNN_ISA that is not known here. */
void compute_start(int64_t threads);

/* What decides the last bits of results, and made_by names: "fma", or "v2" with the only set that has no fused multiply-adds. */
const char *compute_arithmetic(void);
/* The same of a program of made_by; where version 0.2 or an older one named the instruction set instead, that. NULL: it computed
 * nothing. free() it. */
char *made_arithmetic(const struct meta *made);
/* Did it give other bits than the same computation gives now? */
bool arithmetic_differs(const char *made);

#endif
