/* randombrightness: in training, one number is added to all of an image */
#include <string.h>

#include "net/augment.h"

enum { FACTOR, RANGE };

static const struct option options[] = {
	[FACTOR] = { "factor", OPTION_INTERVAL, NULL, "data", "the number added, as a fraction of the range if there is one", -1, 1, 0 },
	[RANGE] = VALUE_RANGE_OPTION,
	OPTION_END,
};

static int
reads(const struct layer *l)
{
	return augment_has_range(&l->option[RANGE]) ? READS_Y : 0;
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const struct value *range = &l->option[RANGE];
	const double width = augment_has_range(range) ? range->high - range->r : 1;
	const size_t n = layer_in(l);

	for (int i = 0; i < p->n; i++) {
		const real by = (real)(width * augment_uniform(p, i, 0, &l->option[FACTOR]));
		for (size_t k = (size_t)i * n; k < (size_t)(i + 1) * n; k++)
			p->y[k] = p->x[k] + by;
	}
	augment_clip(range, (size_t)p->n * n, p->y);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	const size_t n = (size_t)p->n * layer_in(l);

	augment_unclip(&l->option[RANGE], n, p->y, p->dy);
	if (p->dx != p->dy)
		memcpy(p->dx, p->dy, n * sizeof *p->dx);
}

const struct layer_type layer_type_randombrightness = {
	.name = "randombrightness", .keras = "RandomBrightness", .help = "in training, images become brighter or darker at random",
	.options = options, .shape = augment_shape, .forward = forward, .backward = backward, .reads = reads, .in_place = layer_in_place,
	.idle = augment_idle,
};
