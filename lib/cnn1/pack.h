/* msgpack into and out of memory. msgpack-c only returns that memory was lacking, in the middle of a value; here the program dies
 * (EX_OSERR), so that nothing that was packed or read by half is ever used. */
#ifndef CNN1_PACK_H
#define CNN1_PACK_H

#include <msgpack.h>
#include <stdbool.h>
#include <stddef.h>

/* Prepares both; packed values go to *buf, which msgpack_sbuffer_destroy frees. */
void pack_start(msgpack_packer *pk, msgpack_sbuffer *buf);
void pack_text(msgpack_packer *pk, const char *s);
/* Bytes that are msgpack already. */
void pack_raw(msgpack_packer *pk, const void *raw, size_t size);
/* Decodes the first value of p[0..n) into *u, which msgpack_unpacked_destroy frees in any case; false: it is not msgpack. */
bool unpack(msgpack_unpacked *u, const void *p, size_t n);

/* Questions to decoded values. */
bool packed_is(const msgpack_object *o, const char *text);
const msgpack_object *packed_lookup(const msgpack_object *map, const char *key); /* NULL: no such key, or not a map */
bool packed_count(const msgpack_object *o, int64_t *v); /* 0 or more; false: something else, or NULL */

#endif
