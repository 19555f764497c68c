/* The id of an object: SHA-256 over names, types, shapes and contents of its tensors, whatever the cutting (cnn1(5)). */
#ifndef IO_DIGEST_H
#define IO_DIGEST_H

#include <nettle/sha2.h>

#include "io/stream.h"

/* contents[t] has been given all rows of tensor t, in order; it is used up. */
void digest_id(const struct header *h, const int64_t *rows, struct sha256_ctx *contents, char id[ID_SIZE]);

#endif
