/* forward NET IMAGES: a network in evaluation mode on images in memory, as its peers have them. A line "THREADS BATCH" on
 * stdin is one evaluation of all images; its seconds are the answer. */
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

int
main(int argc, char **argv)
{
	struct network m;
	int threads, batch;

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
	const size_t pixels = (size_t)shape_count(&m.in, 0);
	real *x = xcalloc((size_t)images * pixels, sizeof *x);
	for (size_t i = 0; i < (size_t)images * pixels; i++)
		x[i] = (real)(2 * rng_unit(1, i) - 1);

	printf("ready\n");
	fflush(stdout);
	while (scanf("%d %d", &threads, &batch) == 2) {
		par_threads(threads);
		struct plan plan;
		plan_make(&plan, &m, w, want_evaluation(batch));
		const double start = seconds();
		for (int i = 0; i < images; i += batch)
			run_forward(&plan, images - i < batch ? images - i : batch, x + (size_t)i * pixels, false, 0);
		printf("%.9f\n", seconds() - start);
		plan_free(&plan);
		fflush(stdout);
	}
	return 0;
}
