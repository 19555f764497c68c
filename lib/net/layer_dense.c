/* dense: y (units) = act(x (in) . kernel (in, units) + bias (units)) */
#include "base/par.h"
#include "net/layer.h"

enum { UNITS, ACTIVATION, USE_BIAS, KERNEL_INIT, BIAS_INIT, L1, L2 };

static const struct option options[] = {
	[UNITS] = { "units", OPTION_INT, NULL, "structure", "how many numbers come out", 1, UNITS_LIMIT, 0 },
	[ACTIVATION] = { "activation", OPTION_WORD, "linear", "structure", "function of every output", 0, 0, activation_words },
	[USE_BIAS] = { "use_bias", OPTION_WORD, "true", "structure", "add a number a unit", 0, 0, no_yes },
	[KERNEL_INIT] = { "kernel_initializer", OPTION_INITIALIZER, "glorot_uniform", "optimization", "initial kernel", 0, 0, 0 },
	[BIAS_INIT] = { "bias_initializer", OPTION_INITIALIZER, "zeros", "optimization", "initial bias", 0, 0, 0 },
	[L1] = { "l1", OPTION_REAL, "0", "regularization", "penalty on sum |kernel|", 0, 1e6, 0 },
	[L2] = { "l2", OPTION_REAL, "0", "regularization", "penalty on sum kernel^2", 0, 1e6, 0 },
	OPTION_END,
};

static const char *
shape(struct layer *l)
{
	const struct value *o = l->option;
	const char *what = layer_needs_rank(l, 1);
	if (what)
		return what;

	const int64_t in = l->in.d[0], units = o[UNITS].i;
	l->act = o[ACTIVATION].i;
	l->out = (struct shape){ 1, { units } };
	struct param *kernel = layer_param(l, "kernel", (struct shape){ 2, { in, units } }, &o[KERNEL_INIT]);
	kernel->l1 = o[L1].r;
	kernel->l2 = o[L2].r;
	if (o[USE_BIAS].i)
		layer_param(l, "bias", (struct shape){ 1, { units } }, &o[BIAS_INIT]);
	l->save = activation_save(l);
	return NULL;
}

static void
forward_piece(const struct layer *l, const struct pass *p, const struct slice *piece)
{
	const int in = (int)layer_in(l), units = (int)layer_out(l);
	const real *bias = l->params > 1 ? l->param[1].w : NULL;

	kern->dense_y(piece->i1 - piece->i0, in, units, p->x + (size_t)piece->i0 * (size_t)in, l->param[0].w, bias,
	              l->act == ACT_RELU, activation_input(l, p, piece->i0));
	activate(l, p, piece->i0, piece->i1);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	layer_pieces(l, p, forward_piece);
}

static void
dx_piece(const struct layer *l, const struct pass *p, const struct slice *piece)
{
	const int in = (int)layer_in(l), units = (int)layer_out(l);

	deactivate(l, p, piece->i0, piece->i1);
	if (p->dx)
		kern->dense_dx(piece->i1 - piece->i0, in, units, p->dy + (size_t)piece->i0 * (size_t)units, l->param[0].w,
		               p->dx + (size_t)piece->i0 * (size_t)in);
}

struct job {
	const struct layer *l;
	const struct pass *p;
};

/* The kernel's gradient is cut by its rows, so that no sums are left to take; the piece after the last is the bias. */
enum { ROWS = 128 };

static int
blocks(const struct layer *l)
{
	return (int)((layer_in(l) + ROWS - 1) / ROWS);
}

static void
dw_block(int block, int worker, void *ctx)
{
	(void)worker;
	const struct job *j = ctx;
	const struct layer *l = j->l;
	const struct pass *p = j->p;
	const int in = (int)layer_in(l), units = (int)layer_out(l), i0 = block * ROWS;

	if (block == blocks(l))
		kern->dense_db(p->n, units, p->dy, l->param[1].dw);
	else
		kern->dense_dw(p->n, in, units, i0, in - i0 < ROWS ? in : i0 + ROWS, p->x, p->dy, l->param[0].dw);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	layer_pieces(l, p, dx_piece);
	par_for(blocks(l) + (l->params > 1), dw_block, &(struct job){ l, p });
}

static int64_t
work(const struct layer *l)
{
	return (int64_t)layer_in(l) * (int64_t)layer_out(l);
}

const struct layer_type layer_type_dense = {
	.name = "dense", .keras = "Dense", .help = "every output a weighted sum of all inputs", .options = options,
	.shape = shape, .forward = forward, .backward = backward, .work = work,
};
