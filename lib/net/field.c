#include "net/field.h"

#include <stdlib.h>

#include "base/die.h"

/* Neighbours along each dimension of a layer's output: rows, columns, channels; of a layer that nothing asked about, none. */
struct extent {
	int64_t n[3];
};

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Strides multiply without end where padding=same keeps a pixel. */
static int64_t
bounded(int64_t v)
{
	return v < FIELD_MAX ? v : FIELD_MAX;
}

/* Windows of neighbours overlap; convolutions mix all channels, and pools count as if they did. */
static void
windows_see(const struct layer *l, int64_t *n)
{
	const struct window win = l->type->window(l);

	n[0] = (n[0] - 1) * win.sh + win.h;
	n[1] = (n[1] - 1) * win.sw + win.w;
	n[2] = l->in.d[2];
}

/* How many neighbours of each input e of the layer's output depends on. */
static void
look_back(const struct network *m, const struct layer *l, struct extent e, struct extent *extent)
{
	if (l->type->sees)
		l->type->sees(l, e.n);
	else if (l->type->window)
		windows_see(l, e.n);
	for (int k = 0; k < l->inputs; k++)
		for (int d = 0; d < 3; d++) {
			int64_t *const n = &extent[l->input[k] - m->layer].n[d];
			*n = larger(*n, bounded(e.n[d]));
		}
}

/* The field of layer `last`: one number of it, traced back to the image; where branches meet, the largest extent counts. */
static struct field
trace(const struct network *m, int last, const struct field *field, struct extent *extent)
{
	bool all = false;

	for (int i = 0; i < last; i++)
		extent[i] = (struct extent){ { 0 } };
	extent[last] = (struct extent){ { 1, 1, 1 } };
	for (int i = last; i >= 0; i--) {
		if (!extent[i].n[0])
			continue;
		all |= m->layer[i].out.n != 3 || (i < last && field[i].all);
		look_back(m, &m->layer[i], extent[i], extent);
	}
	const int64_t h = extent[0].n[0], w = extent[0].n[1];
	const struct shape *out = &m->layer[last].out;
	return (struct field){ h, w, all || (h >= m->in.d[0] && w >= m->in.d[1] && out->d[0] * out->d[1] == 1) };
}

void
network_fields(const struct network *m, struct field *field)
{
	struct extent *const extent = xcalloc((size_t)m->layers, sizeof *extent);

	for (int i = 0; i < m->layers; i++)
		field[i] = trace(m, i, field, extent);
	free(extent);
}
