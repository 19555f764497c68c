/* Networks at random, and some chosen, run in stretches and pieces, in plans of both kinds, by 1 to 5 threads, against a slow
 * run: one layer after the other, whole batches, every array apart. Nothing is rounded differently, so all bits agree. What the
 * layers compute, which both share, gradients.c compares with differences.
 *   stretches [FIRST [COUNT]]  those networks only, and prints them: to look for more, or at one that failed */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/par.h"
#include "base/rng.h"
#include "net/network.h"

enum { RANDOM = 32, LINES = 9, KEY = 11, THREADS = 4, WORK = 3000000 };

static const int threads[THREADS] = { 1, 2, 3, 5 };
static int bad;

/* ---- networks ---- */

/* Cases that random ones seldom meet; `n`: the largest batch. */
static const struct chosen {
	int n;
	const char *text;
} chosen[] = {
	{ 5, "input 4" },
	{ 5, "input 9x9x3\nconv2d 5 kernel=1\nactivation tanh\nconv2d 5 kernel=1\nactivation elu" },
	{ 9, "input 4x4x2\nflatten\ndropout 0" },
	{ 40, "input 300\nactivation softmax" },
	{ 40, "input 40x3x3\nbatchnorm" },
	{ 40, "input 8x8x3\nbatchnorm\nconv2d 5 activation=gelu\nmaxpool2d\nbatchnorm" },
	{ 70, "input 8x8x3\nconv2d 6 activation=softmax\nconv2d 4 activation=gelu\nactivation gelu\nflatten\n"
	      "dense 5 activation=gelu\ndense 4 activation=softmax\ndropout 0.3\nactivation linear" },
	{ 33, "input 9x9x2\nrandomcrop 1\nconv2d 4 activation=softmax\nflatten" },
	{ 33, "input 9x9x2\nconv2d 4\nactivation softmax\nspatialdropout2d 0.4\nflatten\ndropout 0" },
	{ 33, "input 6x6x2\nconv2d 12\nmaxpool2d\nflatten\ndropout 0.2\nactivation softmax" },
	{ 300, "input 129\ndense 3 activation=gelu\ndense 130 activation=relu use_bias=false\n"
	       "dense 7 use_bias=false activation=softmax" },
	{ 300, "input 128\ndense 9 activation=softmax\nbatchnorm\ndense 3\nactivation softmax\ndropout 0" },
	{ 66, "input 1100\ndense 11 activation=tanh\ndropout 0.5\ndense 10 activation=softmax" },
	/* gradients that fill the caches: 15 and 7 pieces */
	{ 61, "input 1x1x513\nconv2d 512 kernel=1 activation=relu use_bias=false\nbatchnorm\nglobalavgpool2d" },
	{ 29, "input 1x1x520\nconv2d 520 kernel=1 activation=gelu\ndropout 0.1\nconv2d 520 kernel=1\nflatten\n"
	      "dense 10 activation=softmax" },
};
enum { CHOSEN = sizeof chosen / sizeof *chosen };

static uint64_t draws; /* a key, and how many were drawn of it */
static uint64_t drawn;

static int
below(int n)
{
	return (int)rng_below(draws, drawn++, (uint64_t)n);
}

static const char *
one_of(const char *const *words)
{
	int n = 0;

	while (words[n])
		n++;
	return words[below(n)];
}

static const char *
random_line(char *s, size_t size, int rank)
{
	static const char *const bools[] = { "true", "false", NULL }, *const fills[] = { "reflect", "wrap", "constant", NULL };
	static const char *const paddings[] = { "same", "valid", NULL };
	static const char *const crops[] = { "", " size=5x6", " size=7", NULL };
	const char *act = one_of(activation_words), *use = one_of(bools), *padding = one_of(paddings);
	const int a = below(3) + 1, b = below(2) + 1, many = below(4) ? below(12) + 1 : below(24) + 14;

	switch (below(rank == 3 ? 16 : 7)) {
	case 0: snprintf(s, size, "activation %s", act); break;
	case 1: snprintf(s, size, "batchnorm center=%s scale=%s", use, one_of(bools)); break;
	case 2: snprintf(s, size, "dropout 0.%d", below(10)); break;
	case 3: snprintf(s, size, "flatten"); break;
	case 4: case 5: case 6:
		if (rank == 1) {
			snprintf(s, size, "dense %d activation=%s use_bias=%s", below(5) ? many : 10 * many, act, use);
			break;
		} /* fall through */
	case 7: snprintf(s, size, "conv2d %d kernel=%dx%d strides=%d padding=%s activation=%s use_bias=%s", many, a, below(3) + 1, b,
	                 padding, act, use); break;
	case 8: snprintf(s, size, "conv2d %d padding=same activation=%s", many, act); break;
	case 9: snprintf(s, size, "maxpool2d %d strides=%d padding=%s", a, b, padding); break;
	case 10: snprintf(s, size, "avgpool2d %d strides=%d padding=%s", a, b, padding); break;
	case 11: snprintf(s, size, "spatialdropout2d 0.%d", below(5)); break;
	case 12: snprintf(s, size, "randomflip"); break;
	case 13: snprintf(s, size, "randomtranslation 0.3 fill=%s", one_of(fills)); break;
	case 14: snprintf(s, size, "randomcrop %d%s", b, one_of(crops)); break;
	default: snprintf(s, size, below(3) ? "cutout 3" : below(2) ? "globalmaxpool2d" : "globalavgpool2d"); break;
	}
	return s;
}

/* Lines that fit, one after the other. */
static void
random_text(int number, char *text, size_t size)
{
	static const char *const ends[] = { "", "dense 10 activation=softmax\n", "activation softmax\n",
		"dense 10\nactivation softmax\ndropout 0\n", "dense 6 activation=softmax\ndropout 0.2\n", NULL };
	char line[160];
	struct network m;

	draws = rng_key(3, "network", (uint64_t)number);
	drawn = 0;
	if (below(4))
		snprintf(text, size, "input %dx%dx%d\n", below(9) + 3, below(9) + 3, below(4) + 1);
	else
		snprintf(text, size, "input %d\n", below(3) ? below(100) + 1 : below(400) + 100);
	for (int i = below(LINES + 1), rank = strchr(text, 'x') ? 3 : 1; i >= 0; i--) {
		const size_t used = strlen(text);
		snprintf(text + used, size - used, "%s\n", i ? random_line(line, sizeof line, rank) : one_of(ends));
		if (network_build(&m, text))
			text[used] = 0;
		else
			rank = m.out.n;
		network_free(&m);
	}
}

/* ---- the slow run ---- */

/* Every array of its own size, so that a sanitizer sees who reads beyond. g[i]: the gradient at the input of layer i. */
struct slow {
	struct network *m;
	int n;
	struct pass *pass;
	real **g;
};

static void *
array(size_t n, size_t size)
{
	return xcalloc(n ? n : 1, size);
}

static void
slow_prepare(struct slow *s, struct network *m, int n, bool training)
{
	*s = (struct slow){ .m = m, .n = n, .pass = array((size_t)m->layers, sizeof *s->pass),
		.g = array((size_t)m->layers + 1, sizeof *s->g) };
	for (int i = 0; i < m->layers; i++) {
		const struct layer *l = &m->layer[i];
		struct pass *p = &s->pass[i];
		*p = (struct pass){ .n = n, .pieces = piece_count(n, 0), .training = training, .keeps = true,
			.key = rng_key(KEY, "layer", (uint64_t)i) };
		p->y = array((size_t)n * layer_out(l), sizeof *p->y);
		p->save = array((size_t)n, l->save);
		p->keep = array(l->keep, 1);
		p->partial = array(PIECES * l->partial, sizeof *p->partial);
		p->scratch_size = l->type->scratch ? l->type->scratch(l) : 0;
		if (posix_memalign((void **)&p->scratch, 64, p->scratch_size + 1))
			die(EX_OSERR, "out of memory");
		if (l->type->prepare)
			l->type->prepare(l, p);
	}
}

static void
slow_forward(struct slow *s, const real *x)
{
	for (int i = 0; i < s->m->layers; i++) {
		const struct layer *l = &s->m->layer[i];
		struct pass *p = &s->pass[i];
		p->x = x;
		if (layer_idle(l, p->training))
			continue;
		if (l->type->batch_forward && (p->training || !l->type->forward))
			l->type->batch_forward(l, p);
		if (l->type->forward)
			l->type->forward(l, p);
		x = p->y;
	}
}

/* The output of layer i. */
static const real *
slow_output(const struct slow *s, int i)
{
	while (i > 0 && layer_idle(&s->m->layer[i], s->pass[i].training))
		i--;
	return i ? s->pass[i].y : s->pass[0].x;
}

static real *
copy(const real *x, size_t n)
{
	real *y = array(n, sizeof *y);

	return n ? memcpy(y, x, n * sizeof *y) : y;
}

/* The pieces' gradients are added up in order, as many pieces as the plan says for the layers around. */
static void
slow_pieces(const struct layer *l, struct pass *p)
{
	p->gradient = array((size_t)p->pieces * l->gradient, sizeof *p->gradient);
	for (int k = 0; k < p->pieces; k++) {
		const struct pass piece = layer_piece(l, p, k, 0);
		l->type->backward(l, &piece);
	}
	for (int k = 0; l->gradient && k < p->pieces; k++)
		for (size_t i = 0; i < l->gradient; i++)
			l->param[0].dw[i] = (k ? l->param[0].dw[i] : 0) + p->gradient[(size_t)k * l->gradient + i];
	free(p->gradient);
}

/* From the gradient at the output, or before the softmax. */
static void
slow_backward(struct slow *s, const real *d, int softmax)
{
	const struct network *m = s->m;
	const int last = softmax < 0 ? m->layers - 1 : softmax;

	s->g[last + 1] = copy(d, (size_t)s->n * layer_out(&m->layer[last]));
	for (int i = last; i >= 0; i--) {
		const struct layer *l = &m->layer[i];
		struct pass *p = &s->pass[i];
		if (layer_idle(l, p->training)) {
			s->g[i] = copy(s->g[i + 1], (size_t)s->n * layer_out(l));
			continue;
		}
		p->pieces = piece_count(s->n, m->pass[i].gradients);
		p->from_logits = i == softmax;
		p->dy = copy(s->g[i + 1], (size_t)s->n * layer_out(l));
		p->dx = s->g[i] = array((size_t)s->n * layer_in(l), sizeof *p->dx);
		if (l->type->batch_backward)
			l->type->batch_backward(l, p);
		if (l->type->backward)
			slow_pieces(l, p);
		free(p->dy);
	}
}

static void
slow_free(struct slow *s)
{
	for (int i = 0; i < s->m->layers; i++) {
		free(s->pass[i].y);
		free(s->pass[i].save);
		free(s->pass[i].keep);
		free(s->pass[i].partial);
		free(s->pass[i].scratch);
	}
	for (int i = 0; i <= s->m->layers; i++)
		free(s->g[i]);
	free(s->pass);
	free(s->g);
}

/* ---- the comparison ---- */

/* A network in four plans: the slow run's; for training, with gradients as far as needed; with those of all layers; for
 * evaluation. w: the weights to begin with. */
struct test {
	const char *text;
	int batch;
	struct network slow, training, all, evaluation;
	real *w, *x, *d, *filled;
	size_t in, out;
};

static void
check(const struct test *t, const char *what, int n, int layer, const real *x, const real *y, size_t count)
{
	if (count == 0 || (x && y && !memcmp(x, y, count * sizeof *x)))
		return;
	if (bad++ > 20)
		return;
	printf("%s, %s, %d of at most %d samples, layer %d, %d threads: differs from the slow run\n%s\n", kern->name, what, n,
	       t->batch, layer, par_count(), t->text);
}

static void
fill(real *v, size_t n, const char *purpose)
{
	for (size_t i = 0; i < n; i++)
		v[i] = (real)rng_normal(rng_key(5, purpose, 0), i);
}

static void
plan(struct network *m, const struct test *t, bool all, bool training)
{
	const char *what = network_build(m, t->text);
	if (what)
		die(EX_SOFTWARE, "%s: %s", t->text, what);
	if (all)
		m->first = 0;
	network_plan(m, t->batch, training);
	if (m->arena.used != network_memory(m, t->batch, training)) {
		printf("%s\nplanned %zu bytes, foretold %zu\n", t->text, m->arena.used, network_memory(m, t->batch, training));
		bad++;
	}
}

static int
batch(const struct network *m)
{
	static const int sizes[] = { 300, 130, 66, 65, 64, 61, 48, 33, 25, 17, 16, 9, 7, 6, 5, 3, 1 };
	int64_t work = 1;
	int i = below(14);

	for (int k = 0; k < m->layers; k++)
		work += (int64_t)layer_out(&m->layer[k]) * 4 + (m->layer[k].type->work ? m->layer[k].type->work(&m->layer[k]) : 0);
	while (sizes[i] > 1 && sizes[i] * work > WORK)
		i++;
	return sizes[i];
}

static void
start(struct test *t, const char *text, int most)
{
	struct network m;

	*t = (struct test){ .text = text, .batch = most };
	if (!most && !network_build(&m, text)) {
		t->batch = batch(&m);
		network_free(&m);
	}
	par_threads(5);
	plan(&t->slow, t, true, true);
	plan(&t->training, t, false, true);
	plan(&t->all, t, true, true);
	plan(&t->evaluation, t, false, false);
	network_init(&t->slow, 1);
	t->in = (size_t)shape_count(&t->slow.in, 0);
	t->out = (size_t)shape_count(&t->slow.out, 0);
	t->w = copy(t->slow.w, t->slow.weights);
	for (size_t i = t->slow.trained; i < t->slow.weights; i++)
		t->w[i] = (real)(0.5 + rng_unit(7, i));
	t->x = array((size_t)t->batch * t->in, sizeof *t->x);
	t->filled = array((size_t)t->batch * t->in, sizeof *t->filled);
	t->d = array((size_t)t->batch * t->out, sizeof *t->d);
	fill(t->x, (size_t)t->batch * t->in, "x");
	fill(t->d, (size_t)t->batch * t->out, "d");
}

static void
finish(struct test *t)
{
	network_free(&t->slow);
	network_free(&t->training);
	network_free(&t->all);
	network_free(&t->evaluation);
	free(t->w);
	free(t->x);
	free(t->d);
	free(t->filled);
}

static void
set_weights(struct network *m, const struct test *t)
{
	memcpy(m->w, t->w, m->weights * sizeof *m->w);
}

/* What a run of network_forward_fill reads from. */
struct source {
	const real *x;
	size_t size;
};

static void
fill_from(void *ctx, int first, int n, real *x)
{
	const struct source *s = ctx;

	memcpy(x, s->x + (size_t)first * s->size, (size_t)n * s->size * sizeof *x);
}

static const real *
forward_fill(struct test *t, struct network *m, int n, bool training)
{
	struct source s = { t->x, t->in };

	memset(t->filled, 0, (size_t)t->batch * t->in * sizeof *t->filled);
	return network_forward_fill(m, n, fill_from, &s, t->filled, training, KEY);
}

/* Up to each layer; k chooses the threads. */
static void
check_forward(const struct test *t, const struct slow *s, struct network *m, int n, int k, const char *what)
{
	for (int last = 0; last < m->layers; last++) {
		par_threads(threads[(k + last) % THREADS]);
		check(t, what, n, last, network_forward(m, n, t->x, false, KEY, last), slow_output(s, last),
		      (size_t)n * layer_out(&m->layer[last]));
	}
}

static const real *
slow_logits(const struct slow *s)
{
	const int i = s->m->logits;

	return i < 0 ? NULL : s->m->layer[i].save ? s->pass[i].save : s->pass[i].x;
}

static void
check_evaluation(struct test *t, const struct slow *s, int n)
{
	struct network *const m[] = { &t->evaluation, &t->training, &t->all };
	const int end = t->slow.layers - 1;
	const size_t out = t->out, numbers = (size_t)n * out;

	for (int i = 0; i < 3; i++) {
		check_forward(t, s, m[i], n, i + n, i ? "evaluation planned for training" : "evaluation");
		for (int k = 0; k < THREADS; k++) {
			par_threads(threads[k]);
			const bool fills = (k + i) % 2;
			const real *y = fills ? forward_fill(t, m[i], n, false) : network_forward(m[i], n, t->x, false, KEY, -1);
			check(t, fills ? "evaluation, filled" : "evaluation, threads", n, end, y, slow_output(s, end), numbers);
			check(t, "logits", n, end, network_logits(m[i]), slow_logits(s), m[i]->logits < 0 ? 0 : numbers);
		}
	}
	for (int i = 0; i < n; i += n / 5 + 1)
		check(t, "a sample alone", n, end, network_forward(&t->evaluation, 1, t->x + (size_t)i * t->in, false, KEY, -1),
		      slow_output(s, end) + (size_t)i * out, out);
}

/* The last layer that is not idle, if it takes a softmax. */
static int
softmax(const struct network *m, bool training)
{
	int i = m->layers - 1;

	while (i > 0 && layer_idle(&m->layer[i], training))
		i--;
	return m->layer[i].act == ACTS ? i : -1;
}

/* The gradient in evaluation at every layer, and the outputs. */
static void
check_gradient(struct test *t, struct slow *s, int n)
{
	const int end = softmax(&t->slow, false);
	struct network *m = &t->all;

	slow_backward(s, t->d, end);
	for (int layer = 0; layer + 1 < m->layers && (end < 0 || layer < end); layer++) {
		const size_t numbers = (size_t)n * layer_out(&m->layer[layer]);
		par_threads(threads[layer % THREADS]);
		network_forward(m, n, t->x, false, KEY, -1);
		check(t, "output", n, layer, network_output(m, layer), slow_output(s, layer), numbers);
		for (int k = 0; k < 2; k++) {
			real *d = copy(t->d, (size_t)n * t->out);
			par_threads(threads[(layer + k) % THREADS]);
			if (k)
				network_forward(m, n, t->x, false, KEY, -1);
			check(t, "gradient in evaluation", n, layer, network_gradient(m, n, d, layer), s->g[layer + 1], numbers);
			free(d);
		}
	}
}

/* Gradient of the input: the dx of the first layer that does something. */
static const real *
input_gradient(const struct network *m)
{
	int i = 1;

	while (i < m->layers && layer_idle(&m->layer[i], true))
		i++;
	return i < m->layers ? m->pass[i].dx : NULL;
}

static void
check_training(struct test *t, int n, bool from_logits)
{
	struct network *const m[] = { &t->training, &t->all };
	const size_t numbers = (size_t)n * t->out;
	struct slow s;

	par_threads(1);
	set_weights(&t->slow, t);
	slow_prepare(&s, &t->slow, n, true);
	slow_forward(&s, t->x);
	slow_backward(&s, t->d, from_logits ? t->slow.logits : -1);
	for (int i = 0; i < 2 * THREADS; i++) {
		struct network *const f = m[i % 2];
		real *d = copy(t->d, numbers);
		par_threads(threads[i / 2]);
		set_weights(f, t);
		const real *y = i % 3 ? network_forward(f, n, t->x, true, KEY, -1) : forward_fill(t, f, n, true);
		check(t, "training", n, f->layers - 1, y, slow_output(&s, f->layers - 1), numbers);
		check(t, "training, averages", n, -1, f->w, t->slow.w, f->weights);
		fill(f->dw, f->trained < 1000 ? f->trained : 1000, "not a gradient");
		network_backward(f, n, d, from_logits);
		check(t, "training, gradients of the weights", n, f->first, f->dw, t->slow.dw, f->trained);
		if (i % 2 && input_gradient(f))
			check(t, "training, gradient of the input", n, 0, input_gradient(f), s.g[0], (size_t)n * t->in);
		free(d);
	}
	slow_free(&s);
}

static void
check_network(const char *text, int most)
{
	struct test t;
	struct slow s;

	start(&t, text, most);
	/* 4 of at most 5 samples are a piece, 5 are two */
	const int sizes[] = { t.batch, t.batch > 4 ? (t.batch - 1) / 4 * 4 : 1, below(t.batch) + 1 };
	for (int i = 0; i < 3; i++) {
		const int n = sizes[i];
		set_weights(&t.training, &t);
		set_weights(&t.all, &t);
		set_weights(&t.evaluation, &t);
		set_weights(&t.slow, &t);
		par_threads(1);
		slow_prepare(&s, &t.slow, n, false);
		slow_forward(&s, t.x);
		check_evaluation(&t, &s, n);
		check_gradient(&t, &s, n);
		slow_free(&s);
		check_training(&t, n, false);
		if (t.slow.logits >= 0)
			check_training(&t, n, true);
	}
	finish(&t);
}

/* The pieces are all of the batch, none is empty, and no more come of more gradients. */
static void
check_pieces(int n, size_t gradient)
{
	const int pieces = piece_count(n, gradient);
	int end = 0;

	for (int k = 0; k < pieces; k++) {
		int i0, i1;
		piece_range(n, pieces, k, &i0, &i1);
		if (i0 != end || i1 <= i0) {
			printf("%d samples, %zu gradients: piece %d of %d goes from %d to %d\n", n, gradient, k, pieces, i0, i1);
			bad++;
		}
		end = i1;
	}
	if (end != n || pieces > PIECES || pieces > piece_count(n, gradient / 2)) {
		printf("%d samples, %zu gradients: %d pieces end at %d\n", n, gradient, pieces, end);
		bad++;
	}
}

int
main(int argc, char **argv)
{
	const int first = argc > 1 ? atoi(argv[1]) : -CHOSEN, count = argc > 2 ? atoi(argv[2]) : argc > 1 ? 1 : RANDOM + CHOSEN;
	char text[4096];
	int sets = 0;

	program = "stretches";
	for (int n = 1; n <= 130; n++)
		for (size_t gradient = 1; gradient < (size_t)1 << 31; gradient *= 2)
			check_pieces(n, gradient + (size_t)n % 2);
	while (kern_list(sets))
		sets++;
	for (int i = first; i < first + count; i++) {
		/* the chosen ones with the fastest kernels, the others with all in turn */
		kern_select(kern_list(i < 0 ? sets - 1 : i % sets)->name);
		if (i >= 0)
			random_text(i, text, sizeof text);
		else
			draws = drawn = 0;
		if (argc > 1)
			printf("%d: %s\n", i, i < 0 ? chosen[-i - 1].text : text);
		check_network(i < 0 ? chosen[-i - 1].text : text, i < 0 ? chosen[-i - 1].n : 0);
	}
	return bad > 0;
}
