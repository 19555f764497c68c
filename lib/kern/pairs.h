/* The inner loops of tile.h for panels of eight filters where vectors have sixteen lanes: two taps side by side, lanes
 * 2 k and 2 k + 1 belong to filter k, and are added at the end. Kernels are packed that way (group_taps of simd.c). */

ALWAYS void
mul_pairs_tile(const int P, const struct mul *m, const float *x, const float *w, const float *b, float *y, int keep)
{
	const ptrdiff_t pitch = m->x_pixel, pitch3 = 3 * pitch;
	const v8 bias = load_8(b);
	v16 sum[16];

	UNROLL
	for (int p = 0; p < P; p++)
		sum[p] = (v16){ 0 };
	for (int row = 0; row < m->rows; row++) {
		const float *q[4];
		int t = 0;
		UNROLL
		for (int k = 0; k < 4; k++)
			q[k] = x + row * m->x_row + 4 * k * pitch * (4 * k < P);
		for (; t + 2 <= m->taps; t += 2, w += 16) {
			const v16 v = load_16(w);
			UNROLL
			for (int p = 0; p < P; p++)
				sum[p] = fma_16(turns_16(q[p / 4] + (p % 4 == 3 ? pitch3 : p % 4 * pitch)), v, sum[p]);
			UNROLL
			for (int k = 0; k < 4; k++)
				q[k] += 2;
		}
		if (t < m->taps) {
			const v16 v = load_16(w);
			UNROLL
			for (int p = 0; p < P; p++)
				sum[p] = fma_16(odd_zero_16(q[p / 4] + (p % 4 == 3 ? pitch3 : p % 4 * pitch)), v, sum[p]);
			w += 16;
		}
	}
	UNROLL
	for (int p = 0; p < P; p++) {
		v8 all = halves_16(sum[p]) + bias;
		if (m->relu)
			all = positive_8(all);
		if (keep == 8)
			store_8(y + p * m->y_pixel, all);
		else
			store_some_8(1, &all, y + p * m->y_pixel, keep);
	}
}

static void
mul_pairs(const struct mul *m, int pixels, const float *x, const float *w, const float *b, float *y, int keep)
{
	for (int done; pixels > 0; pixels -= done, x += done * m->x_pixel, y += done * m->y_pixel) {
		done = pixels >= 16 ? 16 : pixels >= 8 ? 8 : pixels >= 4 ? 4 : pixels >= 2 ? 2 : 1;
		switch (done) {
		case 16: mul_pairs_tile(16, m, x, w, b, y, keep); break;
		case 8: mul_pairs_tile(8, m, x, w, b, y, keep); break;
		case 4: mul_pairs_tile(4, m, x, w, b, y, keep); break;
		case 2: mul_pairs_tile(2, m, x, w, b, y, keep); break;
		default: mul_pairs_tile(1, m, x, w, b, y, keep);
		}
	}
}

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
					sum[u][t] = fma_16(odd && t == T - 1 ? odd_zero_16(q + 2 * t) : turns_16(q + 2 * t), v, sum[u][t]);
			}
		}
		for (; p < m->pixels; p++) {
			const v16 v = twice_16(load_8(d));
			UNROLL
			for (int t = 0; t < T; t++)
				sum[0][t] = fma_16(odd && t == T - 1 ? odd_zero_16(q + 2 * t) : turns_16(q + 2 * t), v, sum[0][t]);
		}
	}
	UNROLL
	for (int t = 0; t < T; t++)
		UNROLL
		for (int h = 0; h < 2; h++, dw += m->dw_tap) {
			if (h && odd && t == T - 1)
				break;
			const v16 both = sum[0][t] + sum[1][t];
			v8 one = halves_16(h ? _mm512_maskz_mov_ps(0xaaaa, both) : _mm512_maskz_mov_ps(0x5555, both));
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
