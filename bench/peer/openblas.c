/* OpenBLAS's sgemm. */
#include "../peers.h"

#if __has_include(<cblas.h>)
#include <cblas.h>

int
openblas_here(int threads)
{
	openblas_set_num_threads(threads);
	return 1;
}

void
openblas_run(void *product)
{
	const struct product *p = product;

	if (p->direction == FORWARD)
		cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, p->n, p->units, p->in, 1, p->x, p->in, p->w, p->units, 0,
		            p->y, p->units);
	else if (p->direction == BACKWARD_DATA)
		cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, p->n, p->in, p->units, 1, p->y, p->units, p->w, p->units, 0,
		            p->x, p->in);
	else
		cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, p->in, p->units, p->n, 1, p->x, p->in, p->y, p->units, 0,
		            p->w, p->units);
}
#else
int
openblas_here(int threads)
{
	(void)threads;
	return 0;
}

void
openblas_run(void *product)
{
	(void)product;
}
#endif
