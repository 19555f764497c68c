/* Where the buffers of a plan lie. */
#ifndef NET_BUFFERS_H
#define NET_BUFFERS_H

#include "net/plan.h"

/* Finds how long each buffer is used, whether it is local, and its place in the memory that it shares. */
void buffers_place(struct plan *p);
/* Takes all memory of the plan from the arena: while that only counts, bytes; then addresses. */
void buffers_take(struct plan *p, struct arena *a);

#endif
