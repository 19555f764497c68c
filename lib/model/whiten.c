#include "model/whiten.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/eigen.h"
#include "model/inputs.h"

extern const struct layer_type layer_type_conv2d;

enum { PATCH_MAX = 512 }; /* numbers of a patch, whose eigenvectors take some seconds */
static const double EPSILON = 5e-4;

/* ---- which layer ---- */

static int
find_layer(const struct network *m, const char *net)
{
	for (int i = 0; i < m->layers; i++)
		if (m->layer[i].type == &layer_type_conv2d)
			return i;
	die(EX_DATAERR, "%s: no conv2d layer for --whiten to set", net);
}

static int
patch_size(const struct conv *g)
{
	return g->kh * g->kw * g->c;
}

static void
check_layer(const struct layer *l, const char *net)
{
	const struct conv *g = &l->conv;
	const int size = patch_size(g);

	if (l->split.groups > 1 || l->split.dh > 1 || l->split.dw > 1)
		die(EX_DATAERR, "%s: line %d: %s: --whiten sets layers without groups and dilation only", net, l->line, l->name);
	if (size > PATCH_MAX)
		die(EX_DATAERR, "%s: line %d: %s: patches of %d numbers are too large for --whiten; at most %d", net, l->line, l->name, size,
		    PATCH_MAX);
	if (g->f % 2 || g->f > 2 * size)
		die(EX_DATAERR, "%s: line %d: %s: --whiten needs an even number of filters, at most %d: two for each number of a patch", net,
		    l->line, l->name, 2 * size);
	if (g->kh > g->h || g->kw > g->w)
		die(EX_DATAERR, "%s: line %d: %s: no patch of %dx%d lies inside of its input; --whiten needs some", net, l->line, l->name, g->kh,
		    g->kw);
}

/* ---- the numbers ---- */

struct patches {
	const struct conv *conv;
	int64_t n;
	double *sum;  /* (size, size), of products; the upper half */
	double *patch;
};

/* One patch, in the order of the kernel. */
static void
cut(const struct conv *g, const real *x, int row, int col, double *patch)
{
	for (int i = row; i < row + g->kh; i++)
		for (int k = 0; k < g->kw * g->c; k++)
			*patch++ = (double)x[(i * g->w + col) * g->c + k];
}

static void
add_products(int size, const double *patch, double *sum)
{
	for (int i = 0; i < size; i++)
		for (int k = i; k < size; k++)
			sum[i * size + k] += patch[i] * patch[k];
}

static void
take(void *ctx, int n, const real *x)
{
	struct patches *p = ctx;
	const struct conv *g = p->conv;

	for (; n--; x += (size_t)g->h * (size_t)g->w * (size_t)g->c)
		for (int row = 0; row + g->kh <= g->h; row++)
			for (int col = 0; col + g->kw <= g->w; col++, p->n++) {
				cut(g, x, row, col, p->patch);
				add_products(patch_size(g), p->patch, p->sum);
			}
}

static void
mean_of(int size, int64_t n, double *sum)
{
	for (int i = 0; i < size; i++)
		for (int k = i; k < size; k++)
			sum[i * size + k] = sum[k * size + i] = sum[i * size + k] / (double)n;
}

static void
set_kernel(const struct conv *g, const double *value, const double *vector, real *kernel)
{
	const int size = patch_size(g), half = g->f / 2;

	for (int k = 0; k < half; k++)
		for (int i = 0; i < size; i++) {
			const double w = vector[k * size + i] / sqrt(fmax(value[k], 0) + EPSILON);
			kernel[i * g->f + k] = (real)w;
			kernel[i * g->f + half + k] = (real)-w;
		}
}

void
whiten(struct model *m, const char *net, const char *path, char *id)
{
	const int layer = find_layer(&m->net, net);
	const struct layer *l = &m->net.layer[layer];

	check_layer(l, net);
	const size_t size = (size_t)patch_size(&l->conv);
	double *numbers = xcalloc(2 * size * size + 2 * size, sizeof *numbers);
	double *const vector = numbers + size * size, *const value = vector + size * size;
	struct patches p = { .conv = &l->conv, .sum = numbers, .patch = value + size };
	inputs_each(m, net, "whiten", path, layer, "whitened", take, &p, id);
	mean_of((int)size, p.n, p.sum);
	eigen_symmetric((int)size, p.sum, value, vector);
	set_kernel(&l->conv, value, vector, m->w + l->param[0].at);
	free(numbers);
}
