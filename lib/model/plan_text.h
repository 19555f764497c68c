/* The steps of a plan, for people and for awk. */
#ifndef MODEL_PLAN_TEXT_H
#define MODEL_PLAN_TEXT_H

#include <stdio.h>

#include "net/plan.h"

/* Prints every step of every mode, with the buffers it reads and writes, then every buffer: what it holds, where, how many bytes. */
void plan_text(FILE *f, const struct plan *p, bool tsv);

#endif
