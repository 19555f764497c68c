#include "io/digest.h"

#include <stdio.h>

#include "io/pack.h"

static void
hash_tensor(struct sha256_ctx *all, const struct tensor *t, int64_t rows, struct sha256_ctx *contents)
{
	uint8_t sum[SHA256_DIGEST_SIZE];
	msgpack_sbuffer buf;
	msgpack_packer pk;

	pack_start(&pk, &buf);
	msgpack_pack_array(&pk, 3);
	pack_text(&pk, t->name);
	pack_text(&pk, dtype_name(t->dtype));
	msgpack_pack_array(&pk, (size_t)t->shape.n);
	msgpack_pack_int64(&pk, rows);
	for (int i = 1; i < t->shape.n; i++)
		msgpack_pack_int64(&pk, t->shape.d[i]);
	sha256_update(all, buf.size, (const uint8_t *)buf.data);
	msgpack_sbuffer_destroy(&buf);
	sha256_digest(contents, sizeof sum, sum);
	sha256_update(all, sizeof sum, sum);
}

void
digest_id(const struct header *h, const int64_t *rows, struct sha256_ctx *contents, char id[ID_SIZE])
{
	struct sha256_ctx all;
	uint8_t sum[SHA256_DIGEST_SIZE];

	sha256_init(&all);
	for (int t = 0; t < h->tensors; t++)
		hash_tensor(&all, &h->tensor[t], rows[t], &contents[t]);
	sha256_digest(&all, sizeof sum, sum);
	for (size_t i = 0; i < sizeof sum; i++)
		snprintf(id + 2 * i, 3, "%02x", sum[i]);
}
