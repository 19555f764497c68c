/* The ranks' gradients of a shared batch on their way to each other, while those of earlier layers are still computed. Of a span of
 * numbers, each rank that owns pieces gets a cut from all of them, adds it up as the tree over the ranks' blocks, and sends the sum to
 * all: no more bytes than an ordinary sum of all ranks would take, whose order nobody knows. */
#ifndef NET_EXCHANGE_H
#define NET_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "kern/kern.h"

enum { SPANS_MAX = 16 };

struct exchange {
	real *sum, *parts; /* this rank's sums, numbers, which become the batch's; and exchange_parts, cuts of the ranks' sums */
	size_t numbers;    /* of all */
	size_t from, to;   /* added, but not on their way */
	int spans, summed; /* begun, and how many of them this rank has added up */
	struct span {
		size_t from, to, part; /* part: where its cuts lie in parts */
		int task;
	} span[SPANS_MAX];
};

/* The size of parts. */
size_t exchange_parts(size_t numbers);
/* The sums of a batch begin. */
void exchange_start(struct exchange *e);
/* The next n numbers of sum are ready. */
void exchange_add(struct exchange *e, int pieces, size_t n);
/* Those are all; returns when sum is the batch's. */
void exchange_end(struct exchange *e, int pieces);

#endif
