/* What the numbers of a tensor are like, summed up while they pass, in constant memory. */
#ifndef MODEL_SUMMARY_H
#define MODEL_SUMMARY_H

#include "base/moments.h"
#include "cnn1/stream.h"

enum { SUMMARY_BYTES = 256 };

struct summary {
	int channels;                    /* of images (rank 4); else 1 */
	struct moments *of;              /* of the finite numbers, a channel each; complete after summary_close */
	uint64_t (*seen)[SUMMARY_BYTES]; /* u1: how often each value, a channel each; NULL for other types */
	uint64_t nan, inf;
};

/* One for each tensor of h. Many channels in many tensors would take memory out of proportion: beyond a budget they are summed up
 * as one. */
struct summary *summaries_new(const struct header *h);
/* The next n numbers, whole pixels. */
void summary_add(struct summary *s, enum dtype type, const char *data, int64_t n);
/* The moments of all channels together. */
struct moments summary_close(struct summary *s);
void summaries_free(struct summary *all, int n);

#endif
