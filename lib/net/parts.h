/* A value that one step writes and the next one reads may be larger than the caches: a piece of 62 images of 30x30 pixels and 64 channels
 * takes 14 MB. Such steps run over a part of the piece at a time, a few samples, and the value is never in memory. */
#ifndef NET_PARTS_H
#define NET_PARTS_H

#include "net/plan.h"

/* Finds the steps of one mode that run by parts, once it is known which buffers are local: `together` and `samples` of the first one. The local
 * buffers that they use live from the first to the last of them: each step comes once more for the next part. Forward only: the gradient
 * of a kernel is a sum over the whole piece, whose bits would change. */
void parts_find(struct mode *m);
/* Is b only used within s and the steps that run by parts together with it? Then it holds a part, not a piece. */
bool parts_within(const struct program *p, const struct step *s, const struct buffer *b);

#endif
