/* pingpong: seconds that a message between two ranks takes, one way, for each size, as TSV: size, seconds. The median of some rounds.
 * All ranks play, in pairs, an even number of them; rank 0 reports. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { LARGEST = 1 << 24, ROUNDS = 5, BYTES = 1 << 24, MOST = 200 };

static void
pass(int rank, char *data, int size)
{
	const int other = rank ^ 1;

	if (rank % 2 == 0)
		MPI_Send(data, size, MPI_BYTE, other, 0, MPI_COMM_WORLD);
	MPI_Recv(data, size, MPI_BYTE, other, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	if (rank % 2)
		MPI_Send(data, size, MPI_BYTE, other, 0, MPI_COMM_WORLD);
}

static int
compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double
one_way(int rank, char *data, int size)
{
	const int times = BYTES / size > MOST ? MOST : BYTES / size;
	double took[ROUNDS];

	for (int round = 0; round < ROUNDS; round++) {
		const double began = MPI_Wtime();
		for (int i = 0; i < times; i++)
			pass(rank, data, size);
		took[round] = (MPI_Wtime() - began) / times / 2;
	}
	qsort(took, ROUNDS, sizeof *took, compare);
	return took[ROUNDS / 2];
}

int
main(int argc, char **argv)
{
	int rank;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	char *const data = calloc(1, LARGEST);
	for (int size = 8; size <= LARGEST; size *= 8) {
		const double seconds = one_way(rank, data, size);
		if (rank == 0)
			printf("%d\t%.9g\n", size, seconds);
	}
	free(data);
	MPI_Finalize();
	return 0;
}
