/* forward NET IMAGES: a network in evaluation mode on images in memory, as its peers have them. A line "THREADS BATCH IMAGES" on
 * stdin is one evaluation of so many images; the answer is its seconds, and those of the middle batch and of the last in a hundred. */
#include <stdio.h>
#include <stdlib.h>

#include "base/die.h"
#include "base/par.h"
#include "base/rng.h"
#include "timing.h"
#include "net/run.h"

static char text_of[1 << 16];

static void
read_text(const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f || !fread(text_of, 1, sizeof text_of - 1, f))
		die(EX_NOINPUT, "%s: cannot be read", path);
	fclose(f);
}

static int
shorter(const void *a, const void *b)
{
	const double s = *(const double *)a, t = *(const double *)b;

	return (s > t) - (s < t);
}

static void
answer(double *t, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += t[i];
	qsort(t, (size_t)n, sizeof *t, shorter);
	printf("%.9f %.9f %.9f\n", sum, t[n / 2], t[(99 * n + 99) / 100 - 1]);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct network m;
	int threads, batch, count;

	program = "forward";
	if (argc != 3)
		die(EX_USAGE, "usage: forward NET IMAGES");
	read_text(argv[1]);
	const char *what = kern_select(NULL);
	if (what || (what = network_build(&m, text_of)))
		die(EX_DATAERR, "%s: %s", argv[1], what);
	real *w = network_weights(&m);
	network_init(&m, w, 1);
	const int images = atoi(argv[2]);
	double *times = xcalloc((size_t)images, sizeof *times);
	const size_t pixels = (size_t)shape_count(&m.in, 0);
	real *x = xcalloc((size_t)images * pixels, sizeof *x);
	for (size_t i = 0; i < (size_t)images * pixels; i++)
		x[i] = (real)(2 * rng_unit(1, i) - 1);

	printf("ready\n");
	fflush(stdout);
	while (scanf("%d %d %d", &threads, &batch, &count) == 3) {
		par_threads(threads);
		struct plan plan;
		plan_make(&plan, &m, w, want_evaluation(batch));
		int batches = 0;
		for (int i = 0; i < count; i += batch) {
			const double start = seconds();
			run_forward(&plan, count - i < batch ? count - i : batch, x + (size_t)i * pixels, false, 0);
			times[batches++] = seconds() - start;
		}
		answer(times, batches);
		plan_free(&plan);
	}
	return 0;
}
