/* Windows of a pool that lie side by side do not fill every image: of 31x31 pixels, 2x2 windows see 30x30. Where the pool alone reads a
 * convolution, the rest is not computed, and has no gradient to go back. */
#ifndef NET_CUT_H
#define NET_CUT_H

#include "net/layer.h"

/* The convolution l to compute, and the windows of the pool l: in a pass with seen_by they are cut. */
struct conv cut_conv(const struct layer *l, const struct pass *p);
struct pool cut_pool(const struct layer *l, const struct pass *p);
/* The convolution l, cut to what `pool` sees; numbers of its output; pool NULL: all. */
struct conv cut_to(const struct layer *l, const struct layer *pool);
size_t cut_out(const struct layer *l, const struct layer *pool);

#endif
