/* Images x to (x - mean) / std per channel, with the statistics of each image or of many. */
#ifndef MODEL_STANDARDIZE_H
#define MODEL_STANDARDIZE_H

#include <stdbool.h>
#include <stdint.h>

enum { STANDARDIZE_CHANNELS = 1024, STANDARDIZE_PIXELS = 1 << 24 }; /* at most */

/* What images are like: (pixels, channels) each, bytes or floats. */
struct images {
	int64_t pixels;
	int channels;
	bool bytes;
	int lanes; /* pixels side by side in one step of a sum: with few channels enough of them to fill vectors of floats, of bytes */
};
struct images images_of(int64_t pixels, int channels, bool bytes);

/* Of many images. */
struct statistics {
	int channels;
	double mean[STANDARDIZE_CHANNELS], std[STANDARDIZE_CHANNELS];
	/* inside */
	double scale[STANDARDIZE_CHANNELS];
	float *table; /* (channels, 256): what each byte becomes */
};

/* Sums over images, each after the other: the result depends on their order alone. */
struct totals;
struct totals *totals_new(void);
void totals_add(struct totals *all, const struct images *g, const void *x);
/* Fills mean, std and channels, and frees; false: no image came. */
bool totals_end(struct totals *all, struct statistics *s);

/* To be called when mean, std and channels are set. */
void statistics_prepare(struct statistics *s);
/* y (n, pixels, channels) = the images x, by the statistics s or, where s is NULL, each by its own. All threads share the work. */
void standardize_images(const struct images *g, const struct statistics *s, int64_t n, const void *x, float *y);

#endif
