#include "model/adapt.h"

#include <math.h>
#include <stdlib.h>

#include "base/die.h"
#include "model/inputs.h"

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

/* ---- the numbers ---- */

/* Of each channel, less the first number that came: so squares do not cancel where the mean is large. */
struct sums {
	size_t numbers, channels; /* of an image; and of a pixel */
	int64_t n;
	double *first, *sum, *square;
};

static void
take(void *ctx, int n, const real *x)
{
	struct sums *s = ctx;
	const size_t numbers = (size_t)n * s->numbers;

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
	struct sums s = { .numbers = layer_in(l), .channels = c, .first = numbers, .sum = numbers + c, .square = numbers + 2 * c };

	inputs_each(m, net, "adapt", path, layer, "adapted", take, &s, id);
	set_weights(&s, m->w + l->param[0].at, m->w + l->param[1].at);
	free(numbers);
}
