/* standardize: (x - mean) / std per channel, of each image or of the whole dataset */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/par.h"
#include "io/compute.h"
#include "io/dataset.h"
#include "io/file.h"
#include "io/stream.h"
#include "kern/kern.h"

enum { LANES = 16, BYTE_LANES = 32, CHANNELS_MAX = 1024, WIDTH_MAX = CHANNELS_MAX };
enum { STEPS_MAX = UINT32_MAX / (255 * 255) / BYTE_LANES }; /* squares of so many fit 32 bits, all lanes together */
enum { BLOCK = 1 << 18, IMAGES = 4 }; /* numbers of a block; images of a thread's turn */

static const char *per = "image", *stats_file, *output;

static const struct opt opts[] = {
	{ 0, "per", OPT_TEXT, &per, "WHAT", "statistics of each \"image\" or of the whole \"dataset\"", 0, 0, "data" },
	{ 0, "stats", OPT_READ, &stats_file, "FILE", "standardize as the dataset or model in FILE was", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END
};

struct image {
	int64_t pixels;
	int channels;
	int lanes; /* pixels side by side in one step of a sum: with few channels enough of them to fill vectors of floats, of bytes */
};

/* Of each channel: mean, and sum of squared deviations, over n pixels. */
struct moments {
	int64_t n;
	double mean[CHANNELS_MAX], square[CHANNELS_MAX];
};

/* ---- bytes ----
 *
 * Sums of bytes and of their squares are whole numbers, exact in any order, so any vectors do. With n pixels, sum s and
 * sum of squares q of a channel:
 *     (v - s/n) / sqrt(q/n - (s/n)^2)  =  (n v - s) / sqrt(n q - s^2)
 * where numerator and radicand are whole numbers too: nothing cancels, and only the last steps round. */

static void
byte_sums(const struct image *g, const uint8_t *x, uint64_t *s, uint64_t *q)
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
scale_bytes_large(const struct image *g, const uint8_t *x, const uint64_t *s, const double *scale, float *y)
{
	for (int64_t i = 0; i < g->pixels; i++)
		for (int c = 0; c < g->channels; c++, x++, y++)
			*y = (float)(((double)*x * (double)g->pixels - (double)s[c]) * scale[c]);
}

static void
per_image_bytes(const struct image *g, const uint8_t *x, float *y)
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
float_sums(const struct image *g, const float *restrict x, const double *mean, int power, double *sum)
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
float_moments(const struct image *g, const float *x, struct moments *m)
{
	static const double zero[CHANNELS_MAX];

	m->n = g->pixels;
	float_sums(g, x, zero, 1, m->mean);
	for (int c = 0; c < g->channels; c++)
		m->mean[c] /= (double)g->pixels;
	float_sums(g, x, m->mean, 2, m->square);
}

static void
scale_floats(const struct image *g, const float *x, const double *mean, const double *scale, float *y)
{
	for (int64_t i = 0; i < g->pixels; i++)
		for (int c = 0; c < g->channels; c++, x++, y++)
			*y = (float)(((double)*x - mean[c]) * scale[c]);
}

static void
per_image_floats(const struct image *g, const float *x, float *y)
{
	struct moments m;
	double scale[CHANNELS_MAX];

	float_moments(g, x, &m);
	for (int c = 0; c < g->channels; c++) {
		double std = sqrt(m.square[c] / (double)m.n);
		scale[c] = std > 0 ? 1 / std : 0;
	}
	scale_floats(g, x, m.mean, scale, y);
}

/* ---- the whole dataset ---- */

/* Chan, Golub, LeVeque: moments of two sets from those of each */
static void
merge(struct moments *m, const struct moments *more, int channels)
{
	double n = (double)m->n, k = (double)more->n, all = n + k;

	for (int c = 0; c < channels; c++) {
		double delta = more->mean[c] - m->mean[c];
		m->mean[c] += delta * (k / all);
		m->square[c] += more->square[c] + delta * delta * (n * k / all);
	}
	m->n += more->n;
}

struct totals {
	struct moments moments;
	uint64_t s[CHANNELS_MAX], q[CHANNELS_MAX]; /* of bytes */
};

/* One table of 256 numbers a channel for bytes; for floats mean and scale. */
struct fixed {
	double mean[CHANNELS_MAX], std[CHANNELS_MAX], scale[CHANNELS_MAX];
	int channels;
	float *table;
};

static void
prepare(struct fixed *s)
{
	s->table = xcalloc((size_t)s->channels * 256, sizeof *s->table);
	for (int c = 0; c < s->channels; c++) {
		s->scale[c] = s->std[c] > 0 ? 1 / s->std[c] : 0;
		for (int v = 0; v < 256; v++)
			s->table[256 * c + v] = (float)((v - s->mean[c]) * s->scale[c]);
	}
}

static void
look_up(const struct image *g, const uint8_t *x, const float *table, float *y)
{
	for (int64_t i = 0; i < g->pixels; i++)
		for (int c = 0; c < g->channels; c++)
			*y++ = table[256 * c + *x++];
}

/* ---- streams ---- */

/* Checks the object's header; returns what its images look like. */
static struct image
check_object(const struct stream *in)
{
	struct about a = { 0 };

	dataset_about(in, &a);
	const struct tensor *x = &stream_header(in)->tensor[stream_tensor(in, "x")];
	char shape[200];
	if (a.standardized.n > 0)
		die(EX_DATAERR, "%s: is standardized already; give the raw dataset", stream_name(in));
	if (x->shape.n != 4)
		die(EX_DATAERR, "%s: x has shape %s; expected images (rows, height, width, channels)", stream_name(in),
		    shape_text(&x->shape, shape, sizeof shape));
	struct image g = { .pixels = x->shape.d[1] * x->shape.d[2], .channels = 1, .lanes = 1 };
	if (x->shape.d[3] > CHANNELS_MAX || g.pixels > 1 << 24)
		die(EX_DATAERR, "%s: x has shape %s; at most 2^24 pixels of %d channels are taken", stream_name(in),
		    shape_text(&x->shape, shape, sizeof shape), CHANNELS_MAX);
	g.channels = (int)x->shape.d[3];
	if (g.channels < LANES)
		g.lanes = x->dtype == DT_U1 ? BYTE_LANES : LANES;
	about_free(&a);
	return g;
}

/* Sums of bytes over the whole dataset, still exact. */
static void
add_image(const struct image *g, const uint8_t *x, struct totals *all)
{
	uint64_t s[CHANNELS_MAX], q[CHANNELS_MAX];

	byte_sums(g, x, s, q);
	for (int c = 0; c < g->channels; c++) {
		all->s[c] += s[c];
		all->q[c] += q[c];
	}
	all->moments.n += g->pixels;
}

static void
merge_image(const struct image *g, const float *x, struct totals *all)
{
	struct moments one;

	float_moments(g, x, &one);
	merge(&all->moments, &one, g->channels);
}

static void
finish_bytes(struct totals *all, int channels)
{
	for (int c = 0; c < channels; c++) {
		double s = (double)all->s[c], mean = s / (double)all->moments.n;
		all->moments.mean[c] = mean;
		all->moments.square[c] = fmax((double)all->q[c] - s * mean, 0);
	}
}

/* Statistics over all images of all objects, in the order of the images whatever the cutting of the stream. */
static void
measure(FILE *f, const char *name, struct fixed *s)
{
	static struct totals all;
	struct stream *in = stream_in(f, name);
	int dtype = -1;
	struct rows r;

	while (stream_object(in)) {
		struct image g = check_object(in);
		int t = stream_tensor(in, "x"), type = (int)stream_header(in)->tensor[t].dtype;
		if (dtype >= 0 && (s->channels != g.channels || type != dtype))
			die(EX_DATAERR, "%s: holds datasets of different channels or types", name);
		s->channels = g.channels;
		dtype = type;
		int64_t numbers = g.pixels * g.channels;
		while (stream_read(in, &r))
			for (int64_t i = 0; i < r.n; i++)
				if (dtype == DT_U1) {
					add_image(&g, (uint8_t *)r.data[t] + i * numbers, &all);
				} else {
					dataset_check_finite(name, r.i0 + i, 1, numbers, (float *)r.data[t] + i * numbers);
					merge_image(&g, (float *)r.data[t] + i * numbers, &all);
				}
	}
	stream_free(in);
	if (all.moments.n == 0)
		die(EX_DATAERR, "%s: holds no row to take statistics of", name);
	if (dtype == DT_U1)
		finish_bytes(&all, s->channels);
	for (int c = 0; c < s->channels; c++) {
		s->mean[c] = all.moments.mean[c];
		s->std[c] = sqrt(all.moments.square[c] / (double)all.moments.n);
	}
}

/* --stats: how another file was standardized. True: per dataset, with its statistics in *s. */
static bool
statistics_of(const char *path, struct fixed *s)
{
	const char *name = file_name_in(path);
	struct meta how;
	char *what;
	int n, m;

	standardized_of(path, &how);
	if (!meta_text(&how, "per", &what))
		die(EX_DATAERR, "%s: was standardized in an unknown way", name);
	bool dataset = !strcmp(what, "dataset");
	if (!dataset && strcmp(what, "image"))
		die(EX_DATAERR, "%s: was standardized per %s, which standardize does not know", name, what);
	if (dataset) {
		if (!meta_reals(&how, "mean", CHANNELS_MAX, &n, s->mean) ||
		    !meta_reals(&how, "std", CHANNELS_MAX, &m, s->std) || n != m)
			die(EX_DATAERR, "%s: its means and deviations are missing or do not fit", name);
		for (int c = 0; c < n; c++)
			if (!isfinite(s->mean[c]) || !isfinite(s->std[c]) || s->std[c] < 0)
				die(EX_DATAERR, "%s: its mean or deviation of channel %d is no such thing", name, c);
		s->channels = n;
	}
	per = dataset ? "dataset" : "image";
	free(what);
	meta_free(&how);
	return dataset;
}

static struct header
result_header(const struct stream *in, const struct fixed *s)
{
	struct header h;
	struct meta how = { 0 };

	header_copy(&h, stream_header(in));
	h.tensor[header_find(&h, "x")].dtype = DT_F4;
	meta_set_text(&how, "per", per);
	if (s) {
		meta_set_reals(&how, "mean", s->channels, s->mean);
		meta_set_reals(&how, "std", s->channels, s->std);
	}
	meta_set_meta(&h.meta, "standardized", &how);
	meta_free(&how);
	header_made(&h, opts, NULL, NULL, 0, NULL);
	return h;
}

static void
one_image(const struct image *g, const struct fixed *s, bool bytes, const void *x, float *y)
{
	if (bytes)
		s ? look_up(g, x, s->table, y) : per_image_bytes(g, x, y);
	else
		s ? scale_floats(g, x, s->mean, s->scale, y) : per_image_floats(g, x, y);
}

/* What is done to images x (n, numbers), bytes or floats; y (n, numbers) is the result. */
struct job {
	struct image g;
	const struct fixed *s; /* the statistics of the dataset, or NULL for each image's own */
	bool bytes;
	int64_t numbers, n;
	const char *x;
	float *y;
};

static void
some_images(int piece, int worker, void *ctx)
{
	const struct job *j = ctx;
	const int64_t from = (int64_t)piece * IMAGES, to = from + IMAGES < j->n ? from + IMAGES : j->n;

	(void)worker;
	for (int64_t i = from; i < to; i++)
		one_image(&j->g, j->s, j->bytes, j->x + i * j->numbers * (j->bytes ? 1 : 4), j->y + i * j->numbers);
}

static void
all_images(struct job *j, const char *name, int64_t i0)
{
	if (!j->bytes)
		dataset_check_finite(name, i0, j->n, j->numbers, (const float *)(const void *)j->x);
	par_for((int)((j->n + IMAGES - 1) / IMAGES), some_images, j);
	if (j->s) /* means and deviations from elsewhere may lead out of what a float holds */
		dataset_check_finite("the result", i0, j->n, j->numbers, j->y);
}

static char *
row(const struct header *h, const struct rows *r, int t, int64_t i)
{
	return (char *)r->data[t] + (size_t)i * tensor_row_size(&h->tensor[t]);
}

/* One object. A piece of the result is made at a time, where it will be written from: that stays in the cache. */
static void
standardize(struct stream *in, FILE *f, const struct fixed *s)
{
	const struct header *h = stream_header(in);
	struct job j = { .g = check_object(in), .s = s };
	int t = stream_tensor(in, "x");
	struct rows r;

	if (s && s->channels != j.g.channels)
		die(EX_DATAERR, "%s: has %d channels, but the statistics are of %d", stream_name(in), j.g.channels, s->channels);
	j.bytes = h->tensor[t].dtype == DT_U1;
	j.numbers = j.g.pixels * j.g.channels;
	const int64_t most = j.numbers < BLOCK ? BLOCK / j.numbers : 1;
	struct header result = result_header(in, s);
	struct stream *out = stream_out(f, file_name_out(output), &result);
	while (stream_read(in, &r))
		for (int64_t i = 0; i < r.n; i += j.n) {
			j.n = r.n - i < most ? r.n - i : most;
			j.x = row(h, &r, t, i);
			j.y = stream_room(out, t, j.n);
			all_images(&j, stream_name(in), r.i0 + i);
			for (int k = 0; k < h->tensors; k++)
				stream_put(out, k, j.n, k == t ? (const void *)j.y : row(h, &r, k, i));
		}
	stream_end_object(out);
	stream_free(out);
	header_free(&result);
}

int
main(int argc, char **argv)
{
	static struct fixed fixed;
	int operand = opt_parse(argc, argv, opts, "[DATASET]", "Bring each channel to mean 0 and deviation 1.", 0, 1);
	const char *path = opt_operand(argc, argv, operand), *name = file_name_in(path);

	compute_start(0);
	if (strcmp(per, "image") && strcmp(per, "dataset"))
		die(EX_USAGE, "--per %s: neither image nor dataset", per);
	if (stats_file && opt_given(opts, "per"))
		die(EX_USAGE, "--stats and --per: FILE says what to standardize by; give one of them");
	FILE *f = file_in(path);
	bool dataset = stats_file ? statistics_of(stats_file, &fixed) : !strcmp(per, "dataset");
	if (dataset && !stats_file) {
		f = file_seekable(f, name);
		const off_t start = ftello(f);
		measure(f, name, &fixed);
		if (fseeko(f, start, SEEK_SET))
			die(EX_IOERR, "%s: %s", name, strerror(errno));
	}
	if (dataset)
		prepare(&fixed);

	struct stream *in = stream_in(f, name);
	FILE *out = file_out(output, true);
	while (stream_object(in))
		standardize(in, out, dataset ? &fixed : NULL);
	file_done(out);
	return 0;
}
