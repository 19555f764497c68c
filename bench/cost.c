/* cost N COMMAND...: runs COMMAND N times with its output thrown away, and prints the median of its seconds and the largest
 * of its peak memory in bytes. A small program of its own: memory of the parent counts as the child's until it executes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "timing.h"

static int
ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int
run(char **command, long *kib)
{
	struct rusage use;
	int status;
	const pid_t child = fork();

	if (child == 0) {
		const int null = open("/dev/null", O_RDWR);
		dup2(null, 0), dup2(null, 1), dup2(null, 2);
		execvp(command[0], command);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &use) < 0)
		return -1;
	*kib = use.ru_maxrss > *kib ? use.ru_maxrss : *kib;
	return status;
}

int
main(int argc, char **argv)
{
	const int n = argc > 2 ? atoi(argv[1]) : 0;
	double t[1000];
	long kib = 0;

	if (n < 1 || n > 1000)
		return fprintf(stderr, "usage: cost N COMMAND...\n"), 64;
	for (int i = 0; i < n; i++) {
		const double start = seconds();
		if (run(argv + 2, &kib))
			return fprintf(stderr, "cost: %s fails\n", argv[2]), 1;
		t[i] = seconds() - start;
	}
	qsort(t, (size_t)n, sizeof *t, ascending);
	printf("%.6f\t%ld\n", t[n / 2], kib * 1024);
	return 0;
}
