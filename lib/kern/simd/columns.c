/* Sums of columns, as many at a time as a vector has lanes. */
#include "kern/simd/columns.h"

#include "kern/simd/vectors.h"

/* As many columns as vectors of W cover, from k on; returns where they end. Four
 * sums at a time hide the latency of additions, and are the same for any width. */
#define ADD_COLUMNS(W) \
	static int add_columns_##W(size_t pixels, size_t pitch, int k, int f, const float *d, float *db) \
	{ \
		for (; k + W <= f; k += W) { \
			v##W sum[4] = { splat_##W(0), splat_##W(0), splat_##W(0), splat_##W(0) }; \
			size_t p = 0; \
			for (; p + 4 <= pixels; p += 4) \
				UNROLL \
				for (size_t j = 0; j < 4; j++) \
					sum[j] += load_##W(d + (p + j) * pitch + k); \
			for (size_t j = 0; p < pixels; p++, j++) \
				sum[j] += load_##W(d + p * pitch + k); \
			store_##W(db + k, load_##W(db + k) + ((sum[0] + sum[1]) + (sum[2] + sum[3]))); \
		} \
		return k; \
	}
ADD_COLUMNS(1)
ADD_COLUMNS(4)
#if WIDEST >= 8
ADD_COLUMNS(8)
#endif
#if WIDEST >= 16
ADD_COLUMNS(16)
#endif

void
add_columns(size_t pixels, size_t pitch, int f, const float *d, float *db)
{
	int k = 0;

#if WIDEST >= 16
	k = add_columns_16(pixels, pitch, k, f, d, db);
#endif
#if WIDEST >= 8
	k = add_columns_8(pixels, pitch, k, f, d, db);
#endif
	k = add_columns_4(pixels, pitch, k, f, d, db);
	add_columns_1(pixels, pitch, k, f, d, db);
}
