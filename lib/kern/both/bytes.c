/* Images of bytes: their sums, and how they become numbers. */
#include "kern/isa.h"

/* Bytes as the halves of 16 bits, so that their sums and the halves of their squares fit 16 bits for 256 rows. */
#ifdef __AVX2__
enum { TWOS = 16, FIT = 256 };
#else
enum { TWOS = 8, FIT = 256 };
#endif
typedef uint16_t twos __attribute__((vector_size(2 * TWOS), may_alias));
typedef uint16_t unaligned_twos __attribute__((vector_size(2 * TWOS), aligned(1), may_alias));

/* 2 TWOS columns of up to FIT rows of n bytes */
static inline void
sum_columns(size_t rows, int n, const uint8_t *restrict x, uint32_t *restrict sum, uint32_t *restrict square)
{
	twos s[2] = { { 0 } }, low[2] = { { 0 } }, high[2] = { { 0 } };

	for (size_t i = 0; i < rows; i++) {
		const twos both = *(const unaligned_twos *)(x + i * (size_t)n), a = both & 255, b = both / 256, aa = a * a, bb = b * b;
		s[0] += a;
		s[1] += b;
		low[0] += aa & 255;
		low[1] += bb & 255;
		high[0] += aa / 256;
		high[1] += bb / 256;
	}
	_Alignas(2 * TWOS) uint16_t t[6][TWOS];
	for (int k = 0; k < 2; k++) {
		*(twos *)t[k] = s[k];
		*(twos *)t[2 + k] = low[k];
		*(twos *)t[4 + k] = high[k];
	}
	for (int j = 0; j < TWOS; j++) {
		sum[2 * j] += t[0][j];
		sum[2 * j + 1] += t[1][j];
		square[2 * j] += t[2][j] + (UINT32_C(1) * t[4][j] << 8);
		square[2 * j + 1] += t[3][j] + (UINT32_C(1) * t[5][j] << 8);
	}
}

void
SET(byte_sums)(size_t rows, int n, const uint8_t *restrict x, uint32_t *restrict sum, uint32_t *restrict square)
{
	for (size_t some; rows > 0; rows -= some, x += some * (size_t)n) {
		int j = 0;
		some = rows < FIT ? rows : FIT;
		for (; j + 2 * TWOS <= n; j += 2 * TWOS)
			sum_columns(some, n, x + j, sum + j, square + j);
		for (size_t i = 0; i < some; i++)
			for (int k = j; k < n; k++) {
				const uint32_t v = x[i * (size_t)n + (size_t)k];
				sum[k] += v;
				square[k] += v * v;
			}
	}
}

void
SET(byte_scale)(size_t rows, int n, const uint8_t *restrict x, real k, const real *restrict shift, const real *restrict scale,
           real *restrict y)
{
	for (size_t i = 0; i < rows; i++, x += n, y += n)
		for (int j = 0; j < n; j++)
			y[j] = ((real)x[j] * k - shift[j]) * scale[j];
}
