/* cnn-actmap: the activations of one layer for each row of a dataset, or one map of them */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "model/batches.h"
#include "model/compute.h"
#include "model/dataset.h"
#include "net/loss.h"
#include "net/run.h"
#include "sys/file.h"

static const char *layer;
static bool mask;
static const char *gradcam;
static int64_t threads, batch;
static const char *output;

static const struct opt opts[] = {
	{ 'l', "layer", OPT_TEXT, &layer, "NAME", "the layer, as cnn-summary names it", 0, 0, "structure" },
	{ 'm', "mask", OPT_FLAG, &mask, NULL, "one mask for each image: sum of positive activations, maximum 1",
	  0, 0, "structure" },
	{ 'g', "gradcam", OPT_TEXT, &gradcam, "CLASS", "one mask for each image: what raises the score of CLASS (Grad-CAM)",
	  0, 0, "structure" },
	OPT_THREADS(threads),
	OPT_BATCH(batch),
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

/* What Grad-CAM asks for: a class, or one of these. */
enum { PREDICTED = -1, TRUE_CLASS = -2 };

static int
find_class(const struct model *m, const char *path)
{
	const int outputs = (int)shape_count(&m->net.out, 0);
	struct about about;
	int found = 0;

	if (!strcmp(gradcam, "predicted"))
		return PREDICTED;
	if (!strcmp(gradcam, "true"))
		return TRUE_CLASS;
	about_from_meta(path, &m->head.meta, &about);
	const char *why = class_find(gradcam, about.classes.n < outputs ? about.classes.n : outputs, about.classes.name, outputs, &found);
	about_free(&about);
	if (why)
		die(EX_USAGE, "%s: %s; --gradcam takes the name or number of a class, predicted or true", path, why);
	return found;
}

/* divides map (pixels) by its maximum; a map of zeros stays */
static void
scale_to_one(int64_t pixels, float *map)
{
	float top = 0;

	for (int64_t i = 0; i < pixels; i++)
		if (map[i] > top)
			top = map[i];
	for (int64_t i = 0; i < pixels && top > 0; i++)
		map[i] /= top;
}

/* mask (h, w) of a (h, w, c): sum over c of max(a, 0), divided by its maximum over the image */
static void
mask_image(int64_t pixels, int64_t channels, const float *a, float *to)
{
	for (int64_t i = 0; i < pixels; i++) {
		to[i] = 0;
		for (int64_t c = 0; c < channels; c++)
			to[i] += a[i * channels + c] > 0 ? a[i * channels + c] : 0;
	}
	scale_to_one(pixels, to);
}

/* Grad-CAM (Selvaraju et al., 2017) of a (h, w, c) from da, the gradient of a class's logit there: each channel weighs the
 * mean of its gradient; what is positive in the weighted sum, divided by its maximum over the image */
static void
gradcam_image(int64_t pixels, int64_t channels, const float *a, const float *da, float *to)
{
	memset(to, 0, (size_t)pixels * sizeof *to);
	for (int64_t c = 0; c < channels; c++) {
		double alpha = 0;
		for (int64_t i = 0; i < pixels; i++)
			alpha += da[i * channels + c];
		alpha /= (double)pixels;
		for (int64_t i = 0; i < pixels; i++)
			to[i] += (float)alpha * a[i * channels + c];
	}
	for (int64_t i = 0; i < pixels; i++)
		to[i] = to[i] > 0 ? to[i] : 0;
	scale_to_one(pixels, to);
}

/* d (n, classes): 1 for the class of each row that is asked for, 0 for the others */
static void
choose(const struct batches *f, int class, int64_t classes, const float *p, float *d)
{
	memset(d, 0, (size_t)f->n * (size_t)classes * sizeof *d);
	for (int i = 0; i < f->n; i++, p += classes, d += classes)
		d[class == PREDICTED ? likeliest((int)classes, p) : class == TRUE_CLASS ? f->y[i] : class] = 1;
}

static struct shape
result_shape(const struct shape *sample, int64_t rows)
{
	struct shape s = shape_of_rows(rows, sample);

	s.n -= mask || gradcam;
	return s;
}

/* What is made of one batch: activations as they are, or maps (n, h, w), in `maps`. */
struct map_work {
	struct plan plan;
	int layer, class;
	float *maps, *d;
};

/* Numbers that are not finite would show nothing of themselves in a map. */
static const float *
gradcam_maps(struct map_work *w, const struct batches *f, const float *p, int64_t map, int64_t channels)
{
	choose(f, w->class, shape_count(&w->plan.net->out, 0), p, w->d);
	run_backward(&w->plan, w->d, w->plan.now->softmax >= 0);
	const float *a = run_output(&w->plan), *da = run_gradient(&w->plan);

	batches_check_finite(f, map * channels, da);
	batches_check_finite(f, map * channels, a);
	for (int i = 0; i < f->n; i++)
		gradcam_image(map, channels, a + i * map * channels, da + i * map * channels, w->maps + i * map);
	return w->maps;
}

static const float *
mask_maps(struct map_work *w, const struct batches *f, const float *a, int64_t map, int64_t channels)
{
	batches_check_finite(f, map * channels, a);
	for (int i = 0; i < f->n; i++)
		mask_image(map, channels, a + i * map * channels, w->maps + i * map);
	return w->maps;
}

static const float *
made(struct map_work *w, const struct batches *f)
{
	const struct shape *sample = &w->plan.net->layer[w->layer].out;
	const int64_t channels = sample->d[sample->n - 1], map = shape_count(sample, 0) / channels;
	const float *a = run_forward(&w->plan, f->n, f->x, false, 0);

	return gradcam ? gradcam_maps(w, f, a, map, channels) : mask ? mask_maps(w, f, a, map, channels) : a;
}

static void
activations(struct batches *f, struct map_work *w, FILE *out)
{
	const int64_t rows = stream_header(f->in)->tensor[f->tx].shape.d[0];
	const struct shape shape = result_shape(&w->plan.net->layer[w->layer].out, rows);
	struct header h = { 0 };

	if (f->ty < 0 && w->class == TRUE_CLASS)
		die(EX_DATAERR, "%s: has no labels y, which --gradcam true needs; take predicted or a class",
		    stream_name(f->in));
	batches_header(f, &h, "activations", opts);
	meta_set_text(&h.meta, "layer", layer);
	header_add(&h, mask || gradcam ? "mask" : "a", DT_F4, &shape);
	struct stream *s = stream_out(out, file_name_out(output), &h);
	while (batches_rows(f))
		batches_put(f, s, made(w, f));
	stream_end_object(s);
	stream_free(s);
	header_free(&h);
}

static struct map_work
choose_work(struct model *m, const char *path)
{
	const struct network *net = &m->net;
	struct map_work w = { .layer = find_layer(net, path) };
	const struct layer *l = &net->layer[w.layer];

	if ((mask || gradcam) && l->out.n != 3)
		die(EX_USAGE, "--%s: the output of layer %s is not an image; choose a layer before flatten", mask ? "mask" : "gradcam", layer);
	if (mask && gradcam)
		die(EX_USAGE, "--mask and --gradcam are two different maps; choose one");
	if (gradcam && (net->out.n != 1 || w.layer + 1 == net->layers || w.layer == network_softmax(net, false)))
		die(EX_USAGE, "--gradcam: %s has no scores of classes after layer %s", path, layer);
	if (gradcam)
		w.class = find_class(m, path);
	return w;
}

static void
plan(struct map_work *w, struct batches *f)
{
	const struct network *net = &f->model->net;
	const struct shape *sample = &net->layer[w->layer].out;

	batches_plan(f, &w->plan, (struct want){ .batch = (int)batch, .last = w->layer, .gradient = gradcam ? w->layer : -1 });
	w->maps = xrealloc(w->maps, (size_t)f->batch, (size_t)(shape_count(sample, 0) / sample->d[sample->n - 1]) * sizeof *w->maps);
	w->d = xrealloc(w->d, (size_t)f->batch, (size_t)shape_count(&net->out, 0) * sizeof *w->d);
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "MODEL [DATASET]", "Write the activations of one layer for each row of a dataset.",
	                        1, 2);
	struct model m;
	struct batches f;

	compute_start(threads);
	model_read(&m, argv[operand]);
	struct map_work w = choose_work(&m, file_name_in(argv[operand]));
	batches_open(&f, opt_operand(argc, argv, operand + 1), &m);
	FILE *out = file_out(output, true);
	while (batches_object(&f)) {
		plan(&w, &f);
		activations(&f, &w, out);
	}
	batches_close(&f);
	file_done(out);
	plan_free(&w.plan);
	free(w.maps);
	free(w.d);
	model_free(&m);
	return 0;
}
