/* Reads the pickles of CIFAR-10's Python version and nothing else: a dictionary with a list of small whole numbers under
 * "labels" and a NumPy array of bytes under "data". A pickle is a program for a stack machine; this machine knows no
 * functions to call, so nothing in a file can make it do anything but that. Protocols 2 to 4, from Python 2 or 3. */
#ifndef FORMAT_PICKLE_H
#define FORMAT_PICKLE_H

#include <stddef.h>
#include <stdint.h>

struct batch {
	const uint8_t *labels;   /* [n_labels] */
	size_t n_labels;
	int64_t rows, columns;   /* shape of data, C order */
	const uint8_t *data;     /* rows * columns bytes */
	void *memory;            /* inside; pickle_free releases what the pointers above point to */
};

/* Decodes; pointers in *b may point into `p`. Returns NULL, or what is wrong (*b is then empty). Memory is bounded by
 * the size of the input and a few megabytes. */
const char *pickle_batch(const uint8_t *p, size_t size, struct batch *b);
void pickle_free(struct batch *b);

#endif
