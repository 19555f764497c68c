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
#include "net/fusion.h"
#include "net/run.h"

enum { RANDOM = 32, LINES = 9, KEY = 11, THREADS = 4, WORKERS = 5, WORK = 3000000 };

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
	/* branches: a value read twice, by several layers, by one layer twice; merged over vectors, and spread over pixels */
	{ 33, "input 6x6x3\nconv2d 5 padding=same\nbatchnorm\nactivation relu name=a\nconv2d 5 padding=same\nbatchnorm name=b\n"
	      "add from=a,b\nactivation relu\nglobalavgpool2d\ndense 4 activation=softmax" },
	{ 17, "input 6x6x3\nactivation tanh name=a\nadd from=a,a\nmultiply from=add,a\nconv2d 4 padding=same activation=gelu name=c\n"
	      "concatenate from=a,c,a\nmaximum from=concatenate,concatenate\nconv2d 4 padding=same\nsubtract from=c,conv2d\n"
	      "average from=subtract,c,c" },
	{ 40, "input 8x8x3\nconv2d 6 padding=same activation=relu name=a\nglobalavgpool2d\ndense 6 activation=sigmoid\n"
	      "reshape 1x1x6 name=s\nmultiply from=a,s\nmaximum from=s,multiply\nadd from=multiply,maximum,a,s\nmaxpool2d" },
	{ 21, "input 7\ndense 5 name=a activation=relu\ndense 5 from=a name=b\ndense 5 from=a trainable=false\nadd from=dense,b,a\n"
	      "dropout 0.3 name=d\nbatchnorm trainable=false\nconcatenate from=batch_normalization,d,a\nbatchnorm\ndense 3 trainable=false\n"
	      "activation softmax" },
	{ 29, "input 5x5x2\nrandomflip\ndropout 0.2 name=d\nconv2d 2 padding=same trainable=false\nadd from=conv2d,d\n"
	      "activation elu name=e\nconv2d 4 padding=same activation=relu\nmaxpool2d 5\nflatten name=f\nflatten from=e name=g\n"
	      "concatenate from=g,f\ndropout 0.5" },
	/* images of other shapes, and trained parameters that no kernel sums up */
	{ 33, "input 5x4x3\nrescaling 2 offset=1\nprelu name=a\nzeropadding2d\nupsampling2d\npermute 2x1x3\nprelu shared=true\n"
	      "maxpool2d\nconv2d 3 padding=same activation=gelu\ngaussiannoise 0.5\nprelu name=b\nprelu shared=true from=conv2d\n"
	      "add from=p_re_lu_1,b\nupsampling2d interpolation=bilinear\nflatten\ndense 5\nprelu" },
	{ 33, "input 5x4x3\nlayernorm name=a\nconv2d 8 padding=same activation=gelu\ngroupnorm 4 name=b\nconv2d 8 kernel=1 from=a\n"
	      "layernorm trainable=false\nadd from=b,layer_normalization\ngroupnorm -1\nglobalavgpool2d\nlayernorm\ndense 4 activation=softmax" },
	/* the gradient of the input is a sum, and nothing else happens in its stretch */
	{ 40, "input 30\ndense 20\nconcatenate from=input_layer,dense\nactivation tanh" },
	/* convolutions that go in parts, and through a value of their own, with pools after them */
	{ 21, "input 9x8x4\nconv2d 6 groups=2 activation=relu padding=same\nmaxpool2d\nconv2d 6 dilation=2 padding=same\nmaxpool2d" },
	{ 33, "input 8x8x3\nseparableconv2d 5 activation=gelu depth_multiplier=2\nbatchnorm\ndepthwiseconv2d padding=same activation=relu6 name=a\n"
	      "separableconv2d 5 padding=same trainable=false\nadd from=a,separable_conv2d_1\nseparableconv2d 4 kernel=4 activation=softmax\n"
	      "flatten" },
	{ 9, "input 6x6x2\nseparableconv2d 4 kernel=6 activation=softmax" },
	/* relu and pool change places: after a convolution, as a layer, where windows overlap or leave a remainder */
	{ 33, "input 9x9x3\nconv2d 5 activation=relu padding=same\nconv2d 6 activation=relu\nmaxpool2d 3 strides=2\nbatchnorm\n"
	      "activation relu\nmaxpool2d\nbatchnorm\nactivation relu name=a\nmaxpool2d 1 name=m\nadd from=a,m\nflatten\ndense 4 activation=softmax" },
	/* batchnorm, a sum and relu: the other summand made before and after, added on either side, with a gradient and without one, read by
	 * others, and itself a batchnorm; the input of the normalization itself; one of 1 x 1 x C, which is no such sum; much for a piece */
	{ 33, "input 9x9x3\nconv2d 5 padding=same name=a\nbatchnorm name=b\nactivation tanh from=a name=c\nadd from=b,c\nactivation relu name=d\n"
	      "conv2d 5 padding=same\nbatchnorm trainable=false name=e\nconv2d 5 kernel=1 from=d\nbatchnorm name=f\nadd from=f,e\n"
	      "activation relu\nconv2d 5 padding=same trainable=false\nbatchnorm trainable=false name=g\nadd from=d,g\nactivation relu\nflatten\ndense 3" },
	{ 40, "input 9x9x3\nbatchnorm name=a\nadd from=input_layer,a\nactivation relu name=b\nconv2d 3 padding=same name=c\nbatchnorm name=d\n"
	      "add from=d,c\nactivation relu name=e\nglobalavgpool2d\nreshape 1x1x3 name=f\nbatchnorm from=e name=g\nadd from=f,g\nactivation relu\n"
	      "maxpool2d\nbatchnorm\nactivation relu\nflatten" },
	/* batchnorm with activations whose gradient needs what goes in, and what comes out */
	{ 33, "input 6x6x3\nconv2d 5 padding=same\nbatchnorm\nactivation gelu\nconv2d 40\nbatchnorm\nactivation tanh\nconv2d 3\nbatchnorm\n"
	      "activation leakyrelu:0.1\nflatten\ndense 4" },
	/* and with a pool after it: windows that leave a remainder; one that nothing trains, and whose gradient is asked for; read by others */
	{ 33, "input 8x16x3\nconv2d 8 padding=same\nbatchnorm\nactivation relu\nmaxpool2d\nconv2d 8 padding=same\nbatchnorm\nactivation gelu\n"
	      "maxpool2d\nflatten\ndense 4" },
	{ 17, "input 12x32x2\nconv2d 16 padding=same\nbatchnorm\nactivation tanh\nmaxpool2d 5x3\nflatten\ndense 4" },
	{ 17, "input 8x32x3\nconv2d 8 padding=same\nbatchnorm\nactivation relu\ndropout 0.3\nmaxpool2d\nflatten\ndense 4" },
	{ 17, "input 8x32x3\nconv2d 8 padding=same\nbatchnorm\nactivation gelu\nmaxpool2d\nbatchnorm\nactivation tanh\nmaxpool2d" },
	{ 17, "input 16x16x8\nbatchnorm trainable=false\nactivation elu\nmaxpool2d" },
	{ 17, "input 16x16x8\nbatchnorm center=false\nactivation linear name=a\nmaxpool2d\nglobalavgpool2d\nglobalavgpool2d from=a name=b\n"
	      "add from=global_average_pooling2d,b" },
	/* what lies between a convolution and its pool; images that are mirrored and moved */
	{ 21, "input 8x32x3\nconv2d 8 padding=same activation=gelu\ndropout 0.3\nmaxpool2d\nflatten\ndense 4" },
	{ 9, "input 6x32x1\nconv2d 8 padding=same activation=relu\ndropout 0.5\nmaxpool2d" },
	{ 9, "input 7x7x3\nrandomflip\nrandomtranslation 0.4 fill=constant\nrandomtranslation 0.4 fill=mirror\n"
	     "conv2d 5 padding=same activation=tanh\ndropout 0.3\nmaxpool2d 2x3" },
	/* convolutions of which the pool after them, perhaps over a relu, does not see all */
	{ 21, "input 8x9x6\nconv2d 5 kernel=5 padding=same use_bias=false\nmaxpool2d 2x3\nbatchnorm\nactivation gelu\nconv2d 4 activation=relu kernel=4 padding=same use_bias=false\navgpool2d" },
	{ 21, "input 7x9x15\nconv2d 5 padding=same activation=relu use_bias=false\nmaxpool2d 5x2\nflatten\ndense 3" },
	{ 21, "input 7x9x15\nconv2d 15 padding=same activation=relu use_bias=false\navgpool2d name=a\nconv2d 4 padding=same name=b\nmaxpool2d\nmaxpool2d from=b name=c\nadd from=c,max_pooling2d" },
};
enum { CHOSEN = sizeof chosen / sizeof *chosen };

/* Gradients that fill the caches: pieces go in eight rounds of 16, in two of 8; and that fill more: in two of 8. */
static const struct rounds {
	int n, workers;
	const char *text;
} rounds[] = {
	{ 4200, 2, "input 1x1x131\nconv2d 130 kernel=1 activation=relu use_bias=false\nbatchnorm\nglobalavgpool2d" },
	{ 64, 1, "input 1x1x301\nconv2d 260 kernel=1 activation=gelu\nconv2d 260 kernel=1\nconv2d 12 kernel=1 padding=same\nflatten" },
	{ 35, 2, "input 1x1x600\nconv2d 900 kernel=1 activation=gelu\ndropout 0.1\nconv2d 600 kernel=1\nflatten\n"
	         "dense 10 activation=softmax" },
};
enum { ROUNDS = sizeof rounds / sizeof *rounds };

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

	switch (below(rank == 3 ? 20 : 7)) {
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
	case 15: snprintf(s, size, "conv2d %d kernel=%d groups=%d strides=%d padding=%s activation=%s", 2 * many, a, 2, b, padding, act); break;
	case 16: snprintf(s, size, "conv2d %d kernel=%dx%d dilation=%d padding=%s use_bias=%s", many, a, below(3) + 1, b + 1, padding, use); break;
	case 17: snprintf(s, size, "depthwiseconv2d %dx%d strides=%d padding=%s depth_multiplier=%d activation=%s use_bias=%s", a,
	                  below(3) + 1, b, padding, below(2) + 1, act, use); break;
	case 18: snprintf(s, size, "separableconv2d %d kernel=%d strides=%d padding=%s activation=%s use_bias=%s", many, a, b, padding, act,
	                  use); break;
	default: snprintf(s, size, below(3) ? "cutout 3" : below(2) ? "globalmaxpool2d" : "globalavgpool2d"); break;
	}
	return s;
}

/* Lines that need no numbers drawn; where they do not fit, they are left out. */
static const char *const lines[] = { "rescaling 0.5 offset=-0.25", "permute 2x3x1", "permute 3x2x1", "zeropadding2d 1x0 after=0x2",
	"randomrotation 0.3", "randomrotation 0.1 fill=constant interpolation=nearest", "randomzoom 0.4", "randomzoom 0:0.5 width=0.3 fill=wrap",
	"randomerasing", "randomerasing scale=0.3:0.8 fill_value=0.5", "randombrightness 0.3", "randombrightness 0.3 value_range=-0.5:1", "randomcontrast 0.5", "randomcontrast 0.1:0.9 value_range=-1:1",
	"upsampling2d 2x1", "upsampling2d 1x3 interpolation=bilinear", "prelu", "prelu shared=true alpha_initializer=constant:0.2",
	"prelu trainable=false", "normalization", "layernorm", "layernorm center=false", "groupnorm 1", "groupnorm -1 scale=false", "groupnorm 2 trainable=false",
	"gaussiannoise 0.3", NULL };

/* What was made so far, merged with an earlier layer; whether their shapes fit is seen when it is built. */
static const char *
random_merge(char *s, size_t size, const struct network *m)
{
	static const char *const merges[] = { "add", "concatenate", "multiply", "maximum", "subtract", "average", NULL };
	const int last = m->layers - 1, earlier = below(m->layers);
	const bool first = below(2);

	snprintf(s, size, "%s from=%s,%s", one_of(merges), m->layer[first ? last : earlier].name,
	         m->layer[first ? earlier : last].name);
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
		network_build(&m, text);
		const char *next = !i ? one_of(ends) : !below(3) ? random_merge(line, sizeof line, &m) : !below(4) ? one_of(lines) :
		                   random_line(line, sizeof line, rank);
		network_free(&m);
		snprintf(text + used, size - used, "%s\n", next);
		if (network_build(&m, text))
			text[used] = 0;
		else
			rank = m.out.n;
		network_free(&m);
	}
}

/* ---- the slow run ---- */

/* Every array of its own size, so that a sanitizer sees a read beyond it. y[i], g[i]: the output of layer i, and the gradient
 * there; g NULL where none came. */
struct slow {
	const struct network *m;
	real *w, *dw;
	int n;
	bool training;
	struct pass *pass;
	real **y, **g;
};

static void *
array(size_t n, size_t size)
{
	return xcalloc(n ? n : 1, size);
}

static int
number(const struct network *m, const struct layer *l)
{
	return (int)(l - m->layer);
}

static void
slow_prepare(struct slow *s, const struct network *m, real *w, real *dw, int n, bool training)
{
	*s = (struct slow){ .m = m, .w = w, .dw = dw, .n = n, .training = training,
		.pass = array((size_t)m->layers, sizeof *s->pass), .y = array((size_t)m->layers, sizeof *s->y),
		.g = array((size_t)m->layers, sizeof *s->g) };
	for (int i = 0; i < m->layers; i++) {
		const struct layer *l = &m->layer[i];
		struct pass *p = &s->pass[i];
		*p = (struct pass){ .n = n, .pieces = piece_count(n), .training = training && !l->inference, .keeps = true,
			.key = rng_key(KEY, "layer", (uint64_t)i), .w = w, .dw = training ? dw : NULL };
		s->y[i] = p->y = array((size_t)n * layer_out(l), sizeof *p->y);
		p->xs = array((size_t)l->inputs, sizeof *p->xs);
		p->dxs = array((size_t)l->inputs, sizeof *p->dxs);
		p->save = array((size_t)n, l->save_size);
		p->keep = array(l->keep_size, 1);
		p->partial = array((size_t)p->pieces * l->partial, sizeof *p->partial);
		p->scratch_size = l->type->scratch_size ? l->type->scratch_size(l) : 0;
		if (posix_memalign((void **)&p->scratch, 64, p->scratch_size + 1))
			die(EX_OSERR, "out of memory");
		if (l->type->prepare)
			l->type->prepare(l, p);
	}
}

/* A layer that is passed over copies. */
static void
slow_forward(struct slow *s, const real *x)
{
	memcpy(s->y[0], x, (size_t)s->n * layer_out(&s->m->layer[0]) * sizeof *x);
	for (int i = 1; i < s->m->layers; i++) {
		const struct layer *l = &s->m->layer[i];
		struct pass *p = &s->pass[i];
		for (int k = 0; k < l->inputs; k++)
			p->xs[k] = s->y[number(s->m, l->input[k])];
		p->x = p->xs[0];
		if (layer_idle(l, s->training)) {
			memcpy(p->y, p->x, (size_t)s->n * layer_out(l) * sizeof *p->y);
			continue;
		}
		if (layer_whole(l, s->training) && l->type->piece_sums)
			layer_pieces(l, p, l->type->piece_sums);
		if (layer_whole(l, s->training))
			l->type->batch_forward(l, p);
		if (l->type->forward)
			l->type->forward(l, p);
	}
}

static real *
copy(const real *x, size_t n)
{
	real *y = array(n, sizeof *y);

	return n ? memcpy(y, x, n * sizeof *y) : y;
}

/* Number i of the pieces' gradients: a tree, whose halves are summed up by themselves. */
static real
slow_sum(const real *all, size_t gradient, int pieces, size_t i)
{
	const size_t half = (size_t)(pieces / 2);

	return pieces == 1 ? all[i] : slow_sum(all, gradient, pieces / 2, i) + slow_sum(all + half * gradient, gradient, pieces / 2, i);
}

static void
slow_pieces(const struct slow *s, const struct layer *l, struct pass *p)
{
	const size_t gradient = s->training ? l->gradient : 0;
	real *const all = array((size_t)p->pieces * gradient, sizeof *all);

	for (int k = 0; k < p->pieces && !l->type->merges; k++) {
		struct pass piece = layer_piece(l, p, k, 0);
		piece.gradient = gradient ? all + (size_t)k * gradient : NULL;
		if (piece.dx || layer_trained(l))
			l->type->backward(l, &piece);
	}
	if (l->type->merges)
		l->type->backward(l, p);
	for (size_t i = 0; i < gradient; i++)
		layer_dw(l, p, 0)[i] = slow_sum(all, gradient, p->pieces, i);
	free(all);
}

/* x += d, or a copy where nothing came before. */
static void
take(real **x, const real *d, size_t n)
{
	if (*x)
		kern->add(n, d, *x);
	else
		*x = copy(d, n);
}

static void
slow_layer_back(struct slow *s, const struct layer *l, struct pass *p, real *g)
{
	const bool none[INPUTS_MAX] = { false };

	for (int k = 0; k < l->inputs; k++)
		p->dxs[k] = array((size_t)s->n * layer_out(l->input[k]), sizeof(real));
	p->adds = none;
	p->dx = l->inputs ? p->dxs[0] : NULL;
	p->dy = copy(g, (size_t)s->n * layer_out(l));
	if (l->type->piece_dsums)
		layer_pieces(l, p, l->type->piece_dsums);
	if (l->type->batch_backward)
		l->type->batch_backward(l, p);
	if (l->type->backward)
		slow_pieces(s, l, p);
	free(p->dy);
}

/* A gradient that comes to layer i. Layers that are passed over hand it on at once: what reads them reads what they read. */
static void
slow_take(struct slow *s, int i, const real *d)
{
	const struct layer *l = &s->m->layer[i];

	take(&s->g[i], d, (size_t)s->n * layer_out(l));
	if (layer_idle(l, s->training))
		slow_take(s, number(s->m, l->input[0]), d);
}

/* From the gradient at the output, or before the softmax. */
static void
slow_backward(struct slow *s, const real *d, int softmax)
{
	const struct network *m = s->m;
	const int last = softmax < 0 ? m->layers - 1 : softmax;

	slow_take(s, last, d);
	for (int i = last; i > 0; i--) {
		const struct layer *l = &m->layer[i];
		struct pass *p = &s->pass[i];
		p->from_logits = i == softmax;
		if (!s->g[i] || layer_idle(l, s->training))
			continue; /* after the last softmax there is no gradient */
		slow_layer_back(s, l, p, s->g[i]);
		for (int k = 0; k < l->inputs; k++) {
			slow_take(s, number(m, l->input[k]), p->dxs[k]);
			free(p->dxs[k]);
		}
	}
}

static void
slow_free(struct slow *s)
{
	for (int i = 0; i < s->m->layers; i++) {
		free(s->pass[i].xs);
		free(s->pass[i].dxs);
		free(s->pass[i].save);
		free(s->pass[i].keep);
		free(s->pass[i].partial);
		free(s->pass[i].scratch);
		free(s->y[i]);
		free(s->g[i]);
	}
	free(s->pass);
	free(s->y);
	free(s->g);
}

/* ---- the comparison ---- */

/* A network in three plans: for training, with gradients as far as needed; with that of the input, too; for evaluation. */
struct test {
	const char *text;
	int batch, workers;
	struct network m;
	real *initial, *w, *slow_w, *slow_dw, *x, *d, *filled;
	struct plan training, all, evaluation;
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
plan(struct plan *p, const struct test *t, struct want want)
{
	par_threads(t->workers);
	plan_make(p, &t->m, t->w, want);
	if (p->arena.used != plan_memory(&t->m, want)) {
		printf("%s\nplanned %zu bytes, foretold %zu\n", t->text, p->arena.used, plan_memory(&t->m, want));
		bad++;
	}
}

/* As many as threads[k], or as the plans have workers. */
static void
use_threads(const struct test *t, int k)
{
	par_threads(threads[k] < t->workers ? threads[k] : t->workers);
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

static struct want
want_all(int n)
{
	struct want want = want_training(n);

	want.gradient = 0;
	return want;
}

static void
start(struct test *t, const char *text, int most, int workers)
{
	*t = (struct test){ .text = text, .workers = workers };
	const char *what = network_build(&t->m, text);
	if (what)
		die(EX_SOFTWARE, "%s: %s", text, what);
	t->batch = most ? most : batch(&t->m);
	t->initial = network_weights(&t->m);
	t->w = network_weights(&t->m);
	t->slow_w = network_weights(&t->m);
	t->slow_dw = array(t->m.trained, sizeof *t->slow_dw);
	network_init(&t->m, t->initial, 1);
	for (size_t i = t->m.trained; i < t->m.weights; i++)
		t->initial[i] = (real)(0.5 + rng_unit(7, i));
	plan(&t->training, t, want_training(t->batch));
	plan(&t->all, t, want_all(t->batch));
	plan(&t->evaluation, t, want_evaluation(t->batch));
	t->in = (size_t)shape_count(&t->m.in, 0);
	t->out = (size_t)shape_count(&t->m.out, 0);
	t->x = array((size_t)t->batch * t->in, sizeof *t->x);
	t->filled = array((size_t)t->batch * t->in, sizeof *t->filled);
	t->d = array((size_t)t->batch * t->out, sizeof *t->d);
	fill(t->x, (size_t)t->batch * t->in, "x");
	fill(t->d, (size_t)t->batch * t->out, "d");
}

static void
finish(struct test *t)
{
	plan_free(&t->training);
	plan_free(&t->all);
	plan_free(&t->evaluation);
	network_free(&t->m);
	free(t->initial);
	free(t->w);
	free(t->slow_w);
	free(t->slow_dw);
	free(t->x);
	free(t->d);
	free(t->filled);
}

static void
set_weights(struct test *t)
{
	memcpy(t->w, t->initial, t->m.weights * sizeof *t->w);
	memcpy(t->slow_w, t->initial, t->m.weights * sizeof *t->w);
}

/* What a run_forward_fill reads from. */
struct value_source {
	const real *x;
	size_t size;
};

static void
fill_from(void *ctx, int first, int n, real *x)
{
	const struct value_source *s = ctx;

	memcpy(x, s->x + (size_t)first * s->size, (size_t)n * s->size * sizeof *x);
}

static const real *
forward_fill(struct test *t, struct plan *p, int n, bool training)
{
	struct value_source s = { t->x, t->in };

	memset(t->filled, 0, (size_t)t->batch * t->in * sizeof *t->filled);
	return run_forward_fill(p, n, fill_from, &s, t->filled, training, KEY);
}

/* Up to each layer; k chooses the threads. */
static void
check_forward(struct test *t, const struct slow *s, int n, int k)
{
	for (int last = 0; last < t->m.layers; last++) {
		struct plan p;
		plan(&p, t, (struct want){ .batch = t->batch, .last = last, .gradient = -1 });
		use_threads(t, (k + last) % THREADS);
		check(t, "evaluation", n, last, run_forward(&p, n, t->x, false, KEY), s->y[last], (size_t)n * layer_out(&t->m.layer[last]));
		plan_free(&p);
	}
}

static const real *
slow_logits(const struct slow *s)
{
	const int i = network_softmax(s->m, s->training);

	return i < 0 ? NULL : s->m->layer[i].save_size ? s->pass[i].save : s->y[number(s->m, s->m->layer[i].input[0])];
}

static void
check_evaluation(struct test *t, const struct slow *s, int n)
{
	struct plan *const plans[] = { &t->evaluation, &t->training, &t->all };
	const int end = t->m.layers - 1;
	const size_t out = t->out, numbers = (size_t)n * out;

	check_forward(t, s, n, n);
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < THREADS; k++) {
			use_threads(t, k);
			const bool fills = (k + i) % 2;
			const real *y = fills ? forward_fill(t, plans[i], n, false) : run_forward(plans[i], n, t->x, false, KEY);
			check(t, fills ? "evaluation, filled" : "evaluation, threads", n, end, y, s->y[end], numbers);
			check(t, "logits", n, end, run_logits(plans[i]), slow_logits(s), slow_logits(s) ? numbers : 0);
		}
	for (int i = 0; i < n; i += n / 5 + 1)
		check(t, "a sample alone", n, end, run_forward(&t->evaluation, 1, t->x + (size_t)i * t->in, false, KEY),
		      s->y[end] + (size_t)i * out, out);
}

/* The gradient in evaluation at every layer, and the outputs. */
static void
check_gradient(struct test *t, struct slow *s, int n)
{
	const int end = network_softmax(&t->m, false);

	slow_backward(s, t->d, end);
	for (int layer = 0; layer + 1 < t->m.layers && (end < 0 || layer < end); layer++) {
		const size_t numbers = (size_t)n * layer_out(&t->m.layer[layer]);
		struct plan p;
		plan(&p, t, (struct want){ .batch = t->batch, .last = -1, .gradient = layer });
		for (int k = 0; k < 2; k++) {
			real *d = copy(t->d, (size_t)n * t->out);
			use_threads(t, (layer + k) % THREADS);
			run_forward(&p, n, t->x, false, KEY);
			run_backward(&p, d, end >= 0);
			check(t, "output", n, layer, run_output(&p), s->y[layer], numbers);
			check(t, "gradient in evaluation", n, layer, run_gradient(&p), s->g[layer], numbers);
			free(d);
		}
		plan_free(&p);
	}
}

static void
check_training(struct test *t, int n, bool from_logits)
{
	struct plan *const plans[] = { &t->training, &t->all };
	const size_t numbers = (size_t)n * t->out;
	const int end = t->m.layers - 1;
	struct slow s;

	par_threads(1);
	set_weights(t);
	slow_prepare(&s, &t->m, t->slow_w, t->slow_dw, n, true);
	slow_forward(&s, t->x);
	slow_backward(&s, t->d, from_logits ? network_softmax(&t->m, true) : -1);
	for (int i = 0; i < 2 * THREADS; i++) {
		struct plan *const p = plans[i % 2];
		real *d = copy(t->d, numbers);
		use_threads(t, i / 2);
		memcpy(t->w, t->initial, t->m.weights * sizeof *t->w);
		const real *y = i % 3 ? run_forward(p, n, t->x, true, KEY) : forward_fill(t, p, n, true);
		check(t, "training", n, end, y, s.y[end], numbers);
		check(t, "training, averages", n, -1, t->w, t->slow_w, t->m.weights);
		fill(p->dw, t->m.trained < 1000 ? t->m.trained : 1000, "not a gradient");
		run_backward(p, d, from_logits);
		check(t, "training, gradients of the weights", n, -1, p->dw, t->slow_dw, t->m.trained);
		if (i % 2)
			check(t, "training, gradient of the input", n, 0, run_gradient(p), s.g[0], (size_t)n * t->in);
		free(d);
	}
	slow_free(&s);
}

/* Is a convolution cut whose sums are rounded otherwise then: those of Winograd's tiles, and of a bias? gradients.c and network.c look at these. */
static bool
cut_moves_bits(const struct network *m)
{
	for (int i = 1; i < m->layers; i++)
		for (int k = i + 1; k < m->layers; k++)
			if (m->layer[k].inputs && m->layer[k].input[0] == &m->layer[i] && fuse_cut(&m->layer[i], &m->layer[k]) &&
			    (m->layer[i].params > 1 || kern->conv_points_size(&m->layer[i].conv, false)))
				return true;
	return false;
}

static void
check_network(const char *text, int most, int workers)
{
	struct test t;
	struct slow s;

	start(&t, text, most, workers);
	if (!most && cut_moves_bits(&t.m)) { /* the chosen ones are there to be compared */
		finish(&t);
		return;
	}
	/* 4 of at most 5 samples are a piece, 5 are two */
	const int sizes[] = { t.batch, t.batch > 4 ? (t.batch - 1) / 4 * 4 : 1, below(t.batch) + 1 };
	for (int i = 0; i < 3; i++) {
		const int n = sizes[i];
		set_weights(&t);
		par_threads(1);
		slow_prepare(&s, &t.m, t.slow_w, t.slow_dw, n, false);
		slow_forward(&s, t.x);
		check_evaluation(&t, &s, n);
		check_gradient(&t, &s, n);
		slow_free(&s);
		check_training(&t, n, false);
		if (network_softmax(&t.m, true) >= 0)
			check_training(&t, n, true);
	}
	finish(&t);
}

/* The pieces are all of the batch, a power of two of them, and none is empty. */
static void
check_pieces(int n)
{
	const int pieces = piece_count(n);
	int end = 0;

	for (int k = 0; k < pieces; k++) {
		int i0, i1;
		piece_range(n, pieces, k, &i0, &i1);
		if (i0 != end || i1 <= i0) {
			printf("%d samples: piece %d of %d goes from %d to %d\n", n, k, pieces, i0, i1);
			bad++;
		}
		end = i1;
	}
	if (end != n || pieces > PIECES || pieces & (pieces - 1)) {
		printf("%d samples: %d pieces end at %d\n", n, pieces, end);
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
		check_pieces(n);
	/* the bytes of models depend on it */
	static const int batch[] = { 4, 5, 32, 33, 1024, 1025, 4096, 16385, 65536 }, pieces[] = { 1, 2, 8, 16, 16, 32, 64, 256, 256 };
	for (size_t i = 0; i < sizeof batch / sizeof *batch; i++) {
		check_pieces(batch[i]);
		if (piece_count(batch[i]) != pieces[i]) {
			printf("%d samples: %d pieces, not %d\n", batch[i], piece_count(batch[i]), pieces[i]);
			bad++;
		}
	}
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
		check_network(i < 0 ? chosen[-i - 1].text : text, i < 0 ? chosen[-i - 1].n : 0, WORKERS);
	}
	kern_select(kern_list(sets - 1)->name);
	for (int i = 0; i < ROUNDS && argc == 1; i++)
		check_network(rounds[i].text, rounds[i].n, rounds[i].workers);
	return bad > 0;
}
