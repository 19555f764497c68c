/* Steps that hand on large values run over a few samples of a piece at a time. That changes no bit: against the same plans with whole
 * pieces, in training and evaluation, by 1 and 2 threads, with the network and the sizes at which pieces are divided, and are not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/par.h"
#include "base/rng.h"
#include "net/run.h"

enum { BATCH = 102, CLASSES = 3, KEY = 5 };

/* 72x72 pixels of 16 channels take 324 KB, so three of them are a part, and pieces of six are divided. */
static const char net[] = "input 72x72x1\nconv2d 16 kernel=1 activation=gelu name=a\nconv2d 16 padding=same name=b\nmaxpool2d\n"
	"batchnorm\nactivation gelu name=c\nconv2d 16 padding=same name=d\nadd from=c,d\nmaxpool2d 4\nflatten\ndense 3 activation=softmax";
static int bad;

static void
check(const char *what, int n, bool same)
{
	if (same)
		return;
	printf("%s, %d samples, %d threads: parts differ from pieces\n", what, n, par_count());
	bad++;
}

static void
fill(real *x, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		x[i] = (real)rng_normal(rng_key(KEY, name, 0), i);
}

/* How many steps of a mode run by parts; `whole`: from now on by pieces. */
static int
parts_of(struct program *p, bool whole)
{
	int found = 0;

	for (int i = 0; i < p->steps; i++) {
		found += p->step[i].samples ? p->step[i].together : 0;
		p->step[i].samples = whole ? 0 : p->step[i].samples;
	}
	return found;
}

/* What a run gives: the output, and in training the gradients of all parameters. */
struct given {
	real y[BATCH * CLASSES];
	real *dw;
};

static void
run(const struct network *m, bool training, bool whole, int n, const real *x, struct given *g)
{
	const size_t numbers = (size_t)n * CLASSES;
	real d[BATCH * CLASSES], *const w = network_weights(m);
	struct plan p;

	network_init(m, w, 1);
	plan_make(&p, m, w, want_training(BATCH));
	if (parts_of(&p.mode[training].forward, whole) < 3)
		check("no parts", n, false);
	memset(g->y, 0, sizeof g->y);
	memcpy(g->y, run_forward(&p, n, x, training, KEY), numbers * sizeof *g->y);
	fill(d, numbers, "d");
	if (training)
		run_backward(&p, d, true);
	memset(g->dw, 0, m->trained * sizeof *g->dw);
	if (training)
		memcpy(g->dw, p.dw, m->trained * sizeof *g->dw);
	plan_free(&p);
	free(w);
}

static void
compare(const struct network *m, bool training, int n, const real *x)
{
	struct given parts = { .dw = network_weights(m) }, pieces = { .dw = network_weights(m) };

	run(m, training, false, n, x, &parts);
	run(m, training, true, n, x, &pieces);
	check(training ? "training" : "evaluation", n, !memcmp(parts.y, pieces.y, sizeof parts.y));
	check("gradients", n, !memcmp(parts.dw, pieces.dw, m->trained * sizeof *parts.dw));
	free(parts.dw);
	free(pieces.dw);
}

int
main(void)
{
	static const int sizes[] = { BATCH, 97, 12 };
	const char *wrong = kern_select(NULL);
	struct network m;

	if (wrong || (wrong = network_build(&m, net)))
		die(EX_SOFTWARE, "%s", wrong);
	const size_t numbers = (size_t)BATCH * (size_t)shape_count(&m.in, 0);
	real *const x = malloc(numbers * sizeof *x);
	if (!x)
		die(EX_OSERR, "out of memory");
	fill(x, numbers, "x");
	for (int i = 0; i < 3 * 2 * 2; i++) {
		par_threads(1 + i % 2);
		compare(&m, i / 2 % 2, sizes[i / 4], x);
	}
	free(x);
	network_free(&m);
	return bad != 0;
}
