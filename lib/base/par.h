/* Threads: work is cut into fixed pieces, so a sum does not depend on which thread runs a piece. */
#ifndef BASE_PAR_H
#define BASE_PAR_H

#include <stdbool.h>

enum { PAR_MAX = 64 };

/* How many threads par_for uses, 1..PAR_MAX; 0: as many as the process may run on. Call it before the
 * first par_for; may be called again between par_for's. Returns the number chosen. */
int par_threads(int n);
int par_count(void);
/* Calls fn(piece, worker, ctx) for each piece in 0..pieces-1, at the same time on several threads, and
 * returns when all are done. worker, in 0..par_count()-1, picks scratch memory and nothing else. A worker begins with
 * its own share of consecutive pieces, the same in every par_for over so many: what it wrote is in its cache.
 * Must not be called from inside fn. */
void par_for(int pieces, void (*fn)(int piece, int worker, void *ctx), void *ctx);
/* The same, on the calling thread alone unless it is `worth` waking the others. */
void par_for_if(bool worth, int pieces, void (*fn)(int piece, int worker, void *ctx), void *ctx);

#endif
