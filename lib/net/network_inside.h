/* What network.c, plan.c and run.c share. */
#ifndef NET_NETWORK_INSIDE_H
#define NET_NETWORK_INSIDE_H

#include "net/network.h"

/* Index of the last layer that does something, when it is or ends in a softmax; else -1. */
int network_last_softmax(const struct network *m, bool training);
/* Frees what network_plan took. */
void network_unplan(struct network *m);

#endif
