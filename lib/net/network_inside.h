/* What network.c, plan.c and run.c share. */
#ifndef NET_NETWORK_INSIDE_H
#define NET_NETWORK_INSIDE_H

#include "net/network.h"

/* Index of the last layer that does something, when it is or ends in a softmax; else -1. */
int network_last_softmax(const struct network *m, bool training);
/* The first layer of the stretch that ends before layer `to` on the way back; not below `begin` (run.c). */
int network_stretch_begin(const struct network *m, int to, int begin);
/* Frees what network_plan took. */
void network_unplan(struct network *m);

#endif
