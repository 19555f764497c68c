#include "cnn1/digest.h"

#include <libdeflate.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zlib.h>
/* the same functions for AVX2 or AVX-512, chosen when running: three times as fast as those for any x86 */
#if defined __x86_64__ && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>
#endif

#include "base/die.h"
#include "base/par.h"
#include "cnn1/crc.h"
#include "cnn1/pack.h"
#include "cnn1/scan.h"

enum { CHUNK = 1 << 17, CHUNKS_MAX = SCAN_RECORD / CHUNK + 1 };

struct digest {
	int tensors;
	bool both;
	struct hash {
		XXH3_state_t *xxh3;
		struct sha256_ctx sha256;
	} of[];
};

struct digest *
digest_start(int tensors, bool sha256)
{
	struct digest *d = xcalloc(1, sizeof *d + (size_t)tensors * sizeof *d->of);

	d->tensors = tensors;
	d->both = sha256;
	for (struct hash *h = d->of; h < d->of + tensors; h++) {
		h->xxh3 = XXH3_createState();
		if (!h->xxh3)
			die(EX_OSERR, "out of memory");
		XXH3_128bits_reset(h->xxh3);
		sha256_init(&h->sha256);
	}
	return d;
}

void
digest_rows(struct digest *d, int t, const void *rows, size_t size)
{
	XXH3_128bits_update(d->of[t].xxh3, rows, size);
	if (d->both)
		sha256_update(&d->of[t].sha256, size, rows);
}

/* The XXH3 of 16 bytes, or the SHA-256 of 32. */
static void
sum(struct hash *h, size_t size, uint8_t *bytes)
{
	XXH128_canonical_t xxh3;

	if (size == SHA256_DIGEST_SIZE) {
		sha256_digest(&h->sha256, size, bytes);
		return;
	}
	XXH128_canonicalFromHash(&xxh3, XXH3_128bits_digest(h->xxh3));
	memcpy(bytes, xxh3.digest, size);
}

static void
add_tensor(struct digest *all, const struct tensor *t, int64_t rows)
{
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
	digest_rows(all, 0, buf.data, buf.size);
	msgpack_sbuffer_destroy(&buf);
}

void
digest_id(const struct header *h, const int64_t *rows, struct digest *d, size_t digits, char id[ID_SIZE])
{
	const size_t size = digits / 2;
	struct digest *all = digest_start(1, digits == ID_DIGITS_SHA256);
	uint8_t bytes[SHA256_DIGEST_SIZE];

	for (int t = 0; t < h->tensors; t++) {
		add_tensor(all, &h->tensor[t], rows[t]);
		sum(&d->of[t], size, bytes);
		digest_rows(all, 0, bytes, size);
	}
	sum(all->of, size, bytes);
	for (size_t i = 0; i < size; i++)
		snprintf(id + 2 * i, 3, "%02x", bytes[i]);
	digest_free(all);
}

void
digest_free(struct digest *d)
{
	for (int t = 0; d && t < d->tensors; t++)
		XXH3_freeState(d->of[t].xxh3);
	free(d);
}

/* ---- checksums ---- */

/* The first bytes take what a CRC begins with (all ones), so that folding goes on from a register of 0, which is called ~0 below. */
static uint32_t
crc32_of(const uint8_t *p, size_t n)
{
	uint8_t fold[CRC_FOLD];
	const size_t rest = n % CRC_FOLD;

	if (n < 4 * CRC_FOLD || !crc_folds())
		return libdeflate_crc32(0, p, n);
	memcpy(fold, p, sizeof fold);
	for (int i = 0; i < 4; i++)
		fold[i] = (uint8_t)~fold[i];
	crc_fold(n - rest - CRC_FOLD, p + CRC_FOLD, fold);
	return libdeflate_crc32(libdeflate_crc32(~UINT32_C(0), fold, sizeof fold), p + n - rest, rest);
}

struct digest_work {
	const uint8_t *p;
	size_t n;
	struct digest *d;
	int t, hashes; /* pieces of work before the chunks: 1 or 0 */
	uint32_t crc[CHUNKS_MAX];
};

static size_t
chunk(const struct digest_work *w, int k)
{
	const size_t left = w->n - (size_t)k * CHUNK;

	return left < CHUNK ? left : CHUNK;
}

static void
one_sum(int piece, int worker, void *ctx)
{
	struct digest_work *w = ctx;
	const int k = piece - w->hashes;

	(void)worker;
	if (k < 0)
		digest_rows(w->d, w->t, w->p, w->n);
	else
		w->crc[k] = crc32_of(w->p + (size_t)k * CHUNK, chunk(w, k));
}

uint32_t
digest_crc(const void *p, size_t n, struct digest *d, int t)
{
	struct digest_work w = { .p = p, .n = n, .d = d, .t = t, .hashes = d != NULL };
	const int chunks = (int)((n + CHUNK - 1) / CHUNK);
	uint32_t crc = 0;

	par_for_if(chunks > 1, w.hashes + chunks, one_sum, &w);
	for (int k = 0; k < chunks; k++)
		crc = (uint32_t)crc32_combine(crc, w.crc[k], (z_off_t)chunk(&w, k));
	return crc;
}
