#include "model/adapt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "model/batches.h"
#include "net/run.h"

extern const struct layer_type layer_type_normalization;

/* ---- which layer ---- */

static int
find_layer(const struct network *m, const char *net)
{
	int found = -1;

	for (int i = 0; i < m->layers; i++) {
		if (m->layer[i].type != &layer_type_normalization)
			continue;
		if (found >= 0)
			die(EX_DATAERR, "%s: line %d: a second normalization; --adapt sets only one", net, m->layer[i].line);
		found = i;
	}
	if (found < 0)
		die(EX_DATAERR, "%s: no normalization layer for --adapt to set; see net(5)", net);
	return found;
}

/* What lies between the input and the layer must not change in training. */
static void
check_before(const struct network *m, int layer, const char *net)
{
	bool *before = xcalloc((size_t)m->layers, sizeof *before);

	before[layer] = true;
	for (int i = layer; i > 0; i--)
		for (int k = 0; before[i] && k < m->layer[i].inputs; k++) {
			const struct layer *from = m->layer[i].input[k];
			before[from - m->layer] = true;
			if (from->params)
				die(EX_DATAERR, "%s: line %d: %s: the weights of %s come before it and are not trained yet; let it read the input",
				    net, m->layer[layer].line, m->layer[layer].name, from->name);
		}
	free(before);
}

/* ---- the numbers ---- */

/* Of each channel, less the first number that came: so squares do not cancel where the mean is large. */
struct sums {
	size_t channels;
	int64_t n;
	double *first, *sum, *square;
};

static void
sums_take(struct sums *s, size_t numbers, const real *x)
{
	for (size_t k = 0; s->n == 0 && k < s->channels; k++)
		s->first[k] = (double)x[k];
	for (size_t i = 0; i < numbers; i += s->channels)
		for (size_t k = 0; k < s->channels; k++) {
			const double d = (double)x[i + k] - s->first[k];
			s->sum[k] += d;
			s->square[k] += d * d;
		}
	s->n += (int64_t)(numbers / s->channels);
}

/* What the data says, as a model that was trained on it would say it: other data does not fit it. */
static void
describe(struct model *m, const struct batches *f, int layer)
{
	struct about about;

	dataset_about(f->in, &about);
	if (about.classes.n)
		classes_set(&m->head.meta, &about.classes);
	if (about.standardized.n)
		meta_set_meta(&m->head.meta, "standardized", &about.standardized);
	meta_set_text(&m->head.meta, "adapted", m->net.layer[layer].name);
	about_free(&about);
}

static void
read_all(struct model *m, struct batches *f, int layer, struct sums *s)
{
	const struct want want = { .last = (int)(m->net.layer[layer].input[0] - m->net.layer), .gradient = -1 };
	const size_t numbers = layer_in(&m->net.layer[layer]);
	struct plan plan = { 0 };

	while (batches_object(f)) {
		if (s->n == 0)
			describe(m, f, layer);
		batches_plan(f, &plan, want);
		while (batches_rows(f)) {
			const real *x = run_forward(&plan, f->n, f->x, false, 0);
			batches_check_finite(f, (int64_t)numbers, x);
			sums_take(s, (size_t)f->n * numbers, x);
		}
	}
	plan_free(&plan);
}

static void
set_weights(const struct sums *s, real *mean, real *variance)
{
	for (size_t k = 0; k < s->channels; k++) {
		const double off = s->sum[k] / (double)s->n;
		mean[k] = (real)(s->first[k] + off);
		variance[k] = (real)fmax(s->square[k] / (double)s->n - off * off, 0);
	}
}

void
adapt(struct model *m, const char *net, const char *path, char *id)
{
	const int layer = find_layer(&m->net, net);
	const struct layer *l = &m->net.layer[layer];
	const size_t c = (size_t)l->in.d[l->in.n - 1];
	double *numbers = xcalloc(3 * c, sizeof *numbers);
	struct sums s = { .channels = c, .first = numbers, .sum = numbers + c, .square = numbers + 2 * c };
	struct batches f;

	check_before(&m->net, layer, net);
	batches_open(&f, path, m);
	read_all(m, &f, layer, &s);
	if (s.n == 0)
		die(EX_DATAERR, "%s: no images to compute mean and variance from", stream_name(f.in));
	set_weights(&s, m->w + l->param[0].at, m->w + l->param[1].at);
	strcpy(id, stream_id(f.in));
	batches_close(&f);
	free(numbers);
}
