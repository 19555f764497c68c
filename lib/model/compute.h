/* What a program begins with that computes: its kernels and its threads. */
#ifndef MODEL_COMPUTE_H
#define MODEL_COMPUTE_H

#include <stdint.h>

#include "base/opt.h"
#include "base/par.h"

#define OPT_THREADS(where) { 'j', "threads", OPT_INT, &(where), "N", "threads; 0: as many as the process may use", 0, PAR_MAX, NULL }

/* Chooses the instruction set, by CNN_ISA or the best that the processor has, and how many threads work, 0: as many as the process
 * may use. Dies (EX_USAGE) on a CNN_ISA that is not known here. */
void compute_start(int64_t threads);

#endif
