/* Receptive fields: how much of the image one number of a layer's output depends on. */
#ifndef NET_FIELD_H
#define NET_FIELD_H

#include "net/network.h"

struct field {
	int64_t h, w; /* pixels of the image, as if it had no border; at most FIELD_MAX */
	bool all;     /* each number depends on the whole image */
};

enum { FIELD_MAX = 1000000000 };

/* field (layers) of an output number that sees most. Layers that take means over an image, as groupnorm, count as if they took
 * one pixel each. */
void network_fields(const struct network *m, struct field *field);

#endif
