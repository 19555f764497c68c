/* PNG images of any size and kind to (height, width, 3) bytes: laid over white, then each side by itself; smaller by the mean of what a
 * pixel covers, larger by straight lines between the two nearest. */
#ifndef FORMAT_RESIZE_H
#define FORMAT_RESIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESIZE_CHANNELS = 3 };

/* Output i of a side is the sum of weight[] times pixels first[i].. */
struct side {
	int64_t from, n, m;    /* source pixels from..from+n-1 become m */
	int taps;              /* at most, for one output */
	int64_t *first;
	int *count;
	double *weight;        /* (m, taps) */
};

struct resize {
	int64_t height, width; /* of the result */
	bool crop;             /* cuts out the middle in the result's shape instead of stretching */
	/* inside: rows come, the result grows */
	struct side y, x;
	double *row;           /* (source width, 3), over white, 0..255 */
	double *line;          /* (width, 3): the row, resized */
	double *sum;           /* (height, width, 3) */
};

void resize_start(struct resize *r, int64_t height, int64_t width, bool crop);
/* to (height, width, 3) = the image png[0..n); returns NULL, or what is wrong with it. */
const char *resize_png(struct resize *r, const uint8_t *png, size_t n, uint8_t *to);

#endif
