/* kernels THREADS conv|dense: seconds of each kernel as a layer calls it, ours and the peers' in turns in this process, the
 * best of ROUNDS each, or of more where they are quick. Batch 128 for convolutions. A line has, separated by tabs:
 *   workload, GFLOP, our seconds, then oneDNN direct's and Winograd's and libxsmm's, or OpenBLAS's; - where there is none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/par.h"
#include "base/rng.h"
#include "peers.h"
#include "timing.h"
#include "net/run.h"

enum { ROUNDS = 3, IMAGES = 128, POINTS_PARTS = 16 };
static const double enough = 0.5; /* seconds for a row */
enum { INPUTS_BLOCK = 96 }; /* as layer_dense.c cuts its work backward */

static const char *const direction_name[] = { "forward", "backward data", "backward weights" };

/* height = width, channels, filters, window, same padding, stride */
static const struct shape_of {
	int h, c, f, k, same, stride;
} convs[] = {
	{ 32, 3, 8, 3, 1, 1 }, { 32, 3, 16, 3, 1, 1 }, { 32, 16, 16, 3, 1, 1 }, { 32, 64, 64, 3, 1, 1 },
	{ 16, 16, 32, 3, 1, 1 }, { 16, 32, 32, 3, 1, 1 }, { 16, 64, 128, 3, 1, 1 }, { 16, 128, 128, 3, 1, 1 },
	{ 8, 32, 64, 3, 1, 1 }, { 8, 64, 64, 3, 1, 1 }, { 8, 128, 256, 3, 1, 1 }, { 8, 256, 256, 3, 1, 1 },
	{ 31, 24, 64, 3, 1, 1 }, { 15, 64, 256, 3, 1, 1 }, { 15, 256, 256, 3, 1, 1 }, { 7, 256, 256, 3, 1, 1 }, { 32, 3, 24, 2, 0, 1 },
	{ 32, 32, 192, 1, 1, 1 }, { 16, 192, 32, 1, 1, 1 }, { 8, 64, 384, 1, 1, 1 }, { 8, 384, 64, 1, 1, 1 }, { 8, 256, 256, 1, 1, 1 },
	{ 32, 3, 32, 5, 1, 1 }, { 16, 32, 64, 5, 1, 1 }, { 32, 3, 32, 3, 1, 2 }, { 32, 16, 32, 3, 1, 2 }, { 16, 64, 128, 3, 1, 2 },
};

static real *
numbers(size_t n)
{
	void *p;

	if (posix_memalign(&p, 64, n * sizeof(real)))
		die(EX_OSERR, "no memory");
	real *v = p;
	for (size_t i = 0; i < n; i++)
		v[i] = (real)(2 * (double)(rng_bits(1, i / 64) >> (i % 24) & 255) / 255 - 1);
	return v;
}

/* ---- ours: a network of one layer; but the gradients of inputs as the layer asks the kernels for them ---- */
/* A network, its weights and its plan. */
struct bench_layer {
	struct network net;
	real *w;
	struct plan plan;
};

struct ours {
	struct bench_layer net;
	struct conv g;
	enum direction direction;
	real *x, *w, *y;
	char *scratch, *points;
	size_t scratch_size;
};

static void
plan(struct bench_layer *net, const char *layers, int n, enum direction d)
{
	const char *what = network_build(&net->net, layers);

	if (what)
		die(EX_SOFTWARE, "%s", what);
	net->w = network_weights(&net->net);
	network_init(&net->net, net->w, 1);
	plan_make(&net->plan, &net->net, net->w, d == BACKWARD_WEIGHTS ? want_training(n) : want_evaluation(n));
}

static void
unplan(struct bench_layer *net)
{
	plan_free(&net->plan);
	free(net->w);
	network_free(&net->net);
}

static void
conv_dx_piece(int piece, int worker, void *ctx)
{
	const struct ours *o = ctx;
	const struct conv *g = &o->g;
	int i0, i1;

	piece_range(IMAGES, piece_count(IMAGES), piece, &i0, &i1);
	kern->conv_dx(g, i1 - i0, o->y + (size_t)i0 * (size_t)(g->oh * g->ow * g->f), o->w, o->points,
	              o->x + (size_t)i0 * (size_t)(g->h * g->w * g->c), o->scratch + (size_t)worker * o->scratch_size);
}

static void
conv_points_part(int part, int worker, void *ctx)
{
	const struct ours *o = ctx;

	(void)worker;
	kern->conv_points(&o->g, true, part, POINTS_PARTS, o->w, o->points);
}

static void
conv_dx_run(struct ours *o)
{
	if (kern->conv_points_size(&o->g, true))
		par_for(POINTS_PARTS, conv_points_part, o);
	par_for(piece_count(IMAGES), conv_dx_piece, o);
}

static void
conv_run(void *ctx)
{
	struct ours *o = ctx;

	if (o->direction == FORWARD)
		run_forward(&o->net.plan, IMAGES, o->x, false, 0);
	else if (o->direction == BACKWARD_WEIGHTS)
		run_backward(&o->net.plan, o->y, false);
	else
		conv_dx_run(o);
}

static int
blocks(int n, int block)
{
	return (n + block - 1) / block;
}

static int
end(int from, int block, int n)
{
	return n - from < block ? n : from + block;
}

static void
dense_inputs_block(int block, int worker, void *ctx)
{
	const struct product *p = ctx;
	const int i0 = block * INPUTS_BLOCK, i1 = end(i0, INPUTS_BLOCK, p->in);

	(void)worker;
	if (p->direction == BACKWARD_DATA)
		kern->dense_dx(p->n, p->in, p->units, i0, i1, p->y, p->w, p->x);
	else
		kern->dense_dw(p->n, p->in, p->units, i0, i1, p->x, p->y, p->w);
}

static void
dense_run(void *ctx)
{
	const struct product *p = ctx;

	if (p->direction == FORWARD)
		run_forward(&p->net->plan, p->n, p->x, false, 0);
	else
		par_for(blocks(p->in, INPUTS_BLOCK), dense_inputs_block, ctx);
}

/* ---- who is faster ---- */
struct contestant {
	void (*run)(void *);
	void *ctx; /* NULL: no peer */
	double best;
};

static void
compete(const char *workload, double flop, int threads, int n, struct contestant *c)
{
	const double start = seconds();

	for (int round = 0; round < ROUNDS || seconds() - start < enough; round++)
		for (int i = 0; i < n; i++) {
			if (!c[i].ctx)
				continue;
			const double t = time_calls(c[i].run, c[i].ctx);
			c[i].best = round && c[i].best < t ? c[i].best : t;
			if (i)
				settle(threads);
		}
	printf("%s\t%.6g", workload, flop * 1e-9);
	for (int i = 0; i < n; i++)
		if (c[i].ctx)
			printf("\t%.6g", c[i].best);
		else
			printf("\t-");
	printf("\n");
	fflush(stdout);
}

static void
bench_conv(const struct shape_of *s, enum direction d, int threads)
{
	const int oh = blocks(s->same ? s->h : s->h - s->k + 1, s->stride), padding = (oh - 1) * s->stride + s->k - s->h;
	const int pad = s->same && padding > 0 ? padding / 2 : 0;
	struct ours o = { .direction = d, .g = { .h = s->h, .w = s->h, .c = s->c, .kh = s->k, .kw = s->k, .sh = s->stride, .sw = s->stride,
		.top = pad, .left = pad, .oh = oh, .ow = oh, .f = s->f } };
	const size_t weights = (size_t)(s->k * s->k * s->c * s->f);
	char *layers = text("input %dx%dx%d\nconv2d %d kernel=%dx%d strides=%d padding=%s activation=%s\n", s->h, s->h, s->c, s->f, s->k, s->k,
	                    s->stride, s->same ? "same" : "valid", d == FORWARD ? "relu" : "linear");
	o.x = numbers((size_t)(IMAGES * s->h * s->h * s->c));
	o.y = numbers((size_t)(IMAGES * oh * oh * s->f));
	o.w = numbers(weights);
	o.scratch_size = (kern->conv_scratch_size(&o.g) + 63) & ~(size_t)63;
	o.scratch = (char *)numbers(o.scratch_size * (size_t)threads / sizeof(real) + 16);
	o.points = (char *)numbers(kern->conv_points_size(&o.g, true) / sizeof(real) + 16);
	plan(&o.net, layers, IMAGES, d);
	if (d == BACKWARD_WEIGHTS)
		run_forward(&o.net.plan, IMAGES, o.x, true, 0);

	struct onednn *direct = onednn_conv(&o.g, IMAGES, d, 0), *winograd = onednn_conv(&o.g, IMAGES, d, 1);
	struct xsmm *xsmm = xsmm_conv(&o.g, IMAGES, d, threads);
	struct contestant c[] = { { conv_run, &o, 0 }, { onednn_run, direct, 0 }, { onednn_run, winograd, 0 }, { xsmm_run, xsmm, 0 } };
	char stride[16] = "";
	if (s->stride > 1)
		snprintf(stride, sizeof stride, "/%d", s->stride);
	char *workload = text("conv %dx%d %d->%d %dx%d%s %s %s", s->h, s->h, s->c, s->f, s->k, s->k, stride,
	                      s->same ? "same" : "valid", direction_name[d]);
	compete(workload, 2.0 * (double)weights * oh * oh * IMAGES, threads, sizeof c / sizeof *c, c);
	onednn_free(direct);
	onednn_free(winograd);
	xsmm_free(xsmm);
	free(workload);
	unplan(&o.net);
	free(layers);
	real *all[] = { o.x, o.y, o.w, (real *)o.scratch, (real *)o.points };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]);
}

static void
bench_dense(int n, int in, int units, enum direction d, int threads)
{
	struct product p = { n, in, units, d, numbers((size_t)n * (size_t)in), numbers((size_t)in * (size_t)units),
		numbers((size_t)n * (size_t)units), NULL };
	struct bench_layer net;
	char *layers = text("input %d\ndense units=%d\n", in, units);

	plan(&net, layers, n, FORWARD);
	p.net = &net;
	struct contestant c[] = { { dense_run, &p, 0 }, { openblas_run, openblas_here(threads) ? &p : NULL, 0 } };
	char *workload = text("dense %d x %d x %d %s", n, in, units, direction_name[d]);

	compete(workload, 2.0 * n * in * units, threads, 2, c);
	unplan(&net);
	free(layers);
	free(workload);
	free(p.x);
	free(p.w);
	free(p.y);
}

int
main(int argc, char **argv)
{
	program = "kernels";
	if (argc != 3)
		die(EX_USAGE, "usage: kernels THREADS conv|dense");
	const char *what = kern_select(NULL);
	if (what)
		die(EX_USAGE, "%s", what);
	const int threads = par_threads(atoi(argv[1]));

	if (!strcmp(argv[2], "conv"))
		for (size_t i = 0; i < sizeof convs / sizeof *convs; i++)
			for (int d = 0; d < DIRECTIONS; d++)
				bench_conv(&convs[i], d, threads);
	else
		for (int n = 32; n <= 1024; n *= n < 128 ? 4 : 2)
			for (int in = 2048; in >= 1024; in /= 2)
				for (int d = 0; d < DIRECTIONS; d++)
					bench_dense(n, in, 64, d, threads);
	return 0;
}
