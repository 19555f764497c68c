/* The two inner loops of depthwise convolution, whose lanes are channels. depthwise.c includes this text for each width W. */
#ifndef W
#error "W is the width of the vectors"
#endif
#include "kern/isa.h"
#include "kern/simd/depthwise.h"
#include "kern/simd/vectors.h"

#define V OF_WIDTH2(v, W)
#define LOAD PASTE2(load, W)
#define STORE PASTE2(store, W)
#define SPLAT PASTE2(splat, W)
#define FMA PASTE2(fma, W)
#define POSITIVE PASTE2(positive, W)

/* P pixels side by side: y = sum over taps of x w, + b (NULL: none). columns: t's, where the compiler may know it. */
ALWAYS void
PASTE2(taps_tile, W)(const int P, const int columns, const struct taps *t, const float *x, const float *w, const float *b, float *y)
{
	const ptrdiff_t pitch = t->x_pixel, y_pitch = t->y_pixel, x_column = t->x_column, w_column = t->w_column;
	const ptrdiff_t x_row = t->x_row, w_row = t->w_row;
	const bool relu = t->relu;
	V sum[8];

	UNROLL
	for (int p = 0; p < P; p++)
		sum[p] = b ? LOAD(b) : SPLAT(0);
	for (int i = t->rows; i > 0; i--, x += x_row, w += w_row) {
		const float *q = x, *v = w;
		for (int j = 0; j < columns; j++, q += x_column, v += w_column) {
			const V tap = LOAD(v);
			UNROLL
			for (int p = 0; p < P; p++)
				sum[p] = FMA(LOAD(q + p * pitch), tap, sum[p]);
		}
	}
	UNROLL
	for (int p = 0; p < P; p++)
		STORE(y + p * y_pitch, relu ? POSITIVE(sum[p]) : sum[p]);
}

/* as many channels as vectors cover, from k on; returns where they end */
ALWAYS int
PASTE2(taps_channels, W)(const int P, const int columns, const struct taps *t, int k, int f, const float *x, const float *w,
                         const float *b, float *y)
{
	for (; k + W <= f; k += W)
		PASTE2(taps_tile, W)(P, columns, t, x + k, w + k, b ? b + k : NULL, y + k);
	return k;
}

static int
PASTE2(taps, W)(const struct taps *t, int pixels, int k, int f, const float *x, const float *w, const float *b, float *y)
{
	switch (pixels) {
	case 8:
		if (t->columns == 3)
			return PASTE2(taps_channels, W)(8, 3, t, k, f, x, w, b, y);
		return PASTE2(taps_channels, W)(8, t->columns, t, k, f, x, w, b, y);
	case 4: return PASTE2(taps_channels, W)(4, t->columns, t, k, f, x, w, b, y);
	case 2: return PASTE2(taps_channels, W)(2, t->columns, t, k, f, x, w, b, y);
	default: return PASTE2(taps_channels, W)(1, t->columns, t, k, f, x, w, b, y);
	}
}

/* T taps side by side: dw += sum over pixels of x dy. Pixels by turns in two sums, which hides the latency of additions. */
ALWAYS void
PASTE2(pixels_tile, W)(const int T, const struct taps *t, int pixels, const float *x, const float *dy, float *dw)
{
	const ptrdiff_t pitch = t->x_pixel, y_pitch = t->y_pixel, x_column = t->x_column, w_column = t->w_column;
	V sum[4][2];

	UNROLL
	for (int k = 0; k < T; k++)
		sum[k][0] = sum[k][1] = SPLAT(0);
	for (; pixels >= 2; pixels -= 2, x += 2 * pitch, dy += 2 * y_pitch)
		UNROLL
		for (int j = 0; j < 2; j++) {
			const V d = LOAD(dy + j * y_pitch);
			UNROLL
			for (int k = 0; k < T; k++)
				sum[k][j] = FMA(LOAD(x + j * pitch + k * x_column), d, sum[k][j]);
		}
	UNROLL
	for (int k = 0; k < T; k++) {
		if (pixels > 0)
			sum[k][0] = FMA(LOAD(x + k * x_column), LOAD(dy), sum[k][0]);
		STORE(dw + k * w_column, LOAD(dw + k * w_column) + (sum[k][0] + sum[k][1]));
	}
}

ALWAYS int
PASTE2(pixels_channels, W)(const int T, const struct taps *t, int pixels, int k, int f, const float *x, const float *dy, float *dw)
{
	for (; k + W <= f; k += W)
		PASTE2(pixels_tile, W)(T, t, pixels, x + k, dy + k, dw + k);
	return k;
}

static int
PASTE2(pixels, W)(const struct taps *t, int pixels, int k, int f, const float *x, const float *dy, float *dw)
{
	switch (t->columns) {
	case 1: return PASTE2(pixels_channels, W)(1, t, pixels, k, f, x, dy, dw);
	case 2: return PASTE2(pixels_channels, W)(2, t, pixels, k, f, x, dy, dw);
	case 3: return PASTE2(pixels_channels, W)(3, t, pixels, k, f, x, dy, dw);
	default: return PASTE2(pixels_channels, W)(4, t, pixels, k, f, x, dy, dw);
	}
}

#undef V
#undef LOAD
#undef STORE
#undef SPLAT
#undef FMA
#undef POSITIVE
#undef W
