/* The two inner loops of products.h for vectors of W numbers; N is the number of vectors side by side. products.c includes this
 * text once for each width. */
#ifndef W
#error "W is the width of the vectors"
#endif
#include "kern/isa.h"
#include "kern/simd/products.h"
#include "kern/simd/vectors.h"

#define JOIN3(a, b, c) a##_##b##_##c
#define JOIN(a, b, c) JOIN3(a, b, c)
#define JOINW2(a, w) a##w
#define JOINW(a, w) JOINW2(a, w)
#define V JOINW(v, W)
#define LOAD PASTE2(load, W)
#define STORE PASTE2(store, W)
#define SPLAT PASTE2(splat, W)
#define FMA PASTE2(fma, W)
#define POSITIVE PASTE2(positive, W)

/* P pixels times N vectors of filters: y = sum over rows and taps of x w, + b. Four pixels share a
 * pointer: processors address base + 0, 1, 2 times a distance without computing it. */
ALWAYS void
PASTE2(mul_tile, W)(const int P, const int N, const struct mul *m, const float *x, const float *w, const float *b,
                    float *y, int keep)
{
	const ptrdiff_t pitch = m->x_pixel, pitch3 = 3 * pitch;
	V sum[16][4];

	UNROLL
	for (int p = 0; p < P; p++)
		UNROLL
		for (int j = 0; j < N; j++)
			sum[p][j] = (V){ 0 };
	for (int row = 0; row < m->rows; row++) {
		const float *q[4];
		UNROLL
		for (int k = 0; k < 4; k++)
			q[k] = x + row * m->x_row + 4 * k * pitch * (4 * k < P);
		for (int t = 0; t < m->taps; t++, w += m->w_tap) {
			V v[4];
			__builtin_prefetch((const void *)((uintptr_t)w + TAPS_AHEAD * sizeof *w * (uintptr_t)m->w_tap)); /* w may not be packed */
			UNROLL
			for (int j = 0; j < N; j++)
				v[j] = LOAD(w + j * W);
			UNROLL
			for (int p = 0; p < P; p++) {
				const V s = SPLAT(q[p / 4][p % 4 == 3 ? pitch3 : p % 4 * pitch]);
				UNROLL
				for (int j = 0; j < N; j++)
					sum[p][j] = FMA(s, v[j], sum[p][j]);
			}
			UNROLL
			for (int k = 0; k < 4; k++)
				q[k]++;
		}
	}
	/* y may be anything: what m holds is read first */
	const ptrdiff_t y_pixel = m->y_pixel;
	const bool adds = m->adds, relu = m->relu;
	UNROLL
	for (int j = 0; j < N; j++) {
		const V bias = LOAD(b + j * W);
		UNROLL
		for (int p = 0; p < P; p++)
			sum[p][j] += bias;
	}
	if (adds)
		UNROLL
		for (int p = 0; p < P; p++)
			UNROLL
			for (int j = 0; j < N; j++)
				sum[p][j] += LOAD(y + p * y_pixel + j * W);
	if (relu)
		UNROLL
		for (int p = 0; p < P; p++)
			UNROLL
			for (int j = 0; j < N; j++)
				sum[p][j] = POSITIVE(sum[p][j]);
	if (keep == N * W)
		UNROLL
		for (int p = 0; p < P; p++)
			UNROLL
			for (int j = 0; j < N; j++)
				STORE(y + p * y_pixel + j * W, sum[p][j]);
	else
		UNROLL
		for (int p = 0; p < P; p++)
			PASTE2(store_some, W)(N, sum[p], y + p * y_pixel, keep);
}

/* T taps times N vectors: dw = (or +=) sum over rows and pixels of x dy */
ALWAYS void
PASTE2(outer_tile, W)(const int T, const int N, const struct outer *m, const float *x, const float *dy, float *dw,
                      int keep)
{
	V sum[12][4];

	UNROLL
	for (int t = 0; t < T; t++)
		UNROLL
		for (int j = 0; j < N; j++)
			sum[t][j] = (V){ 0 };
	for (int row = 0; row < m->rows; row++) {
		const float *q = x + row * m->x_row, *d = dy + row * m->pixels * m->dy_pixel;
		for (ptrdiff_t p = 0; p < m->pixels; p++, q += m->x_pixel, d += m->dy_pixel) {
			V v[4];
			UNROLL
			for (int j = 0; j < N; j++)
				v[j] = LOAD(d + j * W);
			UNROLL
			for (int t = 0; t < T; t++) {
				const V s = SPLAT(q[t]);
				UNROLL
				for (int j = 0; j < N; j++)
					sum[t][j] = FMA(s, v[j], sum[t][j]);
			}
		}
	}
	UNROLL
	for (int t = 0; t < T; t++, dw += m->dw_tap) {
		if (keep < N * W) {
			float all[4 * W] = { 0 };
			if (m->adds)
				memcpy(all, dw, (size_t)keep * sizeof *dw);
			UNROLL
			for (int j = 0; j < N; j++)
				sum[t][j] += LOAD(all + j * W);
			PASTE2(store_some, W)(N, sum[t], dw, keep);
			continue;
		}
		UNROLL
		for (int j = 0; j < N; j++)
			STORE(dw + j * W, m->adds ? LOAD(dw + j * W) + sum[t][j] : sum[t][j]);
	}
}

/* All pixels (all taps), in the largest tiles that registers hold. */
#define STRIPS(N) \
	static void JOIN(mul, W, N)(const struct mul *m, int pixels, const float *x, const float *w, const float *b, \
	                            float *y, int keep) \
	{ \
		const int most = ACCUMULATORS / N < 16 ? ACCUMULATORS / N : 16; \
		for (int done, before = 0; pixels > 0; pixels -= done, x += done * m->x_pixel, y += done * m->y_pixel) { \
			const bool halves = most % 3 == 0 && pixels == most / 3 * 4; /* few sums at a time would wait for each other */ \
			const int fit = halves ? pixels / 2 : pixels < most ? pixels : most; \
			done = fit >= 16 ? 16 : fit >= 12 ? 12 : fit >= 8 ? 8 : fit >= 6 ? 6 : fit >= 4 ? 4 : fit >= 2 ? 2 : 1; \
			if (pixels < before && !m->adds) { /* fill the last tile with pixels of the one before, once more */ \
				done = pixels <= 2 ? pixels : pixels <= 4 ? 4 : pixels <= 6 ? 6 : pixels <= 8 ? 8 : pixels <= 12 ? 12 : 16; \
				x -= (done - pixels) * m->x_pixel; \
				y -= (done - pixels) * m->y_pixel; \
				pixels = done; \
			} \
			before = done; \
			switch (done) { \
			MUL_CASE(16, N) MUL_CASE(12, N) MUL_CASE(8, N) MUL_CASE(6, N) MUL_CASE(4, N) MUL_CASE(2, N) \
			default: PASTE2(mul_tile, W)(1, N, m, x, w, b, y, keep); \
			} \
		} \
	} \
	static void JOIN(outer, W, N)(const struct outer *m, int taps, const float *x, const float *dy, float *dw, \
	                              int keep) \
	{ \
		for (int done; taps > 0; taps -= done, x += done, dw += done * m->dw_tap) { \
			const int fit = taps < ACCUMULATORS / N ? taps : ACCUMULATORS / N; \
			done = fit >= 12 ? 12 : fit >= 9 ? 9 : fit >= 6 ? 6 : fit >= 4 ? 4 : fit; \
			switch (done) { \
			OUTER_CASE(12, N) OUTER_CASE(9, N) OUTER_CASE(6, N) OUTER_CASE(4, N) OUTER_CASE(3, N) OUTER_CASE(2, N) \
			default: PASTE2(outer_tile, W)(1, N, m, x, dy, dw, keep); \
			} \
		} \
	}
/* a tile too large for the registers is never reached; the compiler need not build it */
#define MUL_CASE(P, N) case P: if (P * N <= ACCUMULATORS) PASTE2(mul_tile, W)(P, N, m, x, w, b, y, keep); break;
#define OUTER_CASE(T, N) case T: if (T * N <= ACCUMULATORS) PASTE2(outer_tile, W)(T, N, m, x, dy, dw, keep); break;

STRIPS(1)
#if W == WIDEST
STRIPS(2)
#if WIDEST == 8
STRIPS(3)
#endif
STRIPS(4)
#endif

#undef STRIPS
#undef MUL_CASE
#undef OUTER_CASE
#undef V
#undef LOAD
#undef STORE
#undef SPLAT
#undef FMA
#undef POSITIVE
#undef JOIN
#undef JOIN3
#undef JOINW
#undef JOINW2
#undef W
