/* The kernels of others, as contestants for time_calls: oneDNN's and libxsmm's convolutions, OpenBLAS's products. Without their headers
 * (or where they refuse a shape): NULL. */
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include "kern/kern.h"

enum direction { FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS, DIRECTIONS };

/* n images; square windows. Arrays are oneDNN's own, in whatever layout it likes best: no reordering is
 * counted. FORWARD adds a bias and takes relu; BACKWARD_WEIGHTS gives the bias's gradient, too. */
struct onednn;
struct onednn *onednn_conv(const struct conv *g, int n, enum direction d, int winograd);
void onednn_run(void *conv);
void onednn_free(struct onednn *conv);
/* The same of libxsmm, in its own layout, without bias and relu, where both sides have the same padding; OpenMP must have so many threads. */
struct xsmm;
struct xsmm *xsmm_conv(const struct conv *g, int n, enum direction d, int threads);
void xsmm_run(void *conv);
void xsmm_free(struct xsmm *conv);

/* y (n, units) = x (n, in) w (in, units), or dx = dy w^T, or dw = x^T dy; false: no OpenBLAS here. */
struct product {
	int n, in, units;
	enum direction direction;
	float *x, *w, *y;
	struct bench_layer *net; /* ours: one dense layer */
};
int openblas_here(int threads);
void openblas_run(void *product);

#endif
