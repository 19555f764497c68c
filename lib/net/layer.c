#include "net/layer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/opt.h"
#include "base/par.h"
#include "net/initializer.h"

const char *const no_yes[] = { "false", "true", NULL };
const char *const padding_words[] = { "valid", "same", NULL };

/* A piece's place in an array of the batch, which may not be there. */
static void *
at(const void *base, size_t count, size_t size)
{
	return base ? (char *)base + count * size : NULL;
}

struct pass
layer_samples(const struct layer *l, const struct pass *p, int i0, int i1)
{
	const size_t i = (size_t)i0, in = layer_in(l) * sizeof(real), out = layer_out(l) * sizeof(real);
	struct pass part = *p;

	part.n = i1 - i0;
	part.first = p->first + i0;
	part.x = at(p->x, i, in);
	part.y = at(p->y, i, out);
	part.dy = at(p->dy, i, out);
	part.dx = at(p->dx, i, in);
	part.save = at(p->save, i, l->save_size);
	return part;
}

struct owned
layer_block(const struct pass *p)
{
	return ranks_block(p->n, p->pieces, p->shared);
}

struct pass
layer_piece(const struct layer *l, const struct pass *p, int piece, int worker)
{
	int i0, i1;

	piece_range(p->n, p->pieces, piece, &i0, &i1);
	struct pass part = layer_samples(l, p, i0, i1);
	part.scratch = at(p->scratch, (size_t)worker, p->scratch_size);
	part.partial = at(p->partial, (size_t)piece, l->partial * sizeof(real));
	part.gradient = at(p->gradient, (size_t)piece, l->gradient * sizeof(real));
	return part;
}

struct sum_job {
	const struct layer *l;
	const struct pass *p;
	void (*fn)(const struct layer *l, const struct pass *piece);
	struct owned block;
	size_t from, n; /* of the partial arrays */
	real *sum;
};

static void
run_piece(int number, int worker, void *ctx)
{
	const struct sum_job *j = ctx;
	const struct pass piece = layer_piece(j->l, j->p, j->block.first + number, worker);

	j->fn(j->l, &piece);
}

void
layer_pieces(const struct layer *l, const struct pass *p, void (*fn)(const struct layer *l, const struct pass *piece))
{
	struct sum_job job = { .l = l, .p = p, .fn = fn, .block = layer_block(p) };

	par_for_if((size_t)p->n * layer_out(l) >= SERIAL, job.block.pieces, run_piece, &job);
}

void
layer_sum(int arrays, size_t pitch, const real *array, size_t n, real *sum)
{
	memcpy(sum, array, n * sizeof *sum);
	for (int k = 1; k < arrays; k++)
		kern->add(n, array + (size_t)k * pitch, sum);
}

static void
sum_block(int block, int worker, void *ctx)
{
	(void)worker;
	const struct sum_job *j = ctx;
	const size_t from = (size_t)block * SUM_BLOCK;
	const size_t n = j->n - from < SUM_BLOCK ? j->n - from : SUM_BLOCK;
	const real *const first = j->p->partial + (size_t)j->block.first * j->l->partial + j->from + from;

	piece_sum(j->block.pieces, j->l->partial, first, n, j->sum + from);
}

void
layer_partial_sum(const struct layer *l, const struct pass *p, size_t from, size_t n, real *sum)
{
	struct sum_job job = { .l = l, .p = p, .from = from, .n = n, .sum = sum, .block = layer_block(p) };

	if (job.block.pieces)
		par_for((int)((n + SUM_BLOCK - 1) / SUM_BLOCK), sum_block, &job);
	if (p->shared)
		ranks_sum(p->pieces, n, sum, (real *)(void *)p->scratch);
}

bool
layer_always_idle(const struct layer *l, bool training)
{
	(void)l, (void)training;
	return true;
}

bool
layer_idle_at_rate_0(const struct layer *l, bool training)
{
	return !training || l->option[0].r == 0;
}

bool
layer_idle_if_same_size(const struct layer *l, bool training)
{
	(void)training;
	return layer_in(l) == layer_out(l);
}

bool
layer_idle(const struct layer *l, bool training)
{
	return l->type->idle && l->type->idle(l, training);
}

bool
layer_whole(const struct layer *l, bool training)
{
	return l->type->batch_forward && ((training && !l->inference) || layer_batch_only(l));
}

bool
layer_batch_only(const struct layer *l)
{
	return !l->type->forward;
}

bool
layer_trained(const struct layer *l)
{
	for (int j = 0; j < l->params; j++)
		if (!l->param[j].fixed)
			return true;
	return false;
}

int
layer_reads(const struct layer *l)
{
	return l->type->reads ? l->type->reads(l) : 0;
}

bool
layer_in_place(const struct layer *l)
{
	(void)l;
	return true;
}

void
layer_free(struct layer *l)
{
	free(l->from);
	free(l->trains);
}

size_t
layer_in(const struct layer *l)
{
	return (size_t)shape_count(&l->in, 0);
}

size_t
layer_out(const struct layer *l)
{
	return (size_t)shape_count(&l->out, 0);
}

int
window_length(int length, int window, int stride, bool same, int *before)
{
	*before = 0;
	if (!same)
		return length < window ? 0 : (length - window) / stride + 1;
	const int out = (length + stride - 1) / stride;
	const int around = (out - 1) * stride + window - length;
	*before = around > 0 ? around / 2 : 0;
	return out;
}

const char *
layer_wrong(const char *fmt, ...)
{
	static char message[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	return message;
}

const char *
layer_needs_rank(const struct layer *l, int rank)
{
	char in[64];

	if (l->in.n == rank)
		return NULL;
	shape_text(&l->in, in, sizeof in);
	if (rank == 1)
		return layer_wrong("needs vectors, but its input is %s; put flatten before it", in);
	return layer_wrong("needs images (height, width, channels), but its input is %s%s", in,
	                   l->in.n == 1 ? "; put it before flatten" : "");
}

const char *
layer_pool(struct layer *l, const struct value *pool, const struct value *strides, bool same)
{
	const char *what = layer_needs_rank(l, 3);
	if (what)
		return what;

	struct pool *g = &l->pool;
	*g = (struct pool){ .h = (int)l->in.d[0], .w = (int)l->in.d[1], .c = (int)l->in.d[2], .ph = pool->i,
		.pw = pool->j, .sh = strides->i, .sw = strides->j };
	g->oh = window_length(g->h, g->ph, g->sh, same, &g->top);
	g->ow = window_length(g->w, g->pw, g->sw, same, &g->left);
	char in[64];
	if (!g->oh || !g->ow)
		return layer_wrong("pool %dx%d is larger than its input %s", g->ph, g->pw,
		                   shape_text(&l->in, in, sizeof in));
	l->out = (struct shape){ 3, { g->oh, g->ow, g->c } };
	return NULL;
}

size_t
layer_pool_scratch_size(const struct layer *l)
{
	return kern->pool_scratch_size(&l->pool);
}

/* Numbers of n that all windows together hold. */
static int64_t
windows_hold(int n, int outs, int window, int stride, int before)
{
	int64_t sum = 0;

	for (int o = 0; o < outs; o++) {
		const int first = o * stride - before, last = first + window;
		sum += (last < n ? last : n) - (first > 0 ? first : 0);
	}
	return sum;
}

/* Where windows overlap much: a step from the beginning and from the end of a block for each number of a line, one for each window. */
int64_t
layer_pool_work(const struct layer *l)
{
	const struct pool *g = &l->pool;
	const int64_t across = 2 * (int64_t)g->w + g->ow, down = 2 * (int64_t)g->h + g->oh;

	if (pool_overlaps(g))
		return g->c * (g->h * across + g->ow * down);
	return g->c * windows_hold(g->h, g->oh, g->ph, g->sh, g->top) * windows_hold(g->w, g->ow, g->pw, g->sw, g->left);
}

void
layer_pool_mark_dead(size_t n, const real *y, int32_t *at)
{
	for (size_t i = 0; i < n; i++)
		at[i] = y[i] > 0 ? at[i] : -1;
}

const char *
layer_windows(const struct layer *l, const struct value *kernel, const struct value *strides, const struct value *dilation,
              bool same, struct depthwise *g)
{
	char in[64], spans[64] = "";
	const char *what = layer_needs_rank(l, 3);

	if (what)
		return what;
	*g = (struct depthwise){ .h = (int)l->in.d[0], .w = (int)l->in.d[1], .c = (int)l->in.d[2], .m = 1, .kh = kernel->i,
		.kw = kernel->j, .sh = strides->i, .sw = strides->j, .dh = dilation->i, .dw = dilation->j };
	if ((g->sh > 1 || g->sw > 1) && (g->dh > 1 || g->dw > 1))
		return layer_wrong("strides %dx%d and dilation %dx%d: one of them must be 1", g->sh, g->sw, g->dh, g->dw);
	const struct window win = window_of(g);
	g->oh = window_length(g->h, win.h, g->sh, same, &g->top);
	g->ow = window_length(g->w, win.w, g->sw, same, &g->left);
	if (g->dh > 1 || g->dw > 1)
		snprintf(spans, sizeof spans, ", which dilation widens to %dx%d,", win.h, win.w);
	if (!g->oh || !g->ow)
		return layer_wrong("kernel %dx%d%s is larger than its input %s; take a smaller one or padding=same", g->kh, g->kw, spans,
		                   shape_text(&l->in, in, sizeof in));
	return NULL;
}

struct window
window_of(const struct depthwise *g)
{
	return (struct window){ (g->kh - 1) * g->dh + 1, (g->kw - 1) * g->dw + 1, g->sh, g->sw };
}

/* Keras's fans: (in, units) as they are; a conv kernel's channels and filters times its window; a vector is both. */
static void
set_fans(struct param *p)
{
	const struct shape *s = &p->shape;
	int64_t window = 1;

	for (int i = 0; i < s->n - 2; i++)
		window *= s->d[i];
	p->fan_out = window * s->d[s->n - 1];
	p->fan_in = s->n > 1 ? window * s->d[s->n - 2] : p->fan_out;
}

struct param *
layer_param(struct layer *l, const char *name, struct shape shape, const struct value *init)
{
	struct param *p = &l->param[l->params++];

	*p = (struct param){ .part = name, .shape = shape, .init = init->init, .init_rest = init->init_rest,
		.init_value = init->init_value,
		.group_out = shape.d[shape.n - 1], .group_in = shape.n > 1 ? shape.d[shape.n - 2] : 1 };
	set_fans(p);
	return p;
}

const char *
layer_multiply(struct layer *l, int m)
{
	const struct shape repeated = { 4, { l->in.d[0], l->in.d[1], l->in.d[2], m } }; /* as kernels may lay it out */

	l->depthwise.m = m;
	return shape_count(&repeated, 0) > INT32_MAX ? "depth_multiplier times its input has 2^31 numbers or more" : NULL;
}

struct param *
layer_depthwise_param(struct layer *l, const char *name, const struct value *init, double l1, double l2)
{
	const struct depthwise *g = &l->depthwise;
	struct param *p = layer_param(l, name, (struct shape){ 4, { g->kh, g->kw, g->c, g->m } }, init);

	p->group_in = 1;
	p->l1 = l1;
	p->l2 = l2;
	return p;
}
