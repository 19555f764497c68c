/* The inner loop of `mul` for packed panels of four filters with vectors of eight lanes: two taps side by side, lanes 2 k and
 * 2 k + 1 belong to filter k, and are added at the end. Kernels are packed that way (packed.h). */
#ifndef KERN_SIMD_MUL_PAIRS_H
#define KERN_SIMD_MUL_PAIRS_H

#include "kern/simd/products.h"
#include "kern/simd/vectors.h"

#if WIDEST >= 8

ALWAYS void
mul_pairs_tile(const int P, const struct mul *m, const float *x, const float *w, const float *b, float *y, int keep)
{
	const ptrdiff_t pitch = m->x_pixel, pitch3 = 3 * pitch, y_pixel = m->y_pixel;
	const bool relu = m->relu;
	const v4 bias = load_4(b);
	v8 sum[8];

	UNROLL
	for (int p = 0; p < P; p++)
		sum[p] = (v8){ 0 };
	for (int row = 0; row < m->rows; row++) {
		const float *q[2];
		int t = 0;
		UNROLL
		for (int k = 0; k < 2; k++)
			q[k] = x + row * m->x_row + 4 * k * pitch * (4 * k < P);
		for (; t + 2 <= m->taps; t += 2, w += 8) {
			const v8 v = load_8(w);
			UNROLL
			for (int p = 0; p < P; p++)
				sum[p] = fma_8(turns_8(q[p / 4] + (p % 4 == 3 ? pitch3 : p % 4 * pitch)), v, sum[p]);
			UNROLL
			for (int k = 0; k < 2; k++)
				q[k] += 2;
		}
		if (t < m->taps) {
			const v8 v = load_8(w);
			UNROLL
			for (int p = 0; p < P; p++)
				sum[p] = fma_8(turns_of_one_8(q[p / 4] + (p % 4 == 3 ? pitch3 : p % 4 * pitch)), v, sum[p]);
			w += 8;
		}
	}
	UNROLL
	for (int p = 0; p < P; p++) {
		v4 all = fold_8(sum[p]) + bias;
		if (relu)
			all = positive_4(all);
		if (keep == 4)
			store_4(y + p * y_pixel, all);
		else
			store_some_4(1, &all, y + p * y_pixel, keep);
	}
}

static void
mul_pairs(const struct mul *m, int pixels, const float *x, const float *w, const float *b, float *y, int keep)
{
	for (int done, before = 0; pixels > 0; pixels -= done, x += done * m->x_pixel, y += done * m->y_pixel) {
		done = pixels >= 8 ? 8 : pixels >= 4 ? 4 : pixels >= 2 ? 2 : 1;
		if (pixels < before) { /* fill the last tile with pixels of the one before, once more */
			done = pixels <= 2 ? pixels : pixels <= 4 ? 4 : 8;
			x -= (done - pixels) * m->x_pixel;
			y -= (done - pixels) * m->y_pixel;
			pixels = done;
		}
		before = done;
		switch (done) {
		case 8: mul_pairs_tile(8, m, x, w, b, y, keep); break;
		case 4: mul_pairs_tile(4, m, x, w, b, y, keep); break;
		case 2: mul_pairs_tile(2, m, x, w, b, y, keep); break;
		default: mul_pairs_tile(1, m, x, w, b, y, keep);
		}
	}
}

#endif

#endif
