/* The inner loop of `outer` for panels of eight filters where vectors have sixteen lanes: two taps side by side, lanes 2 k and
 * 2 k + 1 belong to filter k, and are added at the end. */
#ifndef KERN_SIMD_OUTER_TAPS_H
#define KERN_SIMD_OUTER_TAPS_H

#include "kern/simd/products.h"
#include "kern/simd/vectors.h"

#if WIDEST >= 16
/* 2 T taps, or 2 T - 1; two pixels at a time, as the sums of one would wait for each other */
ALWAYS void
outer_pairs_tile(const int T, const bool odd, const struct outer *m, const float *x, const float *dy, float *dw, int keep)
{
	v16 sum[2][6];

	UNROLL
	for (int t = 0; t < T; t++)
		sum[0][t] = sum[1][t] = (v16){ 0 };
	for (int row = 0; row < m->rows; row++) {
		const float *q = x + row * m->x_row, *d = dy + row * m->pixels * m->dy_pixel;
		ptrdiff_t p = 0;
		for (; p + 2 <= m->pixels; p += 2) {
			UNROLL
			for (int u = 0; u < 2; u++, q += m->x_pixel, d += m->dy_pixel) {
				const v16 v = twice_16(load_8(d));
				UNROLL
				for (int t = 0; t < T; t++)
					sum[u][t] = fma_16(odd && t == T - 1 ? odd_zero_16(q + 2 * t) : turns_16_2(q + 2 * t), v, sum[u][t]);
			}
		}
		for (; p < m->pixels; p++) {
			const v16 v = twice_16(load_8(d));
			UNROLL
			for (int t = 0; t < T; t++)
				sum[0][t] = fma_16(odd && t == T - 1 ? odd_zero_16(q + 2 * t) : turns_16_2(q + 2 * t), v, sum[0][t]);
		}
	}
	UNROLL
	for (int t = 0; t < T; t++)
		UNROLL
		for (int h = 0; h < 2; h++, dw += m->dw_tap) {
			if (h && odd && t == T - 1)
				break;
			const v16 both = sum[0][t] + sum[1][t];
			v8 one = fold_16_2(h ? _mm512_maskz_mov_ps(0xaaaa, both) : _mm512_maskz_mov_ps(0x5555, both));
			float all[8] = { 0 };
			if (m->adds)
				memcpy(all, dw, (size_t)keep * sizeof *dw);
			one += load_8(all);
			store_some_8(1, &one, dw, keep);
		}
}

static void
outer_pairs(const struct outer *m, int taps, const float *x, const float *dy, float *dw, int keep)
{
	for (int done; taps > 0; taps -= done, x += done, dw += done * m->dw_tap) {
		done = taps < 12 ? taps : 12;
		switch (done) {
#define CASE(T) \
		case 2 * T: outer_pairs_tile(T, false, m, x, dy, dw, keep); break; \
		case 2 * T - 1: outer_pairs_tile(T, true, m, x, dy, dw, keep); break;
		CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#undef CASE
		}
	}
}
#endif

#endif
