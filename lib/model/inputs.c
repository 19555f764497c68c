#include "model/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "model/batches.h"
#include "net/run.h"

extern const struct layer_type layer_type_normalization;

/* What lies between the input and the layer must not change in training. */
static void
check_before(const struct network *m, const char *net, int layer)
{
	bool *before = xcalloc((size_t)m->layers, sizeof *before);

	before[layer] = true;
	for (int i = layer; i > 0; i--)
		for (int k = 0; before[i] && k < m->layer[i].inputs; k++) {
			const struct layer *from = m->layer[i].input[k];
			before[from - m->layer] = true;
			if (from->params && from->type != &layer_type_normalization)
				die(EX_DATAERR, "%s: line %d: %s: the weights of %s come before it and are not trained yet; let it read the input",
				    net, m->layer[layer].line, m->layer[layer].name, from->name);
		}
	free(before);
}

/* What the data says, as a model that was trained on it would say it: other data does not fit it. */
static void
describe(struct model *m, const struct batches *f, int layer, const char *as)
{
	struct about about;

	dataset_about(f->in, &about);
	if (about.classes.n)
		classes_set(&m->head.meta, &about.classes);
	if (about.standardized.n)
		meta_set_meta(&m->head.meta, "standardized", &about.standardized);
	meta_set_text(&m->head.meta, as, m->net.layer[layer].name);
	about_free(&about);
}

void
inputs_each(struct model *m, const char *net, const char *option, const char *path, int layer, const char *as, inputs_fn *take,
            void *ctx, char *id)
{
	const struct want want = { .last = (int)(m->net.layer[layer].input[0] - m->net.layer), .gradient = -1 };
	const size_t numbers = layer_in(&m->net.layer[layer]);
	struct plan plan = { 0 };
	struct batches f;
	int64_t rows = 0;

	check_before(&m->net, net, layer);
	batches_open(&f, path, m);
	while (batches_object(&f)) {
		if (rows == 0)
			describe(m, &f, layer, as);
		batches_plan(&f, &plan, want);
		for (; batches_rows(&f); rows += f.n) {
			const real *x = run_forward(&plan, f.n, f.x, false, 0);
			batches_check_finite(&f, (int64_t)numbers, x);
			take(ctx, f.n, x);
		}
	}
	if (rows == 0)
		die(EX_DATAERR, "%s: no images; --%s computes from them", stream_name(f.in), option);
	strcpy(id, stream_id(f.in));
	batches_close(&f);
	plan_free(&plan);
}
