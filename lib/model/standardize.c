#include "model/standardize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/moments.h"
#include "base/par.h"
#include "kern/kern.h"

enum { LANES = 16, BYTE_LANES = 32, CHANNELS_MAX = STANDARDIZE_CHANNELS, WIDTH_MAX = CHANNELS_MAX };
enum { STEPS_MAX = UINT32_MAX / (255 * 255) / BYTE_LANES }; /* squares of so many fit 32 bits, all lanes together */
enum { IMAGES = 4 }; /* of a thread's turn */

struct images
images_of(int64_t pixels, int channels, bool bytes)
{
	struct images g = { .pixels = pixels, .channels = channels, .lanes = 1, .bytes = bytes };

	if (channels < LANES)
		g.lanes = bytes ? BYTE_LANES : LANES;
	return g;
}

/* ---- bytes ----
 *
 * Sums of bytes and of their squares are whole numbers, exact in any order, so any vectors do. With n pixels, sum s and
 * sum of squares q of a channel:
 *     (v - s/n) / sqrt(q/n - (s/n)^2)  =  (n v - s) / sqrt(n q - s^2)
 * where numerator and radicand are whole numbers too: nothing cancels, and only the last steps round. */

static void
byte_sums(const struct images *g, const uint8_t *x, uint64_t *s, uint64_t *q)
{
	uint32_t lane_s[WIDTH_MAX], lane_q[WIDTH_MAX];
	int width = g->channels * g->lanes;
	int64_t steps = g->pixels / g->lanes, rest = g->pixels % g->lanes;

	memset(s, 0, (size_t)g->channels * sizeof *s);
	memset(q, 0, (size_t)g->channels * sizeof *q);
	for (int64_t i = 0; i < steps; i += STEPS_MAX) {
		int64_t n = steps - i < STEPS_MAX ? steps - i : STEPS_MAX;
		memset(lane_s, 0, (size_t)width * sizeof *lane_s);
		memset(lane_q, 0, (size_t)width * sizeof *lane_q);
		kern->byte_sums((size_t)n, width, x + i * width, lane_s, lane_q);
		for (int half = width / 2; half >= g->channels; half /= 2)
			for (int j = 0; j < half; j++) {
				lane_s[j] += lane_s[half + j];
				lane_q[j] += lane_q[half + j];
			}
		for (int c = 0; c < g->channels; c++) {
			s[c] += lane_s[c];
			q[c] += lane_q[c];
		}
	}
	x += steps * width;
	for (int64_t i = 0; i < rest; i++, x += g->channels)
		for (int c = 0; c < g->channels; c++) {
			s[c] += x[c];
			q[c] += (uint32_t)x[c] * x[c];
		}
}

/* y = (n x - sum) * scale for images so large that n * 255 does not fit a float's 24 bits: in double. */
static void
scale_bytes_large(const struct images *g, const uint8_t *x, const uint64_t *s, const double *scale, float *y)
{
	for (int64_t i = 0; i < g->pixels; i++)
		for (int c = 0; c < g->channels; c++, x++, y++)
			*y = (float)(((double)*x * (double)g->pixels - (double)s[c]) * scale[c]);
}

static void
per_image_bytes(const struct images *g, const uint8_t *x, float *y)
{
	uint64_t s[CHANNELS_MAX], q[CHANNELS_MAX], n = (uint64_t)g->pixels;
	double scale[CHANNELS_MAX];
	float lane_sum[WIDTH_MAX], lane_scale[WIDTH_MAX];
	int width = g->channels * g->lanes;

	byte_sums(g, x, s, q);
	for (int c = 0; c < g->channels; c++) {
		uint64_t radicand = n * q[c] - s[c] * s[c];
		scale[c] = radicand ? 1 / sqrt((double)radicand) : 0;
	}
	if (n > (1 << 24) / 255) {
		scale_bytes_large(g, x, s, scale, y);
		return;
	}
	for (int j = 0; j < width; j++) {
		lane_sum[j] = j < g->channels ? (float)s[j] : lane_sum[j - g->channels];
		lane_scale[j] = j < g->channels ? (float)scale[j] : lane_scale[j - g->channels];
	}
	int64_t steps = g->pixels / g->lanes, done = steps * width;
	int rest = (int)(g->pixels % g->lanes) * g->channels;
	kern->byte_scale((size_t)steps, width, x, (float)n, lane_sum, lane_scale, y);
	kern->byte_scale(1, rest, x + done, (float)n, lane_sum, lane_scale, y + done);
}

/* ---- floats ---- */

/* sum (channels) = sums of (x - mean)^power; the lanes fix the order, whatever the compiler's vectors */
static void
float_sums(const struct images *g, const float *restrict x, const double *mean, int power, double *sum)
{
	double lane[WIDTH_MAX] = { 0 }, lane_mean[WIDTH_MAX];
	int width = g->channels * g->lanes;
	int64_t steps = g->pixels / g->lanes, rest = g->pixels % g->lanes * g->channels;

	for (int j = 0; j < width; j++)
		lane_mean[j] = mean[j % g->channels];
	for (int64_t i = 0; i <= steps; i++, x += width)
		for (int j = 0, n = i < steps ? width : (int)rest; j < n; j++) {
			double v = (double)x[j] - lane_mean[j];
			lane[j] += power == 1 ? v : v * v;
		}
	memset(sum, 0, (size_t)g->channels * sizeof *sum);
	for (int j = 0; j < width; j++)
		sum[j % g->channels] += lane[j];
}

/* two passes: the one-pass variance cancels where the mean is large against the deviation */
static void
float_moments(const struct images *g, const float *x, struct moments *m)
{
	static const double zero[CHANNELS_MAX];
	double mean[CHANNELS_MAX], square[CHANNELS_MAX];

	float_sums(g, x, zero, 1, mean);
	for (int c = 0; c < g->channels; c++)
		mean[c] /= (double)g->pixels;
	float_sums(g, x, mean, 2, square);
	for (int c = 0; c < g->channels; c++)
		m[c] = (struct moments){ .n = (uint64_t)g->pixels, .mean = mean[c], .m2 = square[c] };
}

static void
scale_floats(const struct images *g, const float *x, const double *mean, const double *scale, float *y)
{
	for (int64_t i = 0; i < g->pixels; i++)
		for (int c = 0; c < g->channels; c++, x++, y++)
			*y = (float)(((double)*x - mean[c]) * scale[c]);
}

static void
per_image_floats(const struct images *g, const float *x, float *y)
{
	struct moments m[CHANNELS_MAX];
	double mean[CHANNELS_MAX], scale[CHANNELS_MAX];

	float_moments(g, x, m);
	for (int c = 0; c < g->channels; c++) {
		const double std = moments_deviation(&m[c]);
		mean[c] = m[c].mean;
		scale[c] = std > 0 ? 1 / std : 0;
	}
	scale_floats(g, x, mean, scale, y);
}

/* ---- many images ---- */

struct totals {
	int channels;
	bool bytes;
	uint64_t n;                                /* pixels */
	uint64_t s[CHANNELS_MAX], q[CHANNELS_MAX]; /* of bytes: sums of them and of their squares, still exact */
	struct moments moments[CHANNELS_MAX];      /* of floats */
};

struct totals *
totals_new(void)
{
	return xcalloc(1, sizeof(struct totals));
}

void
totals_add(struct totals *all, const struct images *g, const void *x)
{
	uint64_t s[CHANNELS_MAX], q[CHANNELS_MAX];
	struct moments one[CHANNELS_MAX];

	all->channels = g->channels;
	all->bytes = g->bytes;
	all->n += (uint64_t)g->pixels;
	if (g->bytes)
		byte_sums(g, x, s, q);
	else
		float_moments(g, x, one);
	for (int c = 0; c < g->channels; c++) {
		if (g->bytes) {
			all->s[c] += s[c];
			all->q[c] += q[c];
		} else {
			moments_join(&all->moments[c], &one[c]);
		}
	}
}

static struct moments
byte_moments(const struct totals *all, int c)
{
	const double s = (double)all->s[c], mean = s / (double)all->n;

	return (struct moments){ .n = all->n, .mean = mean, .m2 = fmax((double)all->q[c] - s * mean, 0) };
}

bool
totals_end(struct totals *all, struct statistics *s)
{
	const bool any = all->n > 0;

	s->channels = all->channels;
	for (int c = 0; c < all->channels; c++) {
		const struct moments m = all->bytes ? byte_moments(all, c) : all->moments[c];
		s->mean[c] = m.mean;
		s->std[c] = moments_deviation(&m);
	}
	free(all);
	return any;
}

void
statistics_prepare(struct statistics *s)
{
	s->table = xcalloc((size_t)s->channels * 256, sizeof *s->table);
	for (int c = 0; c < s->channels; c++) {
		s->scale[c] = s->std[c] > 0 ? 1 / s->std[c] : 0;
		for (int v = 0; v < 256; v++)
			s->table[256 * c + v] = (float)((v - s->mean[c]) * s->scale[c]);
	}
}

static void
look_up(const struct images *g, const uint8_t *x, const float *table, float *y)
{
	for (int64_t i = 0; i < g->pixels; i++)
		for (int c = 0; c < g->channels; c++)
			*y++ = table[256 * c + *x++];
}

/* ---- all ---- */

static void
one_image(const struct images *g, const struct statistics *s, const void *x, float *y)
{
	if (g->bytes)
		s ? look_up(g, x, s->table, y) : per_image_bytes(g, x, y);
	else
		s ? scale_floats(g, x, s->mean, s->scale, y) : per_image_floats(g, x, y);
}

struct turns {
	const struct images *g;
	const struct statistics *s;
	int64_t n;
	const char *x;
	float *y;
};

static void
some_images(int piece, int worker, void *ctx)
{
	const struct turns *t = ctx;
	const int64_t from = (int64_t)piece * IMAGES, to = from + IMAGES < t->n ? from + IMAGES : t->n;
	const int64_t numbers = t->g->pixels * t->g->channels;

	(void)worker;
	for (int64_t i = from; i < to; i++)
		one_image(t->g, t->s, t->x + i * numbers * (t->g->bytes ? 1 : 4), t->y + i * numbers);
}

void
standardize_images(const struct images *g, const struct statistics *s, int64_t n, const void *x, float *y)
{
	struct turns t = { g, s, n, x, y };

	par_for((int)((n + IMAGES - 1) / IMAGES), some_images, &t);
}
