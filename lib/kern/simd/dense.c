/* Dense layers: products of matrices by the loops of products.h, cut into blocks for the cache. */
#include <string.h>

#include "kern/isa.h"
#include "kern/order.h"
#include "kern/simd/columns.h"
#include "kern/simd/products.h"
#include "kern/simd/transpose.h"
#include "kern/simd/vectors.h"

void
SET(dense_y)(int n, int in, int units, int i0, int i1, const float *x, const float *w, bool adds, float *y)
{
	const struct mul m = { .rows = 1, .taps = i1 - i0, .x_pixel = in, .w_tap = units, .y_pixel = units, .adds = adds };
	const float none[4 * WIDEST] = { 0 };

	for (int u = 0; u < units;) {
		const struct panel *p = panel_within(units - u < 2 * WIDEST ? units - u : 2 * WIDEST);
		p->mul(&m, n, x + i0, w + (size_t)i0 * units + u, none, y + u, p->width);
		u += p->width;
	}
}

/* dx of `samples` samples and `inputs` inputs as its transpose, w . dy^T: samples become lanes. */
enum { DX_INPUTS = 96 };

static void
dense_dx_block(int samples, int inputs, int in, int units, const float *dy, const float *w, float *dx)
{
	const struct panel *p = panel_over(samples < 4 ? 4 : samples);
	const float none[4 * WIDEST] = { 0 };
	float turned[UNITS_TOGETHER * 3 * WIDEST], y[DX_INPUTS * 3 * WIDEST]; /* panels have three vectors at most */
	struct mul m = { .rows = 1, .x_pixel = units, .w_tap = p->width, .y_pixel = p->width };

	if (samples < p->width)
		memset(turned, 0, sizeof turned);
	for (int u = 0; u < units; u += UNITS_TOGETHER) {
		m.taps = units - u < UNITS_TOGETHER ? units - u : UNITS_TOGETHER;
		m.adds = u > 0;
		transpose(samples, m.taps, (size_t)units, dy + u, (size_t)p->width, turned);
		p->mul(&m, inputs, w + u, turned, none, y, p->width);
	}
	transpose(inputs, samples, (size_t)p->width, y, (size_t)in, dx);
}

/* The same of many samples and few units: there it pays to transpose w instead of dy and dx, and inputs become lanes. */
enum { MANY_SAMPLES = 64, MANY_INPUTS = 48, MANY_UNITS = 128 };

static void
dense_dx_many(int n, int inputs, int in, int units, const float *dy, const float *w, float *dx)
{
	const struct mul m = { .rows = 1, .taps = units, .x_pixel = units, .w_tap = MANY_INPUTS, .y_pixel = in };
	const float none[4 * WIDEST] = { 0 };
	float turned[MANY_UNITS * MANY_INPUTS];

	transpose(inputs, units, (size_t)units, w, MANY_INPUTS, turned);
	for (int i = 0; i < inputs;) {
		const struct panel *p = panel_within(inputs - i < 2 * WIDEST ? inputs - i : 2 * WIDEST);
		p->mul(&m, n, dy, turned + i, none, dx + i, p->width);
		i += p->width;
	}
}

/* The same of `samples` samples, 4 at most, and WIDEST inputs: those are lanes, as so few samples would not fill a vector.
 * Sums are taken in the order of the other two: what is written does not depend on how many samples there are. */
ALWAYS void
dense_dx_few(const int samples, int in, int units, const float *dy, const float *w, float *dx)
{
	VEC sum[4], total[4] = { VSPLAT(0), VSPLAT(0), VSPLAT(0), VSPLAT(0) }, v[WIDEST];

	for (int u0 = 0; u0 < units; u0 += UNITS_TOGETHER) {
		const int u1 = units - u0 < UNITS_TOGETHER ? units : u0 + UNITS_TOGETHER;
		UNROLL
		for (int s = 0; s < samples; s++)
			sum[s] = VSPLAT(0);
		for (int u = u0; u < u1; u += WIDEST) {
			const int some = u1 - u < WIDEST ? u1 - u : WIDEST;
			for (int k = 0; k < WIDEST; k++) {
				float row[WIDEST] = { 0 };
				if (some < WIDEST)
					memcpy(row, w + (size_t)k * (size_t)units + u, (size_t)some * sizeof *row);
				v[k] = VLOAD(some < WIDEST ? row : w + (size_t)k * (size_t)units + u);
			}
			WIDE(transpose)(v);
			for (int k = 0; k < some; k++)
				UNROLL
				for (int s = 0; s < samples; s++)
					sum[s] = VFMA(VSPLAT(dy[(size_t)s * (size_t)units + u + k]), v[k], sum[s]);
		}
		UNROLL
		for (int s = 0; s < samples; s++)
			total[s] = sum[s] + total[s];
	}
	for (int s = 0; s < samples; s++)
		VSTORE(dx + (size_t)s * (size_t)in, total[s]);
}

void
SET(dense_dx)(int n, int in, int units, int i0, int i1, const float *dy, const float *w, float *dx)
{
	for (; n <= 4 && i1 - i0 >= WIDEST; i0 += WIDEST)
		switch (n) {
		case 1: dense_dx_few(1, in, units, dy, w + (size_t)i0 * (size_t)units, dx + i0); break;
		case 2: dense_dx_few(2, in, units, dy, w + (size_t)i0 * (size_t)units, dx + i0); break;
		case 3: dense_dx_few(3, in, units, dy, w + (size_t)i0 * (size_t)units, dx + i0); break;
		default: dense_dx_few(4, in, units, dy, w + (size_t)i0 * (size_t)units, dx + i0);
		}
	for (; n >= MANY_SAMPLES && units <= MANY_UNITS && i0 < i1; i0 += MANY_INPUTS)
		dense_dx_many(n, i1 - i0 < MANY_INPUTS ? i1 - i0 : MANY_INPUTS, in, units, dy, w + (size_t)i0 * (size_t)units, dx + i0);
	for (int i = i0; i < i1; i += DX_INPUTS)
		for (int k = 0, samples; k < n; k += samples) {
			samples = panel_over(n - k < 4 ? 4 : n - k)->width;
			samples = n - k < samples ? n - k : samples;
			dense_dx_block(samples, i1 - i < DX_INPUTS ? i1 - i : DX_INPUTS, in, units, dy + (size_t)k * (size_t)units,
				w + (size_t)i * (size_t)units, dx + (size_t)k * (size_t)in + i);
		}
}

/* dw by blocks of samples and inputs. Rows of x are often a power of two apart, and then the cache holds only a few of them:
 * if there are more, a block of x is copied first. The rows of the next block are fetched ahead, a few at a time during the
 * multiplications, because a processor can wait for only some twenty cache lines at once. */
enum { DW_INPUTS = 96, DW_FEW = 32, DW_STRIP = 12 };

static void
fetch_rows(int rows, int inputs, int in, const float *x)
{
	for (int r = 0; r < rows; r++, x += in)
		for (int i = 0; i < inputs; i += 16)
			__builtin_prefetch(x + i, 0, 2);
}

/* of a block of x (samples, inputs); `below` rows more come next */
static void
dense_dw_block(int samples, int below, int inputs, int in, int units, bool adds, const float *x, const float *dy, float *dw)
{
	float block[SAMPLES_TOGETHER * DW_INPUTS];
	const bool copied = samples > DW_FEW || below > 0 || adds;
	const struct outer m = { .rows = 1, .pixels = samples, .x_pixel = copied ? DW_INPUTS : in, .dy_pixel = units,
		.dw_tap = units, .adds = adds };
	int fetched = 0;

	for (int r = 0; copied && r < samples; r++)
		memcpy(block + r * DW_INPUTS, x + (size_t)r * (size_t)in, (size_t)inputs * sizeof *x);
	for (int u = 0; u < units;) {
		const struct panel *p = panel_within(units - u);
		for (int i = 0, strip; i < inputs; i += strip) {
			strip = below && inputs - i > DW_STRIP ? DW_STRIP : inputs - i;
			const int64_t done = (int64_t)u * inputs + (int64_t)p->width * (i + strip);
			const int due = (int)(below * done / ((int64_t)units * inputs));
			if (due > fetched)
				fetch_rows(due - fetched, inputs, in, x + (size_t)(samples + fetched) * (size_t)in);
			fetched = due;
			p->outer(&m, strip, (copied ? block : x) + i, dy + u, dw + (size_t)i * (size_t)units + u, p->width);
		}
		u += p->width;
	}
}

void
SET(dense_dw)(int n, int in, int units, int i0, int i1, const float *x, const float *dy, float *dw)
{
	for (int i = i0; i < i1; i += DW_INPUTS)
		for (int k = 0; k < n; k += SAMPLES_TOGETHER) {
			const int samples = n - k < SAMPLES_TOGETHER ? n - k : SAMPLES_TOGETHER, left = n - k - samples;
			dense_dw_block(samples, left < SAMPLES_TOGETHER ? left : SAMPLES_TOGETHER, i1 - i < DW_INPUTS ? i1 - i : DW_INPUTS, in, units,
				k > 0, x + (size_t)k * (size_t)in + i, dy + (size_t)k * (size_t)units, dw + (size_t)i * (size_t)units);
		}
}

void
SET(dense_db)(int n, int units, const float *dy, float *db)
{
	memset(db, 0, (size_t)units * sizeof *db);
	add_columns((size_t)n, (size_t)units, units, dy, db);
}
