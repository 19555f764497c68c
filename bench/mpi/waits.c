/* waits: what it costs that ranks wait for each other. All do the same work, that of layers: 3x3 convolutions and their batch
 * normalizations, and wait after each. For some numbers of images, as TSV: seconds of a layer, seconds that a gather of 1 KB adds. These
 * include how unequally ranks get on, and, where they share processors, the switches between them and the caches that they take from each
 * other. Medians of some rounds. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

#include "kern/kern.h"

/* the first layers of resnet20; images at a time, images of a layer, layers that have numbers of their own */
enum { SIDE = 32, PIXELS = SIDE * SIDE, FILTERS = 16, IMAGE = PIXELS * FILTERS, PIECE = 4, MOST = 32, LAYERS = 4 };
enum { ROUNDS = 5, IMAGES = 256, BYTES = 1024 };

static const struct conv g = { .h = SIDE, .w = SIDE, .c = FILTERS, .kh = 3, .kw = 3, .sh = 1, .sw = 1, .top = 1, .left = 1, .oh = SIDE,
	.ow = SIDE, .f = FILTERS };
static real *x, *y, *w, *scale, *scratch;
static char *gathered;

static real *
numbers(size_t n, real number)
{
	real *const all = aligned_alloc(64, (n * sizeof *all + 63) / 64 * 64);

	for (size_t i = 0; i < n; i++)
		all[i] = number;
	return all;
}

static void
layer(int number, int images)
{
	const size_t from = (size_t)(number % LAYERS * MOST) * IMAGE;

	for (int i = 0; i < images; i += PIECE) {
		const size_t at = from + (size_t)i * IMAGE;
		kern->conv_y(&g, PIECE, x + at, w, NULL, NULL, true, y + at, scratch);
	}
	kern->bn_y((size_t)images * PIXELS, FILTERS, y + from, scale, scale, x + from);
}

/* Seconds of a layer. */
static double
layers(int images, int waits)
{
	const int count = IMAGES / images;

	MPI_Barrier(MPI_COMM_WORLD);
	const double began = MPI_Wtime();
	for (int i = 0; i < count; i++) {
		layer(i, images);
		if (waits)
			MPI_Allgather(MPI_IN_PLACE, 0, MPI_BYTE, gathered, BYTES, MPI_BYTE, MPI_COMM_WORLD);
	}
	MPI_Barrier(MPI_COMM_WORLD);
	return (MPI_Wtime() - began) / count;
}

static int
compare(const void *a, const void *b)
{
	const double p = *(const double *)a, q = *(const double *)b;
	return (p > q) - (p < q);
}

static double
median(double *of)
{
	qsort(of, ROUNDS, sizeof *of, compare);
	return of[ROUNDS / 2];
}

static void
measure(int images)
{
	double alone[ROUNDS], lost[ROUNDS];
	int rank;

	for (int i = 0; i < ROUNDS; i++) {
		alone[i] = layers(images, 0);
		lost[i] = layers(images, 1) - alone[i];
	}
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	if (rank == 0)
		printf("%.9g\t%.9g\n", median(alone), median(lost));
}

int
main(int argc, char **argv)
{
	int ranks;

	MPI_Init(&argc, &argv);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	kern_select(NULL);
	x = numbers((size_t)LAYERS * MOST * IMAGE, (real)0.1);
	y = numbers((size_t)LAYERS * MOST * IMAGE, (real)0.1);
	w = numbers((size_t)9 * FILTERS * FILTERS, (real)0.01);
	scale = numbers(FILTERS, (real)0.1);
	scratch = numbers(kern->conv_scratch_size(&g) / sizeof(real) + 1, 0);
	gathered = calloc((size_t)ranks, BYTES);
	for (int n = PIECE; n <= MOST; n *= 2)
		measure(n);
	MPI_Finalize();
	return 0;
}
