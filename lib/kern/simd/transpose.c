/* Transposes by squares of vectors. */
#include "kern/simd/transpose.h"

#include "kern/simd/vectors.h"

static void
transpose_by_four(int rows, int columns, size_t a_pitch, const float *a, size_t b_pitch, float *b)
{
	int c = 0;

	for (; c + 4 <= columns; c += 4, a += 4, b += 4 * b_pitch) {
		int r = 0;
		for (; r + 4 <= rows; r += 4) {
			v4 v[4];
			for (int k = 0; k < 4; k++)
				v[k] = load_4(a + (size_t)(r + k) * a_pitch);
			transpose_4(v);
			for (int k = 0; k < 4; k++)
				store_4(b + (size_t)k * b_pitch + r, v[k]);
		}
		for (; r < rows; r++)
			for (int k = 0; k < 4; k++)
				b[(size_t)k * b_pitch + (size_t)r] = a[(size_t)r * a_pitch + (size_t)k];
	}
	for (; c < columns; c++, a++, b += b_pitch)
		for (int r = 0; r < rows; r++)
			b[r] = a[(size_t)r * a_pitch];
}

/* Along the rows of b: pitches are often powers of two, and lines
 * at such distances drive each other out of the cache. */
void
transpose(int rows, int columns, size_t a_pitch, const float *a, size_t b_pitch, float *b)
{
	const int whole_rows = rows / WIDEST * WIDEST, whole_columns = columns / WIDEST * WIDEST;

	for (int c = 0; c < whole_columns; c += WIDEST)
		for (int r = 0; r < whole_rows; r += WIDEST) {
			VEC v[WIDEST];
			UNROLL
			for (int k = 0; k < WIDEST; k++)
				v[k] = VLOAD(a + (size_t)(r + k) * a_pitch + c);
			WIDE(transpose)(v);
			UNROLL
			for (int k = 0; k < WIDEST; k++)
				VSTORE(b + (size_t)(c + k) * b_pitch + r, v[k]);
		}
	transpose_by_four(rows - whole_rows, whole_columns, a_pitch, a + (size_t)whole_rows * a_pitch, b_pitch, b + whole_rows);
	transpose_by_four(rows, columns - whole_columns, a_pitch, a + whole_columns, b_pitch, b + (size_t)whole_columns * b_pitch);
}
