/* cnn-actmap: the activations of one layer for each row of a dataset */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/par.h"
#include "io/feed.h"
#include "io/file.h"

static const char *layer;
static bool mask;
static int64_t threads;
static const char *output;

static const struct opt opts[] = {
	{ 'l', "layer", OPT_TEXT, &layer, "NAME", "the layer, as cnn-summary names it", 0, 0, "structure" },
	{ 'm', "mask", OPT_FLAG, &mask, NULL, "one mask an image: the positive activations summed over channels, largest 1",
	  0, 0, "structure" },
	{ 'j', "threads", OPT_INT, &threads, "N", "threads; 0: as many as the process may use", 0, PAR_MAX, NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

static int
find_layer(const struct network *net, const char *path)
{
	char known[1024] = "";
	size_t used = 0;

	int i = layer ? network_find(net, layer) : -1;
	if (i >= 0)
		return i;
	for (int k = 0; k < net->layers && used < sizeof known; k++)
		used += (size_t)snprintf(known + used, sizeof known - used, " %s", net->layer[k].name);
	if (layer)
		die(EX_USAGE, "%s: no layer '%s'; it has:%s", path, layer, known);
	die(EX_USAGE, "say which --layer; %s has:%s", path, known);
}

/* mask (h, w) of a (h, w, c): sum over c of max(a, 0), divided by its maximum over the image; all 0 when nothing is
 * positive */
static void
mask_image(int64_t pixels, int64_t channels, const float *a, float *to)
{
	float top = 0;

	for (int64_t i = 0; i < pixels; i++) {
		to[i] = 0;
		for (int64_t c = 0; c < channels; c++)
			to[i] += a[i * channels + c] > 0 ? a[i * channels + c] : 0;
		if (to[i] > top)
			top = to[i];
	}
	for (int64_t i = 0; i < pixels && top > 0; i++)
		to[i] /= top;
}

static struct shape
result_shape(const struct shape *sample, int64_t rows)
{
	struct shape s = { sample->n + 1 - mask, { rows } };

	memcpy(s.d + 1, sample->d, (size_t)(s.n - 1) * sizeof *s.d);
	return s;
}

static void
activations(struct feed *f, struct network *net, int last, FILE *out)
{
	const struct shape *sample = &net->layer[last].out;
	int64_t rows = stream_header(f->in)->tensor[f->tx].shape.d[0];
	const struct shape shape = result_shape(sample, rows);
	int64_t channels = sample->d[sample->n - 1], pixels = shape_count(sample, 0) / channels;
	float *masks = xcalloc((size_t)FEED_ROWS * (size_t)pixels, sizeof *masks);
	struct header h = { 0 };

	feed_header(f, &h, "activations", opts);
	meta_set_text(&h.meta, "layer", layer);
	header_add(&h, mask ? "mask" : "a", DT_F4, &shape);
	struct stream *s = stream_out(out, file_name_out(output), &h);
	while (feed_rows(f)) {
		const float *a = network_forward(net, f->n, f->x, false, 0, last);
		for (int i = 0; i < f->n && mask; i++)
			mask_image(pixels, channels, a + i * pixels * channels, masks + i * pixels);
		void *labelled[] = { (void *)f->y, mask ? masks : (void *)a };
		struct rows r = { .n = f->n, .data = f->y ? labelled : labelled + 1 };
		stream_write(s, &r);
	}
	stream_end_object(s);
	stream_free(s);
	header_free(&h);
	free(masks);
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "MODEL [DATASET]", "Write the activations of one layer for each row of a dataset.",
	                        1, 2);
	struct model m;
	struct feed f;

	const char *wrong = kern_select(NULL);
	if (wrong)
		die(EX_USAGE, "%s", wrong);
	par_threads((int)threads);
	model_read(&m, argv[operand]);
	int last = find_layer(&m.net, file_name_in(argv[operand]));
	if (mask && m.net.layer[last].out.n != 3)
		die(EX_USAGE, "--mask: layer %s gives no images; choose a layer before flatten", layer);
	network_plan(&m.net, FEED_ROWS, false);
	feed_open(&f, opt_operand(argc, argv, operand + 1), &m);
	FILE *out = file_out(output, true);
	while (feed_object(&f))
		activations(&f, &m.net, last, out);
	file_done(out);
	feed_close(&f);
	model_free(&m);
	return 0;
}
