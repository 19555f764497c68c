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

/* Work is cut over units, inputs and large blocks of samples, so that no piece reads weights for a few samples only. */
enum { UNITS_BLOCK = 32, SAMPLES_BLOCK = 64, INPUTS_BLOCK = 96 };

struct job {
	const struct layer *l;
	const struct pass *p;
};

static int
blocks(size_t n, int block)
{
	return (int)((n + (size_t)block - 1) / (size_t)block);
}

static int
end(int from, int block, int n)
{
	return n - from < block ? n : from + block;
}

static void
y_block(int number, int worker, void *ctx)
{
	(void)worker;
	const struct job *j = ctx;
	const struct layer *l = j->l;
	const struct pass *p = j->p;
	const int in = (int)layer_in(l), units = (int)layer_out(l), across = blocks(layer_out(l), UNITS_BLOCK);
	const int i0 = number / across * SAMPLES_BLOCK, u0 = number % across * UNITS_BLOCK;
	const real *bias = l->params > 1 ? l->param[1].w : NULL;

	kern->dense_y(end(i0, SAMPLES_BLOCK, p->n) - i0, in, units, u0, end(u0, UNITS_BLOCK, units),
	              p->x + (size_t)i0 * (size_t)in, l->param[0].w, bias, l->act == ACT_RELU,
	              activation_input(l, p) + (size_t)i0 * (size_t)units);
}

/* Less work than this is done before another thread has begun. */
static void
run(const struct layer *l, const struct pass *p, int pieces, void (*fn)(int piece, int worker, void *ctx))
{
	enum { SERIAL = 1 << 16 };

	par_for_if((size_t)p->n * layer_in(l) * layer_out(l) >= SERIAL, pieces, fn, &(struct job){ l, p });
}

static void
forward(const struct layer *l, const struct pass *p)
{
	run(l, p, blocks((size_t)p->n, SAMPLES_BLOCK) * blocks(layer_out(l), UNITS_BLOCK), y_block);
	if (l->act != ACT_LINEAR && l->act != ACT_RELU)
		layer_pieces(l, p, activate);
}

/* Rows of the kernel: their gradient, for which no sums are left to take, and that of their inputs; the piece after the
 * last is the bias. */
static void
backward_block(int block, int worker, void *ctx)
{
	(void)worker;
	const struct job *j = ctx;
	const struct layer *l = j->l;
	const struct pass *p = j->p;
	const int in = (int)layer_in(l), units = (int)layer_out(l);
	const int i0 = block * INPUTS_BLOCK, i1 = end(i0, INPUTS_BLOCK, in);

	if (block == blocks(layer_in(l), INPUTS_BLOCK)) {
		kern->dense_db(p->n, units, p->dy, l->param[1].dw);
		return;
	}
	kern->dense_dw(p->n, in, units, i0, i1, p->x, p->dy, l->param[0].dw);
	if (p->dx)
		kern->dense_dx(p->n, in, units, i0, i1, p->dy, l->param[0].w, p->dx);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	if (l->act != ACT_LINEAR && !p->from_logits)
		layer_pieces(l, p, deactivate);
	run(l, p, blocks(layer_in(l), INPUTS_BLOCK) + (l->params > 1), backward_block);
}

static int64_t
work(const struct layer *l)
{
	return (int64_t)layer_in(l) * (int64_t)layer_out(l);
}

const struct layer_type layer_type_dense = {
	.name = "dense", .keras = "Dense", .help = "every output a weighted sum of all inputs", .options = options,
	.shape = shape, .batch_forward = forward, .batch_backward = backward, .work = work,
};
