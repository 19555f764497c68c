/* dense: y (units) = act(x (in) . kernel (in, units) + bias (units)) */
#include "base/par.h"
#include "base/team.h"
#include "net/layer_options.h"

/* Work is cut over inputs: rows of the kernel, which a worker reads forward and backward and steps on, and which stay in its
 * cache. Large batches are cut over samples instead, forward, as then the activations are what would move. Sums over inputs
 * are taken by blocks of them, and these added up in order, either way. */
enum { SAMPLES_LARGE = 64, SAMPLES_BLOCK = 64, SAMPLES_LEAST = 16, INPUTS_BLOCKS = 8, INPUTS_LEAST = 128, INPUTS_BLOCK = 96 };

enum { UNITS, ACTIVATION, USE_BIAS, KERNEL_INIT, BIAS_INIT, L1, L2 };

static const struct option options[] = {
	[UNITS] = { "units", OPTION_INT, NULL, "structure", "number of outputs", 1, UNITS_LIMIT, 0 },
	[ACTIVATION] = ACTIVATION_OPTION("linear", "function of every output"),
	[USE_BIAS] = BIAS_OPTION("unit"),
	[KERNEL_INIT] = INITIALIZER_OPTION("kernel", "glorot_uniform", "kernel"),
	[BIAS_INIT] = INITIALIZER_OPTION("bias", "zeros", "bias"),
	[L1] = L1_OPTION(""),
	[L2] = L2_OPTION(""),
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
	activation_set(l, &o[ACTIVATION]);
	l->out = (struct shape){ 1, { units } };
	struct param *kernel = layer_param(l, "kernel", (struct shape){ 2, { in, units } }, &o[KERNEL_INIT]);
	kernel->l1 = o[L1].r;
	kernel->l2 = o[L2].r;
	if (o[USE_BIAS].i)
		layer_param(l, "bias", (struct shape){ 1, { units } }, &o[BIAS_INIT]);
	l->save_size = activation_save_size(l);
	if (in > INPUTS_LEAST)
		l->partial = (size_t)units * PIECE_SAMPLES * INPUTS_BLOCKS;
	return NULL;
}

struct dense_job {
	const struct layer *l;
	const struct pass *p;
	/* backward: */
	struct pass own;     /* the samples of this rank */
	int from, to;        /* rows of the kernel whose gradient it computes */
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

/* Inputs of a block of the forward sums. */
static int
sum_block(const struct layer *l)
{
	const int block = (blocks(layer_in(l), INPUTS_BLOCKS) + 15) / 16 * 16;

	return block < INPUTS_LEAST ? INPUTS_LEAST : block;
}

/* Block `number` of the sums over inputs, of samples i0..i1-1, into sum (samples, units). */
static void
sum_inputs(const struct dense_job *j, int number, int i0, int i1, bool adds, real *sum)
{
	const int in = (int)layer_in(j->l), block = sum_block(j->l), from = number * block;

	kern->dense_y(i1 - i0, in, (int)layer_out(j->l), from, end(from, block, in), j->p->x + (size_t)i0 * (size_t)in,
	              layer_w(j->l, j->p, 0), adds, sum);
}

/* From the sums of samples i0..i1-1 to y. */
static void
finish(const struct dense_job *j, int i0, int i1, real *sum)
{
	const struct layer *l = j->l;
	struct pass p = *j->p;

	p.n = i1 - i0;
	p.y += (size_t)i0 * layer_out(l);
	p.save = (char *)p.save + (size_t)i0 * l->save_size;
	if (l->params > 1)
		kern->bias(p.n, (int)layer_out(l), layer_w(l, j->p, 1), l->act == ACT_RELU, sum);
	else if (l->act == ACT_RELU)
		kern->act_y(ACT_RELU, 0, (size_t)p.n * layer_out(l), sum, sum);
	activate(l, &p);
}

/* Samples that share the kernel's way from memory; but work for all threads. */
static int
samples_blocks(int n)
{
	const int few = blocks((size_t)n, SAMPLES_BLOCK), most = n / SAMPLES_LEAST;
	const int threads = par_count() < most ? par_count() : most;

	return few < threads ? threads : few;
}

static void
samples_block(int number, int worker, void *ctx)
{
	(void)worker;
	const struct dense_job *j = ctx;
	int i0, i1;

	piece_range(j->p->n, samples_blocks(j->p->n), number, &i0, &i1);
	real *sum = activation_input(j->l, j->p) + (size_t)i0 * layer_out(j->l);

	for (int k = 0; k < blocks(layer_in(j->l), sum_block(j->l)); k++)
		sum_inputs(j, k, i0, i1, k > 0, sum);
	finish(j, i0, i1, sum);
}

static void
inputs_block(int number, int worker, void *ctx)
{
	(void)worker;
	const struct dense_job *j = ctx;
	const size_t size = (size_t)j->p->n * layer_out(j->l);

	sum_inputs(j, number, 0, j->p->n, false, j->p->partial + (size_t)number * size);
}

/* From the blocks' sums to y. */
static void
finish_block(int number, int worker, void *ctx)
{
	(void)worker;
	const struct dense_job *j = ctx;
	const size_t units = layer_out(j->l), size = (size_t)j->p->n * units;
	int i0, i1;

	piece_range(j->p->n, par_count(), number, &i0, &i1);
	real *sum = activation_input(j->l, j->p) + (size_t)i0 * units;
	layer_sum(blocks(layer_in(j->l), sum_block(j->l)), size, j->p->partial + (size_t)i0 * units, (size_t)(i1 - i0) * units, sum);
	finish(j, i0, i1, sum);
}

/* Less work than this is done before another thread has begun. */
static void
run(struct dense_job *j, int pieces, void (*fn)(int piece, int worker, void *ctx))
{
	enum { WORTH = 1 << 16 };

	par_for_if((size_t)j->p->n * layer_in(j->l) * layer_out(j->l) >= WORTH, pieces, fn, j);
}

static void
forward(const struct layer *l, const struct pass *p)
{
	enum { SUMS_WORTH = 1 << 12 }; /* likewise, of numbers to add */
	const struct owned block = layer_block(p);
	const struct pass own = layer_samples(l, p, block.i0, block.i1);
	struct dense_job j = { .l = l, .p = &own };
	const int n = blocks(layer_in(l), sum_block(l));
	const size_t size = (size_t)own.n * layer_out(l);

	if (own.n == 0)
		return;
	if (n == 1 || own.n > SAMPLES_LARGE) {
		run(&j, samples_blocks(own.n), samples_block);
		return;
	}
	run(&j, n, inputs_block);
	par_for_if(size * (size_t)n >= SUMS_WORTH, par_count(), finish_block, &j);
}

static bool
trains(const struct layer *l, const struct pass *p)
{
	return p->dw && layer_trained(l);
}

static void
kernel_gradient(const struct dense_job *j, int i0, int i1)
{
	real *const dw = layer_dw(j->l, j->p, 0);

	if (dw)
		kern->dense_dw(j->p->n, (int)layer_in(j->l), (int)layer_out(j->l), i0, i1, j->p->x, j->p->dy, dw);
}

/* Rows of the kernel: their gradient, for which no sums are left to take, and that of their inputs; the piece after the
 * last is the bias. Gradients of parameters are sums over the whole batch in order: of one that ranks share, each computes some
 * rows of them, and the inputs of its samples. */
static void
backward_block(int block, int worker, void *ctx)
{
	(void)worker;
	const struct dense_job *j = ctx;
	const struct layer *l = j->l;
	const struct pass *p = j->p;
	const int in = (int)layer_in(l), units = (int)layer_out(l);

	if (block == blocks(layer_in(l), INPUTS_BLOCK)) {
		kern->dense_db(p->n, units, p->dy, layer_dw(l, p, 1));
		return;
	}
	const int i0 = block * INPUTS_BLOCK, i1 = end(i0, INPUTS_BLOCK, in);
	if (trains(l, p) && i0 >= j->from && i0 < j->to)
		kernel_gradient(j, i0, i1);
	if (p->dx && j->own.n)
		kern->dense_dx(j->own.n, in, units, i0, i1, j->own.dy, layer_w(l, p, 0), j->own.dx);
}

/* Where the rows of rank k end. */
static int
rows_end(const struct layer *l, int k)
{
	const int in = (int)layer_in(l), all = (int)((int64_t)blocks(layer_in(l), INPUTS_BLOCK) * (k + 1) / team_size());

	return end((all - 1) * INPUTS_BLOCK, INPUTS_BLOCK, in);
}

/* All samples of a shared batch come to every rank, and rows of the gradient go from each to all. */
static void
gather_samples(const struct layer *l, const struct pass *p)
{
	ranks_gather(p->n, p->pieces, layer_in(l), (real *)(uintptr_t)p->x);
	ranks_gather(p->n, p->pieces, layer_out(l), p->dy);
}

static void
gather_rows(const struct layer *l, const struct pass *p)
{
	int ends[TEAM_MAX];

	for (int k = 0; k < team_size(); k++)
		ends[k] = rows_end(l, k);
	if (layer_dw(l, p, 0))
		team_gather(layer_dw(l, p, 0), layer_out(l) * sizeof(real), ends);
}

static void
backward(const struct layer *l, const struct pass *p)
{
	const struct owned own = layer_block(p);
	const int n = blocks(layer_in(l), INPUTS_BLOCK);
	const bool divided = p->shared && trains(l, p);

	if (l->act != ACT_LINEAR)
		layer_pieces(l, p, deactivate);
	if (divided)
		gather_samples(l, p);
	struct dense_job j = { .l = l, .p = p, .own = layer_samples(l, p, own.i0, own.i1), .to = (int)layer_in(l) };
	if (divided) {
		j.from = rows_end(l, team_rank() - 1);
		j.to = rows_end(l, team_rank());
	}
	run(&j, n + (trains(l, p) && l->params > 1 && layer_dw(l, p, 1)), backward_block);
	if (divided)
		gather_rows(l, p);
}

static int
reads(const struct layer *l)
{
	return activation_reads(l) | (layer_trained(l) ? READS_X : 0);
}

static int64_t
work(const struct layer *l)
{
	return (int64_t)layer_in(l) * (int64_t)layer_out(l);
}

const struct layer_type layer_type_dense = {
	.name = "dense", .keras = "Dense", .help = "every output is a weighted sum of all inputs", .options = options,
	.shape = shape, .batch_forward = forward, .batch_backward = backward, .reads = reads, .work = work,
};
