/* The id of an object (cnn1(5)): a hash of names, types, shapes and contents of its tensors, which does not depend on the cutting into records. It is XXH3;
 * 0.1.0 wrote SHA-256, which is only computed where the id of such a stream may have to be verified. */
#ifndef CNN1_DIGEST_H
#define CNN1_DIGEST_H

#include "cnn1/stream.h"

enum { ID_DIGITS = 32, ID_DIGITS_SHA256 = 64 };

/* What has been hashed of each tensor's contents. */
struct digest;
struct digest *digest_start(int tensors, bool sha256);
/* The next rows of tensor t. */
void digest_rows(struct digest *d, int t, const void *rows, size_t size);
/* The id of so many digits, ID_DIGITS or (once, if it was asked for) ID_DIGITS_SHA256. */
void digest_id(const struct header *h, const int64_t *rows, struct digest *d, size_t digits, char id[ID_SIZE]);
void digest_free(struct digest *d);
/* zlib's CRC-32 of n bytes; if d is given, they are hashed as the next rows of tensor t, too. Several threads share the work where
 * there is enough of it. */
uint32_t digest_crc(const void *p, size_t n, struct digest *d, int t);

#endif
