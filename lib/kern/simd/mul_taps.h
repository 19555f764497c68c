/* The inner loop of `mul` for panels of WIDTH filters, fewer than a vector of W lanes has: G taps side by side, lanes
 * G k .. G k + G - 1 belong to filter k, and are added at the end. Kernels are packed that way (packed.h). products.c includes
 * this text for each W and G. */
#if !defined W || !defined G || !defined WIDTH
#error "W lanes are G taps of WIDTH filters"
#endif
#include "kern/isa.h"
#include "kern/simd/products.h"
#include "kern/simd/vectors.h"

#define FILTERS_OF2(w, g) w##_##g
#define FILTERS_OF(w, g) FILTERS_OF2(w, g)
#define NAME(name) PASTE2(name, FILTERS_OF(W, G))
#define V OF_WIDTH2(v, W)
#define SUM OF_WIDTH2(v, WIDTH)

ALWAYS void
NAME(mul_group_tile)(const int P, const struct mul *m, const float *x, const float *w, const float *b, float *y, int keep)
{
	const ptrdiff_t pitch = m->x_pixel, pitch3 = 3 * pitch, y_pixel = m->y_pixel;
	const bool relu = m->relu;
	const SUM bias = PASTE2(load, WIDTH)(b);
	V sum[16];

	UNROLL
	for (int p = 0; p < P; p++)
		sum[p] = (V){ 0 };
	for (int row = 0; row < m->rows; row++) {
		const float *q[4];
		int t = 0;
		UNROLL
		for (int k = 0; k < 4; k++)
			q[k] = x + row * m->x_row + 4 * k * pitch * (4 * k < P);
		for (; t + G <= m->taps; t += G, w += W) {
			const V v = PASTE2(load, W)(w);
			UNROLL
			for (int p = 0; p < P; p++)
				sum[p] = PASTE2(fma, W)(NAME(turns)(q[p / 4] + (p % 4 == 3 ? pitch3 : p % 4 * pitch)), v, sum[p]);
			UNROLL
			for (int k = 0; k < 4; k++)
				q[k] += G;
		}
		if (t < m->taps) {
			const V v = PASTE2(load, W)(w);
			UNROLL
			for (int p = 0; p < P; p++)
				sum[p] = PASTE2(fma, W)(NAME(some_turns)(q[p / 4] + (p % 4 == 3 ? pitch3 : p % 4 * pitch), m->taps - t), v, sum[p]);
			w += W;
		}
	}
	UNROLL
	for (int p = 0; p < P; p++) {
		SUM all = NAME(fold)(sum[p]) + bias;
		if (relu)
			all = PASTE2(positive, WIDTH)(all);
		if (keep == WIDTH)
			PASTE2(store, WIDTH)(y + p * y_pixel, all);
		else
			PASTE2(store_some, WIDTH)(1, &all, y + p * y_pixel, keep);
	}
}

static void
NAME(mul_group)(const struct mul *m, int pixels, const float *x, const float *w, const float *b, float *y, int keep)
{
	for (int done, before = 0; pixels > 0; pixels -= done, x += done * m->x_pixel, y += done * m->y_pixel) {
		done = W == 16 && pixels >= 16 ? 16 : pixels >= 8 ? 8 : pixels >= 4 ? 4 : pixels >= 2 ? 2 : 1;
		if (pixels < before) { /* fill the last tile with pixels of the one before, once more */
			done = pixels <= 2 ? pixels : pixels <= 4 ? 4 : pixels <= 8 ? 8 : 16;
			x -= (done - pixels) * m->x_pixel;
			y -= (done - pixels) * m->y_pixel;
			pixels = done;
		}
		before = done;
		switch (done) {
		case 16: NAME(mul_group_tile)(W == 16 ? 16 : 1, m, x, w, b, y, keep); break;
		case 8: NAME(mul_group_tile)(8, m, x, w, b, y, keep); break;
		case 4: NAME(mul_group_tile)(4, m, x, w, b, y, keep); break;
		case 2: NAME(mul_group_tile)(2, m, x, w, b, y, keep); break;
		default: NAME(mul_group_tile)(1, m, x, w, b, y, keep);
		}
	}
}

#undef FILTERS_OF2
#undef FILTERS_OF
#undef NAME
#undef V
#undef SUM
#undef W
#undef G
#undef WIDTH
