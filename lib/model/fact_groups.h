/* Runs that differ only in their seeds, or in whatever is named, as one. */
#ifndef MODEL_FACT_GROUPS_H
#define MODEL_FACT_GROUPS_H

#include "model/facts.h"

/* Puts runs together that have the same facts, but for results and those called `but` (seed is also cnn-init.seed: the part after
 * the dot counts). The facts of a group are those that its runs have in common; `runs` says how many there are. Each result is the mean of the runs
 * that have it, and its sample standard deviation is a result of its own, NAME_sd, or, with `together`, part of what people are
 * shown. The names of models and their ids are those of the first run. Returns the number of groups, which are then at the front of run[]. */
int facts_group(struct facts *run, int n, const struct names *but, bool together);

#endif
