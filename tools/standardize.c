/* standardize: (x - mean) / std per channel, of each image or of the whole dataset */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "cnn1/stream.h"
#include "model/compute.h"
#include "model/dataset.h"
#include "model/standardize.h"
#include "sys/file.h"

enum { BLOCK = 1 << 18 }; /* numbers of a block */

static const char *per = "image", *stats_file, *output;

static const struct opt opts[] = {
	{ 0, "per", OPT_TEXT, &per, "WHAT", "statistics of each \"image\" or of the whole \"dataset\"", 0, 0, "data" },
	{ 0, "stats", OPT_READ, &stats_file, "FILE", "standardize in the same way as the dataset or model FILE", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END
};

/* Checks the object's header; returns what its images look like. */
static struct images
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
	const int64_t pixels = x->shape.d[1] * x->shape.d[2];
	if (x->shape.d[3] > STANDARDIZE_CHANNELS || pixels > STANDARDIZE_PIXELS)
		die(EX_DATAERR, "%s: x has shape %s; at most 2^24 pixels of %d channels are taken", stream_name(in),
		    shape_text(&x->shape, shape, sizeof shape), STANDARDIZE_CHANNELS);
	about_free(&a);
	return images_of(pixels, (int)x->shape.d[3], x->dtype == DT_U1);
}

/* Statistics over all images of all objects, in the order of the images, for any cutting of the stream. */
static void
measure(FILE *f, const char *name, struct statistics *s)
{
	struct totals *all = totals_new();
	struct stream *in = stream_in(f, name);
	struct images first = { 0 };
	struct rows r;

	while (stream_object(in)) {
		const struct images g = check_object(in);
		const int t = stream_tensor(in, "x");
		const int64_t numbers = g.pixels * g.channels;
		if (first.channels && (g.channels != first.channels || g.bytes != first.bytes))
			die(EX_DATAERR, "%s: holds datasets of different channels or types", name);
		first = g;
		while (stream_read(in, &r)) {
			if (!g.bytes)
				dataset_check_finite(name, r.i0, r.n, numbers, r.data[t]);
			for (int64_t i = 0; i < r.n; i++)
				totals_add(all, &g, (char *)r.data[t] + i * numbers * (g.bytes ? 1 : 4));
		}
	}
	stream_free(in);
	if (!totals_end(all, s))
		die(EX_DATAERR, "%s: has no rows to compute statistics from", name);
}

/* --stats: how another file was standardized. True: per dataset, with its statistics in *s. */
static bool
statistics_of(const char *path, struct statistics *s)
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
		if (!meta_reals(&how, "mean", STANDARDIZE_CHANNELS, &n, s->mean) ||
		    !meta_reals(&how, "std", STANDARDIZE_CHANNELS, &m, s->std) || n != m)
			die(EX_DATAERR, "%s: its means and deviations are missing or do not fit", name);
		for (int c = 0; c < n; c++)
			if (!isfinite(s->mean[c]) || !isfinite(s->std[c]) || s->std[c] < 0)
				die(EX_DATAERR, "%s: the mean or deviation of channel %d is not valid", name, c);
		s->channels = n;
	}
	per = dataset ? "dataset" : "image";
	free(what);
	meta_free(&how);
	return dataset;
}

static struct header
result_header(const struct stream *in, const struct statistics *s)
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

/* y (n, numbers) = images x, bytes or floats, which begin with row i0. */
static void
all_images(const struct images *g, const struct statistics *s, const char *name, int64_t i0, int64_t n, const void *x, float *y)
{
	const int64_t numbers = g->pixels * g->channels;

	if (!g->bytes)
		dataset_check_finite(name, i0, n, numbers, x);
	standardize_images(g, s, n, x, y);
	if (s) /* means and deviations from elsewhere may lead out of what a float holds */
		dataset_check_finite("the result", i0, n, numbers, y);
}

static char *
row(const struct header *h, const struct rows *r, int t, int64_t i)
{
	return (char *)r->data[t] + (size_t)i * tensor_row_size(&h->tensor[t]);
}

/* One object. A piece of the result is made at a time, where it will be written from: that stays in the cache. */
static void
standardize(struct stream *in, FILE *f, const struct statistics *s)
{
	const struct header *h = stream_header(in);
	const struct images g = check_object(in);
	const int t = stream_tensor(in, "x");
	struct rows r;

	if (s && s->channels != g.channels)
		die(EX_DATAERR, "%s: has %d channels, but the statistics are of %d", stream_name(in), g.channels, s->channels);
	const int64_t numbers = g.pixels * g.channels, most = numbers < BLOCK ? BLOCK / numbers : 1;
	struct header result = result_header(in, s);
	struct stream *out = stream_out(f, file_name_out(output), &result);
	while (stream_read(in, &r))
		for (int64_t i = 0, n; i < r.n; i += n) {
			n = r.n - i < most ? r.n - i : most;
			float *y = stream_room(out, t, n);
			all_images(&g, s, stream_name(in), r.i0 + i, n, row(h, &r, t, i), y);
			for (int k = 0; k < h->tensors; k++)
				stream_put(out, k, n, k == t ? (const void *)y : row(h, &r, k, i));
		}
	stream_end_object(out);
	stream_free(out);
	header_free(&result);
}

/* The statistics that all images share; false: each has its own. Where they are to be measured, *f is read twice. */
static bool
statistics(FILE **f, const char *name, struct statistics *s)
{
	const bool dataset = stats_file ? statistics_of(stats_file, s) : !strcmp(per, "dataset");

	if (dataset && !stats_file) {
		*f = file_seekable(*f, name);
		const off_t start = ftello(*f);
		measure(*f, name, s);
		if (fseeko(*f, start, SEEK_SET))
			die(EX_IOERR, "%s: %m", name);
	}
	if (dataset)
		statistics_prepare(s);
	return dataset;
}

int
main(int argc, char **argv)
{
	static struct statistics shared;
	int operand = opt_parse(argc, argv, opts, "[DATASET]", "Bring each channel to mean 0 and deviation 1.", 0, 1);
	const char *path = opt_operand(argc, argv, operand), *name = file_name_in(path);

	compute_start(0);
	if (strcmp(per, "image") && strcmp(per, "dataset"))
		die(EX_USAGE, "--per %s: neither image nor dataset", per);
	if (stats_file && opt_given(opts, "per"))
		die(EX_USAGE, "--stats and --per: FILE says what to standardize by; give one of them");
	FILE *f = file_in(path);
	const bool dataset = statistics(&f, name, &shared);
	struct stream *in = stream_in(f, name);
	FILE *out = file_out(output, true);
	while (stream_object(in))
		standardize(in, out, dataset ? &shared : NULL);
	file_done(out);
	return 0;
}
