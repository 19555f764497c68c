/* tar archives, plain and in gzip. Header checksums are made right; plain archives are read once more through a gzip made of them,
 * and must give the same. What begins as gzip is taken as it is. */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "fuzz.h"
#include "format/tar.h"

enum { LIMIT = 1 << 20, BLOCK = 512, SUM_AT = 148, SUM_SIZE = 8, SIZE_AT = 124 };

struct last_member {
	int members;
	uint64_t bytes, sum;
	char why[200];
};
static struct last_member seen;

static void
read_member(struct tar *t)
{
	uint8_t buf[1000];
	uint64_t left = t->size;

	for (uint64_t n; left; left -= n) {
		n = left < sizeof buf ? left : sizeof buf;
		if (!tar_read(t, buf, n))
			return;
		seen.bytes += n;
		for (uint64_t i = 0; i < n; i++)
			seen.sum = seen.sum * 31 + buf[i];
	}
}

static void
read_archive(const uint8_t *data, size_t size)
{
	struct gunzip *g = gunzip_open(fuzz_file(data, size), LIMIT);
	struct tar t;

	seen = (struct last_member){ 0 };
	tar_start(&t, g);
	while (tar_next(&t)) {
		MUST(strlen(t.name) <= TAR_NAME_MAX && strlen(tar_base(&t)) <= strlen(t.name) && !strchr(tar_base(&t), '/'));
		MUST(!t.regular || *t.name != '/');
		seen.members++;
		if (seen.members % 3) /* others are passed over */
			read_member(&t);
	}
	if (t.wrong) {
		MUST(*t.wrong);
		warn("%s", t.wrong);
		snprintf(seen.why, sizeof seen.why, "%s", t.wrong);
	}
	MUST(seen.bytes <= LIMIT && gunzip_consumed(g) <= size);
	gunzip_close(g);
}

/* Every block that could be a header gets its sum, as far as sizes lead from one to the next. */
static void
seal(uint8_t *p, size_t n)
{
	while (n >= BLOCK) {
		unsigned sum = 0;
		char digits[16];
		memset(p + SUM_AT, ' ', SUM_SIZE);
		for (int i = 0; i < BLOCK; i++)
			sum += p[i];
		if (sum == SUM_SIZE * ' ') { /* nothing but zeros: the end */
			memset(p + SUM_AT, 0, SUM_SIZE);
			return;
		}
		snprintf(digits, sizeof digits, "%06o", sum);
		memcpy(p + SUM_AT, digits, 7);
		memcpy(digits, p + SIZE_AT, 12);
		digits[12] = '\0';
		uint64_t size = strtoull(digits, NULL, 8), all = BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
		if (size > n || all > n)
			return;
		p += all;
		n -= all;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t memory = (256 << 10) + 2 * size; /* 64 KiB of input, zlib's window, an extended header of 64 KiB */
	uint8_t *p = malloc(size + 1);

	memcpy(p, data, size);
	const bool gzip = size >= 2 && p[0] == 0x1f && p[1] == 0x8b;
	if (!gzip)
		seal(p, size);
	MUST(fuzz_run(read_archive, p, size, memory) == 0);
	if (!gzip) {
		struct last_member plain = seen;
		size_t packed;
		uint8_t *z = fuzz_gzip(p, size, &packed);
		MUST(fuzz_run(read_archive, z, packed, memory) == 0);
		MUST(!memcmp(&plain, &seen, sizeof plain));
		free(z);
	}
	free(p);
	return 0;
}
