#include "fetch/cifar.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "format/pickle.h"
#include "format/png_in.h"

const struct cifar_file cifar_files[CIFAR_FILES] = {
	{ "data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5" },
	{ "data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed" },
	{ "data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67" },
	{ "data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48" },
	{ "data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add" },
	{ "test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b" },
};

/* airplane and automobile are written short, as the lab does */
char *const cifar_classes[CIFAR_CLASSES] = {
	"plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
};

const struct cifar_archive cifar_archives[] = {
	{ "cifar-10-binary.tar.gz", "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", 170052171 },
	{ "cifar-10-python.tar.gz", "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce", 170498071 },
	{ NULL, NULL, 0 },
};

bool
trouble(struct trouble *t, int status, const char *fmt, ...)
{
	va_list ap;

	t->status = status;
	va_start(ap, fmt);
	vsnprintf(t->why, sizeof t->why, fmt, ap);
	va_end(ap);
	return false;
}

static void
digest_text(struct sha256_ctx *ctx, char hex[SHA256_TEXT])
{
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(ctx, sizeof digest, digest);
	for (int i = 0; i < SHA256_DIGEST_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

void
sha256_text(const void *data, size_t n, char hex[SHA256_TEXT])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, n, data);
	digest_text(&ctx, hex);
}

/* ---- the files ---- */

/* Takes over fd; the blocks are large enough without a buffer. */
static bool
keep_open(struct cifar *c, int f, int fd, const char *mode, const char *path, struct trouble *t)
{
	c->in[f] = fdopen(fd, mode);
	if (c->in[f]) {
		setvbuf(c->in[f], NULL, _IONBF, 0);
		return true;
	}
	close(fd);
	return trouble(t, EX_OSERR, "%s: %m", path);
}

static bool
map(struct cifar *c, int f, const char *path, struct trouble *t)
{
	void *p = mmap(NULL, CIFAR_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(c->in[f]), 0);

	if (p == MAP_FAILED)
		return trouble(t, EX_OSERR, "%s: %m", path);
	c->file[f] = p;
	return true;
}

bool
cifar_create(struct cifar *c, const char *dir, struct trouble *t)
{
	char path[4096];

	for (int f = 0; f < CIFAR_FILES; f++) {
		snprintf(path, sizeof path, "%s/%s", dir, cifar_files[f].name);
		int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0)
			return trouble(t, EX_CANTCREAT, "%s: %m", path);
		/* all the space now: a full disk is an error here and not a SIGBUS later */
		int error = posix_fallocate(fd, 0, CIFAR_BYTES);
		if (error) {
			close(fd);
			return trouble(t, EX_IOERR, "%s: no room for 184 MB: %s", dir, strerror(error));
		}
		if (!keep_open(c, f, fd, "r+", path, t) || !map(c, f, path, t))
			return false;
	}
	return true;
}

bool
cifar_open(struct cifar *c, const char *dir, int first, int n, struct trouble *t)
{
	struct stat st;
	char path[4096];

	for (int f = first; f < first + n; f++) {
		snprintf(path, sizeof path, "%s/%s", dir, cifar_files[f].name);
		int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0) /* a file that only cannot be opened is not a damaged one */
			return trouble(t, errno == ENOENT || errno == ENOTDIR ? EX_NOINPUT : EX_IOERR, "%s: %m", path);
		if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size != CIFAR_BYTES) {
			close(fd);
			return trouble(t, EX_DATAERR, "%s: is not a file of %d bytes", path, CIFAR_BYTES);
		}
		if (!keep_open(c, f, fd, "r", path, t))
			return false;
	}
	return true;
}

void
cifar_close(struct cifar *c)
{
	for (int f = 0; f < CIFAR_FILES; f++) {
		if (c->file[f])
			munmap(c->file[f], CIFAR_BYTES);
		if (c->in[f])
			fclose(c->in[f]);
		c->file[f] = NULL;
		c->in[f] = NULL;
	}
}

void
cifar_reset(struct cifar *c)
{
	memset(c->pixels, 0, sizeof c->pixels);
	memset(c->labels, 0, sizeof c->labels);
	c->done = 0;
}

/* What was written stays in the file, but takes memory of this process no longer. */
static void
put_away(const struct cifar *c, int f)
{
	madvise(c->file[f], CIFAR_BYTES, MADV_DONTNEED);
}

static bool
read_block(FILE *f, const char *name, uint8_t *records, struct trouble *t)
{
	if (fread(records, CIFAR_RECORD, CIFAR_BLOCK, f) == CIFAR_BLOCK)
		return true;
	return ferror(f) ? trouble(t, EX_IOERR, "%s: %m", name)
	                 : trouble(t, EX_DATAERR, "%s: is shorter than %d bytes", name, CIFAR_BYTES);
}

/* All blocks into the hash and to take(). */
static bool
read_blocks(const struct cifar *c, int f, struct sha256_ctx *hash, void (*take)(void *ctx, const uint8_t *records), void *ctx,
            struct trouble *t)
{
	const size_t size = (size_t)CIFAR_BLOCK * CIFAR_RECORD;
	uint8_t *records = xcalloc(size, 1);
	bool ok = true;

	for (int i = 0; i < CIFAR_IMAGES && (ok = read_block(c->in[f], cifar_files[f].name, records, t)); i += CIFAR_BLOCK) {
		sha256_update(hash, size, records);
		take(ctx, records);
	}
	free(records);
	return ok;
}

bool
cifar_read(const struct cifar *c, int f, void (*take)(void *ctx, const uint8_t *records), void *ctx, struct trouble *t)
{
	const struct cifar_file *want = &cifar_files[f];
	struct sha256_ctx hash;
	char hex[SHA256_TEXT];

	sha256_init(&hash);
	if (fseeko(c->in[f], 0, SEEK_SET))
		return trouble(t, EX_IOERR, "%s: %m", want->name);
	if (!read_blocks(c, f, &hash, take, ctx, t))
		return false;
	digest_text(&hash, hex);
	if (strcmp(hex, want->sha256))
		return trouble(t, EX_DATAERR, "%s: not CIFAR-10: SHA-256 %.12s..., expected %.12s...", want->name, hex, want->sha256);
	return true;
}

static void
take_nothing(void *ctx, const uint8_t *records)
{
	(void)ctx;
	(void)records;
}

bool
cifar_verify(const struct cifar *c, int first, int n, struct trouble *t)
{
	for (int f = first; f < first + n; f++) {
		if (!cifar_read(c, f, take_nothing, NULL, t))
			return false;
		if (c->tick)
			c->tick();
	}
	return true;
}

/* ---- the parts ---- */

struct file_part {
	const char *name;
	enum cifar_form form;
	int file, files; /* which it gives: one, or, for labels, several */
	uint64_t max;    /* bytes */
	bool (*decode)(struct cifar *c, const struct file_part *p, const uint8_t *data, size_t n, struct trouble *t);
};

static bool
already(const struct file_part *p, struct trouble *t)
{
	return trouble(t, EX_DATAERR, "%s: occurs twice", p->name);
}

static bool
decode_binary(struct cifar *c, const struct file_part *p, const uint8_t *data, size_t n, struct trouble *t)
{
	if (c->pixels[p->file] || c->labels[p->file])
		return already(p, t);
	if (n != CIFAR_BYTES)
		return trouble(t, EX_DATAERR, "%s: %zu bytes, expected %d", p->name, n, CIFAR_BYTES);
	memcpy(c->file[p->file], data, n);
	c->pixels[p->file] = c->labels[p->file] = true;
	c->done += CIFAR_IMAGES;
	return true;
}

static bool
decode_python(struct cifar *c, const struct file_part *p, const uint8_t *data, size_t n, struct trouble *t)
{
	struct batch b;

	if (c->pixels[p->file] || c->labels[p->file])
		return already(p, t);
	const char *why = pickle_batch(data, n, &b);
	if (why)
		return trouble(t, EX_DATAERR, "%s: %s", p->name, why);
	if (b.n_labels != CIFAR_IMAGES || b.rows != CIFAR_IMAGES || b.columns != CIFAR_PIXELS) {
		trouble(t, EX_DATAERR, "%s: %zu labels and %lld x %lld data, expected %d and %d x %d", p->name, b.n_labels,
		        (long long)b.rows, (long long)b.columns, CIFAR_IMAGES, CIFAR_IMAGES, CIFAR_PIXELS);
		pickle_free(&b);
		return false;
	}
	for (int i = 0; i < CIFAR_IMAGES; i++) {
		uint8_t *to = c->file[p->file] + (size_t)i * CIFAR_RECORD;
		to[0] = b.labels[i];
		memcpy(to + 1, b.data + (size_t)i * CIFAR_PIXELS, CIFAR_PIXELS);
	}
	pickle_free(&b);
	c->pixels[p->file] = c->labels[p->file] = true;
	c->done += CIFAR_IMAGES;
	return true;
}

struct canvas {
	struct cifar *c;
	int file;
};

/* A row of the PNG is a whole image, pixel by pixel; the file has it plane by plane. */
static void
image_row(void *ctx, uint32_t y, const uint8_t *rgb)
{
	const struct canvas *v = ctx;
	uint8_t *to = v->c->file[v->file] + (size_t)y * CIFAR_RECORD + 1;

	for (int i = 0; i < CIFAR_PLANE; i++)
		for (int k = 0; k < 3; k++)
			to[k * CIFAR_PLANE + i] = rgb[3 * i + k];
	v->c->done++;
	if (v->c->tick && y % 100 == 0)
		v->c->tick();
}

static bool
decode_png(struct cifar *c, const struct file_part *p, const uint8_t *data, size_t n, struct trouble *t)
{
	struct canvas v = { c, p->file };

	if (c->pixels[p->file])
		return already(p, t);
	const char *why = png_rows(data, n, CIFAR_PLANE, CIFAR_IMAGES, image_row, &v);
	if (why)
		return trouble(t, EX_DATAERR, "%s: %s", p->name, why);
	c->pixels[p->file] = true;
	return true;
}

/* A JSON array of one-digit numbers, and nothing else that JSON may hold. */
static bool
decode_labels(struct cifar *c, const struct file_part *p, const uint8_t *data, size_t n, struct trouble *t)
{
	const size_t count = (size_t)p->files * CIFAR_IMAGES;
	const char *expected = "[["; /* one of the two; '0' means a digit, zeros the end */
	size_t got = 0;

	if (c->labels[p->file])
		return already(p, t);
	for (size_t i = 0; i < n; i++) {
		if (data[i] == ' ' || data[i] == '\n' || data[i] == '\r' || data[i] == '\t')
			continue;
		bool digit = data[i] >= '0' && data[i] <= '9';
		char kind = digit ? '0' : (char)data[i];
		if (!kind || (kind != expected[0] && kind != expected[1]) || (digit && got == count))
			return trouble(t, EX_DATAERR, "%s: byte %zu: expected an array of %zu digits", p->name, i, count);
		if (digit) {
			uint8_t *file = c->file[p->file + (int)(got / CIFAR_IMAGES)];
			file[got % CIFAR_IMAGES * CIFAR_RECORD] = (uint8_t)(data[i] - '0');
			got++;
			if (got % CIFAR_IMAGES == 0)
				put_away(c, p->file + (int)(got / CIFAR_IMAGES) - 1);
		}
		expected = digit ? ",]" : kind == ']' ? "\0" : "00";
	}
	if (*expected || got != count)
		return trouble(t, EX_DATAERR, "%s: %zu digits, expected an array of %zu", p->name, got, count);
	for (int f = 0; f < p->files; f++)
		c->labels[p->file + f] = true;
	return true;
}

enum { BIN_MAX = CIFAR_BYTES, PICKLE_MAX = 32 << 20, PNG_MAX = 32 << 20, JSON_MAX = 1 << 20 };

#define BATCH(name, file) \
	{ name ".bin", CIFAR_BINARY, file, 1, BIN_MAX, decode_binary }, \
	{ name, CIFAR_PYTHON, file, 1, PICKLE_MAX, decode_python }, \
	{ name ".png", CIFAR_PNG, file, 1, PNG_MAX, decode_png }

static const struct file_part parts[] = {
	BATCH("data_batch_1", 0),
	BATCH("data_batch_2", 1),
	BATCH("data_batch_3", 2),
	BATCH("data_batch_4", 3),
	BATCH("data_batch_5", 4),
	BATCH("test_batch", 5),
	/* spelled so in the package */
	{ "train_lables.json", CIFAR_PNG, 0, 5, JSON_MAX, decode_labels },
	{ "test_lables.json", CIFAR_PNG, 5, 1, JSON_MAX, decode_labels },
};
enum { PARTS = sizeof parts / sizeof *parts };

static const struct file_part *
find(const char *name)
{
	for (int i = 0; i < PARTS; i++)
		if (!strcmp(parts[i].name, name))
			return &parts[i];
	return NULL;
}

uint64_t
cifar_part_max(const char *name)
{
	const struct file_part *p = find(name);

	return p ? p->max : 0;
}

bool
cifar_part(struct cifar *c, const char *name, const uint8_t *data, size_t n, struct trouble *t)
{
	const struct file_part *p = find(name);

	assert(p);
	bool ok = p->decode(c, p, data, n, t);
	for (int f = p->file; f < p->file + p->files; f++)
		put_away(c, f);
	return ok;
}

const char *
cifar_part_name(enum cifar_form form, int i)
{
	for (int k = 0; k < PARTS; k++)
		if (parts[k].form == form && i-- == 0)
			return parts[k].name;
	return NULL;
}

bool
cifar_complete(const struct cifar *c, struct trouble *t)
{
	bool any = false;

	for (int f = 0; f < CIFAR_FILES; f++)
		any = any || c->pixels[f] || c->labels[f];
	if (!any)
		return trouble(t, EX_DATAERR, "holds no CIFAR-10; expected data_batch_1.bin or data_batch_1 or data_batch_1.png");
	for (int f = 0; f < CIFAR_FILES; f++)
		if (!c->pixels[f] || !c->labels[f])
			return trouble(t, EX_DATAERR, "%s of %.*s missing", c->pixels[f] ? "labels" : "images",
			               (int)strcspn(cifar_files[f].name, "."), cifar_files[f].name);
	return true;
}

void
cifar_rows(const uint8_t *records, int n, uint8_t *x, uint8_t *y)
{
	for (const uint8_t *from = records; n-- > 0; from += CIFAR_RECORD) {
		*y++ = from[0];
		for (int k = 0; k < CIFAR_PLANE; k++)
			for (int ch = 0; ch < 3; ch++)
				*x++ = from[1 + ch * CIFAR_PLANE + k];
	}
}
