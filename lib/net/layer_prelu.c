/* prelu: x if x > 0, otherwise alpha x; alpha is trained (He et al., 2015) */
#include "net/layer_options.h"

enum { SHARED, ALPHA_INIT };

static const struct option options[] = {
	[SHARED] = { "shared", OPTION_WORD, "false", "structure", "one alpha for each channel; false: for each element of a sample", 0, 0, no_yes },
	[ALPHA_INIT] = INITIALIZER_OPTION("alpha", "zeros", "alpha"),
	OPTION_END,
};

/* As in Keras, an alpha that pixels share has the shape 1 x 1 x channels. */
static const char *
shape(struct layer *l)
{
	struct shape alpha = l->in;

	for (int i = 0; l->option[SHARED].i && i + 1 < alpha.n; i++)
		alpha.d[i] = 1;
	l->out = l->in;
	layer_param(l, "alpha", alpha, &l->option[ALPHA_INIT]);
	l->gradient = (size_t)shape_count(&alpha, 0);
	return NULL;
}

/* The numbers of a piece are `periods` times the alphas, in their order. */
static size_t
alphas(const struct layer *l)
{
	return (size_t)shape_count(&l->param[0].shape, 0);
}

static size_t
periods(const struct layer *l, const struct pass *p)
{
	return (size_t)p->n * layer_in(l) / alphas(l);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	const real *alpha = layer_w(l, p, 0), *x = p->x;
	const size_t n = alphas(l);
	real *y = p->y;

	for (size_t i = 0; i < periods(l, p); i++, x += n, y += n)
		for (size_t k = 0; k < n; k++)
			y[k] = x[k] > 0 ? x[k] : alpha[k] * x[k];
}

static void
add_gradient(size_t n, const real *x, const real *dy, real *dalpha)
{
	for (size_t k = 0; k < n; k++)
		dalpha[k] += x[k] > 0 ? 0 : dy[k] * x[k];
}

static void
backward(const struct layer *l, const struct pass *p)
{
	const real *alpha = layer_w(l, p, 0);
	const size_t n = alphas(l);

	for (size_t i = 0; i < periods(l, p); i++) {
		const real *x = p->x + i * n, *dy = p->dy + i * n;
		if (p->gradient)
			add_gradient(n, x, dy, p->gradient);
		for (size_t k = 0; p->dx && k < n; k++)
			p->dx[i * n + k] = x[k] > 0 ? dy[k] : alpha[k] * dy[k];
	}
}

static int
reads(const struct layer *l)
{
	(void)l;
	return READS_X;
}

static int64_t
work(const struct layer *l)
{
	return (int64_t)layer_out(l);
}

const struct layer_type layer_type_prelu = {
	.name = "prelu", .keras = "PReLU", .help = "relu with a trained slope below 0", .options = options,
	.shape = shape, .forward = forward, .backward = backward, .reads = reads, .in_place = layer_in_place, .work = work,
};
