/* NumPy's .npy arrays: a magic, a version, the text of a Python dict, then the numbers (numpy.lib.format). */
#ifndef FORMAT_NPY_H
#define FORMAT_NPY_H

#include "base/shape.h"
#include "format/zip.h"

enum { NPY_HEADER = 512 };

/* The header of version 1.0 for a little-endian array in C order, as np.save writes it, up to the first number: its size does
 * not depend on the number of rows. Returns the size. */
size_t npy_header(enum dtype dtype, const struct shape *shape, char buf[NPY_HEADER]);

/* What a header says. */
struct npy {
	enum dtype dtype;   /* of a stream; it holds all that the file's type does, but for u8 above 2^63 - 1 */
	size_t size;        /* bytes of a number in the file */
	bool is_signed;     /* i1, i2: matters where size is not dtype's */
	struct shape shape;
	bool fortran; /* the first index runs fastest */
	bool swapped; /* high byte first */
};

/* Parses the dict of a header. NULL, or what is wrong and what to do about it; valid until the next call. */
const char *npy_parse(const char *dict, size_t n, struct npy *a);

/* An array being read: in C order, in this machine's byte order, for any order in the file. */
struct npy_in {
	struct npy a;
	struct unzip *from;
	char *whole;     /* of an array in Fortran order: turned around */
	uint64_t used;
};

enum { NPY_KEPT_MAX = 64 << 20 }; /* bytes that a compressed array, which may be 1,000 times smaller, is turned around in */
/* Reads the header (and checks that the file holds as many numbers as it declares, before anything is allocated); dies with
 * EX_DATAERR. */
void npy_open(struct npy_in *in, struct unzip *from);
/* Bytes of numbers that are kept in memory from the first npy_read to npy_close: all of an array in Fortran order. */
size_t npy_kept(const struct npy_in *in);
/* The next numbers, as `bytes` bytes of the stream's type. */
void npy_read(struct npy_in *in, void *to, size_t bytes);
/* Checks what a CRC can check and closes `from`. All must have been read. */
void npy_close(struct npy_in *in);

#endif
