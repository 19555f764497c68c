/* zip archives as NumPy's .npz files are: members stored or deflated, sizes beyond 4 GiB by zip64 (PKWARE's APPNOTE 6.3).
 * Sizes and places that a file claims are checked against the file before anything is allocated by them. Errors die: damaged
 * data with EX_DATAERR, the rest with EX_IOERR. */
#ifndef FORMAT_ZIP_H
#define FORMAT_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { ZIP_NAME_MAX = 300, ZIP_MEMBERS_MAX = 4096 };

struct zip_member {
	char name[ZIP_NAME_MAX + 1];
	bool deflated, plain;  /* plain: the file itself, without a CRC */
	uint64_t at;           /* reading: where its bytes begin; writing: where its header does */
	uint64_t packed, size;
	uint32_t crc;
};

/* ---- reading ---- */
struct zip {
	FILE *f;
	const char *name;      /* for messages */
	int members;
	struct zip_member *member;
};

/* Is this an archive? `f` must be able to seek (file_seekable); nothing is consumed. Dies when it cannot be read. */
bool zip_is(FILE *f, const char *name);
/* Takes over `f` and reads the directory. Members that overlap, are encrypted or claim to unpack to more than deflate can
 * make of them are refused. */
void zip_open(struct zip *z, FILE *f, const char *name);
/* Takes over `f`, a file that is not an archive, as if it were the only member of one. */
void zip_plain(struct zip *z, FILE *f, const char *name);
void zip_close(struct zip *z);

/* The contents of one member; several may be open at once. */
struct unzip;
struct unzip *unzip_open(const struct zip *z, int member);
/* Fills buf, or dies: truncated, damaged. */
void unzip_read(struct unzip *u, void *buf, size_t n);
uint64_t unzip_left(const struct unzip *u);
const char *unzip_name(const struct unzip *u); /* for messages: "x.npz: conv2d/kernel.npy" */
bool unzip_deflated(const struct unzip *u);
/* After the last byte: checks the CRC. */
void unzip_verify(struct unzip *u);
void unzip_close(struct unzip *u);

/* ---- writing: members stored, no times, so that the same contents give the same bytes ---- */
struct zip_out {
	FILE *f;
	uint64_t at, left;     /* bytes written; bytes that the current member still wants */
	int members;
	struct zip_member *member;
};

/* Begins a member of exactly `size` bytes, whose CRC-32 is known; then zip_put brings them. *z is zero at first but for f. */
void zip_begin(struct zip_out *z, const char *name, uint64_t size, uint32_t crc);
void zip_put(struct zip_out *z, const void *data, size_t n);
/* Writes the directory. The file is left open. */
void zip_finish(struct zip_out *z);

#endif
