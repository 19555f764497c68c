/* Everything but convolution and dense layers: plain loops, the definition and the fast version in one text. It is
 * compiled once per instruction set, and the compiler vectorizes it. Nothing is contracted or reordered, and sums are
 * spelled in lanes, so every set gives the same bits. */
#include "kern/set.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "kern/real.h"

enum { LANES = 16 };

static int
min(int a, int b)
{
	return a < b ? a : b;
}

static int
max(int a, int b)
{
	return a > b ? a : b;
}

/* Activations */

typedef real map_fn(real x);
typedef real slope_fn(real x, real y);

static inline real
relu(real x)
{
	return 0 > x ? 0 : x; /* NaN stays NaN */
}

static inline real
relu_slope(real x, real y)
{
	(void)x;
	return y > 0;
}

static inline real
relu6(real x)
{
	return 0 > x ? 0 : x > 6 ? 6 : x;
}

static inline real
relu6_slope(real x, real y)
{
	(void)x;
	return y > 0 && y < 6;
}

/* x times the normal distribution function */
static inline real
gelu(real x)
{
	return (real)0.5 * x * (1 + real_erf(x * (real)0.70710678118654752));
}

static inline real
gelu_slope(real x, real y)
{
	(void)y;
	const real below = (real)0.5 * (1 + real_erf(x * (real)0.70710678118654752));
	return below + x * (real)0.39894228040143268 * real_exp((real)-0.5 * x * x);
}

static inline real
elu(real x)
{
	const real e = real_expm1(x > 0 ? 0 : x);

	return x > 0 ? x : e;
}

static inline real
elu_slope(real x, real y)
{
	(void)x;
	return y > 0 ? 1 : y + 1;
}

static inline real
tanh_slope(real x, real y)
{
	(void)x;
	return 1 - y * y;
}

static inline real
sigmoid(real x)
{
	return 1 / (1 + real_exp(-x));
}

static inline real
sigmoid_slope(real x, real y)
{
	(void)x;
	return y * (1 - y);
}

/* x sigmoid(v), whose relative error is small below 0, too: no exp overflows, and nothing is taken from 1 */
static inline real
gated(real x, real v)
{
	const real e = real_exp(v < 0 ? v : -v);

	return x * ((v < 0 ? e : 1) / (1 + e));
}

/* its slope, where dv is that of v; sigmoid' = e / (1 + e)^2 */
static inline real
gated_slope(real x, real v, real dv)
{
	const real e = real_exp(v < 0 ? v : -v), part = 1 / (1 + e);

	return (v < 0 ? e : 1) * part + x * dv * (e * part * part);
}

static inline real
silu(real x)
{
	return gated(x, x);
}

static inline real
silu_slope(real x, real y)
{
	(void)y;
	return gated_slope(x, x, 1);
}

static inline real
hard_silu(real x)
{
	return x * (relu6(x + 3) / 6);
}

static inline real
hard_silu_slope(real x, real y)
{
	(void)y;
	const real gate = relu6(x + 3), inside = relu6_slope(0, gate);
	return gate / 6 + x * inside / 6;
}

/* log(1 + exp(x)) */
static inline real
softplus(real x)
{
	return (x > 0 ? x : 0) + real_log1p(real_exp(x > 0 ? -x : x));
}

/* sigmoid(x) = 1 - exp(-y) */
static inline real
softplus_slope(real x, real y)
{
	(void)x;
	return -real_expm1(-y);
}

/* (1 + tanh(u)) / 2 = sigmoid(2 u) with u = sqrt(2 / pi) (x + 0.044715 x^3); where x^3 could overflow the gate is long 0 or 1 */
static inline real
gelu_tanh_bounded(real x)
{
	return x > 24 ? 24 : x < -24 ? -24 : x;
}

static inline real
gelu_tanh(real x)
{
	const real b = gelu_tanh_bounded(x);

	return gated(x, (real)1.5957691216057308 * (b + (real)0.044715 * b * b * b));
}

static inline real
gelu_tanh_slope(real x, real y)
{
	(void)y;
	const real b = gelu_tanh_bounded(x), z = (real)0.044715 * b * b;
	return gated_slope(x, (real)1.5957691216057308 * (b + z * b), (real)1.5957691216057308 * (1 + 3 * z));
}

/* inlined with a function it knows, so that the call in the loop disappears */
static inline __attribute__((always_inline)) void
map(map_fn *f, size_t n, const real *x, real *y)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		y[i] = f(x[i]);
}

static inline __attribute__((always_inline)) void
map_slope(slope_fn *f, size_t n, const real *x, const real *y, const real *dy, real *dx)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		dx[i] = dy[i] * f(x[i], y[i]);
}

static void
leaky(real slope, size_t n, const real *x, real *y)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		y[i] = x[i] > 0 ? x[i] : slope * x[i];
}

static void
leaky_dx(real slope, size_t n, const real *y, const real *dy, real *dx)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		dx[i] = dy[i] * (y[i] > 0 ? 1 : slope);
}

static void
act_y(enum act act, real slope, size_t n, const real *x, real *y)
{
	switch (act) {
	case ACT_RELU: map(relu, n, x, y); break;
	case ACT_LEAKYRELU: leaky(slope, n, x, y); break;
	case ACT_GELU: map(gelu, n, x, y); break;
	case ACT_ELU: map(elu, n, x, y); break;
	case ACT_TANH: map(real_tanh, n, x, y); break;
	case ACT_SIGMOID: map(sigmoid, n, x, y); break;
	case ACT_SILU: map(silu, n, x, y); break;
	case ACT_RELU6: map(relu6, n, x, y); break;
	case ACT_HARD_SILU: map(hard_silu, n, x, y); break;
	case ACT_SOFTPLUS: map(softplus, n, x, y); break;
	case ACT_GELU_TANH: map(gelu_tanh, n, x, y); break;
	default: memmove(y, x, n * sizeof *y);
	}
}

static void
act_dx(enum act act, real slope, size_t n, const real *x, const real *y, const real *dy, real *dx)
{
	if (!act_needs_x(act))
		x = y; /* not read, and may be gone */
	switch (act) {
	case ACT_RELU: map_slope(relu_slope, n, x, y, dy, dx); break;
	case ACT_LEAKYRELU: leaky_dx(slope, n, y, dy, dx); break;
	case ACT_GELU: map_slope(gelu_slope, n, x, x, dy, dx); break;
	case ACT_ELU: map_slope(elu_slope, n, x, y, dy, dx); break;
	case ACT_TANH: map_slope(tanh_slope, n, x, y, dy, dx); break;
	case ACT_SIGMOID: map_slope(sigmoid_slope, n, x, y, dy, dx); break;
	case ACT_SILU: map_slope(silu_slope, n, x, x, dy, dx); break;
	case ACT_RELU6: map_slope(relu6_slope, n, x, y, dy, dx); break;
	case ACT_HARD_SILU: map_slope(hard_silu_slope, n, x, x, dy, dx); break;
	case ACT_SOFTPLUS: map_slope(softplus_slope, n, x, y, dy, dx); break;
	case ACT_GELU_TANH: map_slope(gelu_tanh_slope, n, x, x, dy, dx); break;
	default: memmove(dx, dy, n * sizeof *dx);
	}
}

/* Softmax */

static real
lanes_sum(const real lane[LANES])
{
	real sum = 0;

	for (int l = 0; l < LANES; l++)
		sum += lane[l];
	return sum;
}

static real
sum(int n, const real *x)
{
	real lane[LANES] = { 0 };
	int i = 0;

	for (; i + LANES <= n; i += LANES)
		for (int l = 0; l < LANES; l++)
			lane[l] += x[i + l];
	for (int l = 0; i < n; i++, l++)
		lane[l] += x[i];
	return lanes_sum(lane);
}

static real
dot(int n, const real *x, const real *y)
{
	real lane[LANES] = { 0 };
	int i = 0;

	for (; i + LANES <= n; i += LANES)
		for (int l = 0; l < LANES; l++)
			lane[l] += x[i + l] * y[i + l];
	for (int l = 0; i < n; i++, l++)
		lane[l] += x[i] * y[i];
	return lanes_sum(lane);
}

/* less the largest: exp cannot overflow */
static void
softmax_y(int rows, int n, const real *x, real *y)
{
	for (int r = 0; r < rows; r++, x += n, y += n) {
		real top = x[0];
		for (int i = 1; i < n; i++)
			top = x[i] > top ? x[i] : top;
		INDEPENDENT
		for (int i = 0; i < n; i++)
			y[i] = real_exp(x[i] - top);
		const real total = sum(n, y);
		for (int i = 0; i < n; i++)
			y[i] /= total;
	}
}

static void
softmax_dx(int rows, int n, const real *y, const real *dy, real *dx)
{
	for (int r = 0; r < rows; r++, y += n, dy += n, dx += n) {
		const real mean = dot(n, y, dy);
		INDEPENDENT
		for (int i = 0; i < n; i++)
			dx[i] = y[i] * (dy[i] - mean);
	}
}

/* Dropout */

enum { BLOCKS = 32, DRAWS = 4 * BLOCKS };

/* BLOCKS blocks of Philox at once (base/rng.c has it one at a time): draws 4 block .. 4 block + DRAWS - 1 */
static void
draws(uint64_t key, uint64_t block, uint32_t bits[DRAWS])
{
	uint32_t a[BLOCKS], b[BLOCKS], c[BLOCKS] = { 0 }, d[BLOCKS] = { 0 };
	uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);

	for (unsigned i = 0; i < BLOCKS; i++) {
		a[i] = (uint32_t)(block + i);
		b[i] = (uint32_t)((block + i) >> 32);
	}
	for (int round = 0; round < 10; round++, k0 += 0x9e3779b9, k1 += 0xbb67ae85)
		for (int i = 0; i < BLOCKS; i++) {
			const uint64_t p = UINT64_C(0xd2511f53) * a[i], q = UINT64_C(0xcd9e8d57) * c[i];
			a[i] = (uint32_t)(q >> 32) ^ b[i] ^ k0;
			b[i] = (uint32_t)q;
			c[i] = (uint32_t)(p >> 32) ^ d[i] ^ k1;
			d[i] = (uint32_t)p;
		}
	for (int i = 0; i < BLOCKS; i++) {
		bits[4 * i] = a[i];
		bits[4 * i + 1] = b[i];
		bits[4 * i + 2] = c[i];
		bits[4 * i + 3] = d[i];
	}
}

/* the smallest draw that is kept: draw / 2^32 >= rate */
static uint32_t
threshold(real rate)
{
	const double t = (double)rate * 4294967296.0;

	if (!(t < 4294967295.0))
		return UINT32_MAX;
	return t > 0 ? (uint32_t)t + ((uint32_t)t < t) : 0;
}

static void
dropout(uint64_t key, uint64_t i0, real rate, size_t n, const real *x, real *y)
{
	const uint32_t least = threshold(rate);
	const real scale = 1 / (1 - rate);
	uint64_t block = i0 / 4;
	uint32_t bits[DRAWS];

	for (size_t i = 0, skip = i0 % 4; i < n; block += BLOCKS, skip = 0) {
		const size_t m = n - i < DRAWS - skip ? n - i : DRAWS - skip;
		draws(key, block, bits);
		INDEPENDENT
		for (size_t j = 0; j < m; j++)
			y[i + j] = bits[skip + j] >= least ? x[i + j] * scale : 0;
		i += m;
	}
}

static void
add(size_t n, const real *x, real *y)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		y[i] += x[i];
}

static void
mul(size_t n, const real *x, real *y)
{
	for (size_t i = 0; i < n; i++)
		y[i] *= x[i];
}

static void
axpy(size_t n, real a, const real *x, real *y)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		y[i] += a * x[i];
}

static void
scale(size_t n, real a, real *x)
{
	for (size_t i = 0; i < n; i++)
		x[i] *= a;
}

static void
bias(int rows, int n, const real *b, bool relu, real *y)
{
	for (int r = 0; r < rows; r++, y += n)
		for (int i = 0; i < n; i++) {
			const real sum = y[i] + b[i];
			y[i] = relu && 0 > sum ? 0 : sum;
		}
}

/* Pools. Every window meets the image. */

struct window {
	int y0, y1, x0, x1;
};

static struct window
window(const struct pool *g, int oy, int ox)
{
	const int y = oy * g->sh - g->top, x = ox * g->sw - g->left;

	return (struct window){ max(y, 0), min(y + g->ph, g->h), max(x, 0), min(x + g->pw, g->w) };
}

static real
count(struct window v)
{
	return (real)((v.y1 - v.y0) * (v.x1 - v.x0));
}

#include "kern/running.h"

/* SIDE channels at once, kept in registers while the window goes by */
#ifdef __AVX2__
enum { SIDE = 8 };
#else
enum { SIDE = 4 };
#endif
#define INDEX __typeof__(__builtin_choose_expr(REAL_IS_DOUBLE, (int64_t)0, (int32_t)0))
typedef real side __attribute__((vector_size(SIDE * sizeof(real))));
typedef real side_anywhere __attribute__((vector_size(SIDE * sizeof(real)), aligned(sizeof(real)), may_alias));
typedef INDEX side_index __attribute__((vector_size(SIDE * sizeof(INDEX))));
typedef INDEX side_index_anywhere __attribute__((vector_size(SIDE * sizeof(INDEX)), aligned(sizeof(real)), may_alias));
typedef int32_t side_places __attribute__((vector_size(SIDE * sizeof(int32_t)), aligned(sizeof(int32_t))));

/* k += first, first + 1, ... */
static inline void
add_channels(int first, side_index *k)
{
	for (int i = 0; i < SIDE; i++)
		(*k)[i] += first + i;
}

/* the window (h, w) of channels 0.. of x, whose first number is number `first` of its image of rows of `row` numbers; without
 * `at` the largest number only */
static inline __attribute__((always_inline)) void
largest_of_window(int h, int w, int row, int c, int first, const real *x, real *y, int32_t *at)
{
	side best = *(const side_anywhere *)x;
	side_index where = { 0 };

	for (int iy = 0; iy < h; iy++)
		for (int ix = 0; ix < w; ix++) {
			const side one = *(const side_anywhere *)(x + iy * row + ix * c);
			const side_index more = one > best;
			best = (side)(((side_index)one & more) | ((side_index)best & ~more));
			where = (((side_index){ 0 } + (iy * row + ix * c)) & more) | (where & ~more);
		}
	*(side_anywhere *)y = best;
	if (at) {
		add_channels(first, &where);
		*(side_places *)at = __builtin_convertvector(where, side_places);
	}
}

/* the same of one channel */
static inline void
largest_of_one(int h, int w, int row, int c, int first, const real *x, real *y, int32_t *at)
{
	int best = 0;

	for (int iy = 0; iy < h; iy++)
		for (int ix = 0; ix < w; ix++)
			best = x[iy * row + ix * c] > x[best] ? iy * row + ix * c : best;
	*y = x[best];
	if (at)
		*at = first + best;
}

/* Windows (h, w) of a row of them, `step` numbers apart. */
static inline __attribute__((always_inline)) void
largest_of_row(int h, int w, int windows, int step, int row, int c, int first, const real *x, real *y, int32_t *at)
{
	for (int i = 0; i < windows; i++, first += step, x += step, y += c, at += at ? c : 0) {
		int k = 0;
		for (; k + SIDE <= c; k += SIDE)
			largest_of_window(h, w, row, c, first + k, x + k, y + k, at ? at + k : NULL);
		for (; k < c; k++)
			largest_of_one(h, w, row, c, first + k, x + k, y + k, at ? at + k : NULL);
	}
}

/* No window reaches over the border. */
static bool
inside(const struct pool *g)
{
	return !g->top && !g->left && (g->oh - 1) * g->sh + g->ph <= g->h && (g->ow - 1) * g->sw + g->pw <= g->w;
}

static inline __attribute__((always_inline)) void
maxpool_row(const struct pool *g, int oy, const real *x, real *y, int32_t *at)
{
	const int c = g->c, row = g->w * c;

	if (inside(g) && g->ph == 2 && g->pw == 2) {
		largest_of_row(2, 2, g->ow, g->sw * c, row, c, oy * g->sh * row, x, y, at);
		return;
	}
	for (int ox = 0; ox < g->ow; ox++, y += c, at += at ? c : 0) {
		const struct window v = window(g, oy, ox);
		largest_of_row(v.y1 - v.y0, v.x1 - v.x0, 1, 0, row, c, v.y0 * row + v.x0 * c, x + v.x0 * c, y, at);
	}
}

void
SET(maxpool_row)(const struct pool *g, int oy, const real *x, real *y, int32_t *at)
{
	if (at)
		maxpool_row(g, oy, x, y, at);
	else
		maxpool_row(g, oy, x, y, NULL);
}

static void
maxpool_y(const struct pool *g, int n, const real *x, real *y, int32_t *at, void *scratch)
{
	const size_t row = (size_t)g->w * g->c, out = (size_t)g->ow * g->c;

	if (pool_overlaps(g)) {
		for (int i = 0; i < n; i++, x += (size_t)g->h * row, y += g->oh * out, at += at ? g->oh * out : 0)
			maxpool_overlapping(g, x, y, at, scratch);
		return;
	}
	for (int i = 0; i < n; i++, x += (size_t)g->h * row)
		for (int oy = 0; oy < g->oh; oy++, y += out, at += at ? out : 0)
			SET(maxpool_row)(g, oy, x + (size_t)window(g, oy, 0).y0 * row, y, at);
}

/* 0, + dy where the largest was, to each pixel of the window (h, w); dx is number `first` of its image */
static inline __attribute__((always_inline)) void
spread_over_window(int h, int w, int row, int c, int first, const int32_t *at, const real *dy, real *dx)
{
	const side_index d = *(const side_index_anywhere *)dy;
	side_index here = { 0 };

	add_channels(first, &here);
	const side_index where = __builtin_convertvector(*(const side_places *)at, side_index) - here;
	for (int iy = 0; iy < h; iy++)
		for (int ix = 0; ix < w; ix++)
			*(side_anywhere *)(dx + iy * row + ix * c) = (side){ 0 } + (side)(d & (where == iy * row + ix * c));
}

/* windows 2x2 side by side: each pixel is in one */
static void
maxpool_dx_2x2(const struct pool *g, const int32_t *at, const real *dy, real *dx)
{
	const int c = g->c, row = g->w * c;

	for (int oy = 0; oy < g->oh; oy++)
		for (int ox = 0; ox < g->ow; ox++, at += c, dy += c) {
			const int first = 2 * oy * row + 2 * ox * c;
			for (int k = 0; k < c; k += SIDE)
				spread_over_window(2, 2, row, c, first + k, at + k, dy + k, dx + first + k);
		}
}

static void
maxpool_dx(const struct pool *g, int n, const int32_t *at, const real *dy, real *dx)
{
	const size_t in = (size_t)g->h * g->w * g->c, out = (size_t)g->oh * g->ow * g->c;
	const bool tiles = inside(g) && g->ph == 2 && g->pw == 2 && g->sh == 2 && g->sw == 2 && g->c % SIDE == 0;

	if (!tiles || g->h % 2 || g->w % 2)
		memset(dx, 0, (size_t)n * in * sizeof *dx);
	for (int i = 0; i < n; i++, at += out, dy += out, dx += in)
		if (tiles)
			maxpool_dx_2x2(g, at, dy, dx);
		else
			for (size_t k = 0; k < out; k++)
				dx[at[k]] += dy[k];
}

static void
avgpool_image(const struct pool *g, const real *x, real *y)
{
	const int c = g->c;

	for (int oy = 0; oy < g->oh; oy++)
		for (int ox = 0; ox < g->ow; ox++, y += c) {
			const struct window v = window(g, oy, ox);
			for (int k = 0; k < c; k++)
				y[k] = 0;
			for (int iy = v.y0; iy < v.y1; iy++)
				for (int ix = v.x0; ix < v.x1; ix++)
					add((size_t)c, x + ((size_t)iy * g->w + ix) * c, y);
			for (int k = 0; k < c; k++)
				y[k] /= count(v);
		}
}

static void
avgpool_y(const struct pool *g, int n, const real *x, real *y, void *scratch)
{
	const size_t in = (size_t)g->h * g->w * g->c, out = (size_t)g->oh * g->ow * g->c;

	for (int i = 0; i < n; i++, x += in, y += out)
		if (pool_overlaps(g))
			avgpool_overlapping(g, x, y, scratch);
		else
			avgpool_image(g, x, y);
}

static void
avgpool_dx_image(const struct pool *g, const real *dy, real *dx)
{
	const int c = g->c;

	memset(dx, 0, (size_t)g->h * g->w * c * sizeof *dx);
	for (int oy = 0; oy < g->oh; oy++)
		for (int ox = 0; ox < g->ow; ox++, dy += c) {
			const struct window v = window(g, oy, ox);
			const real part = 1 / count(v);
			for (int iy = v.y0; iy < v.y1; iy++)
				for (int ix = v.x0; ix < v.x1; ix++)
					axpy((size_t)c, part, dy, dx + ((size_t)iy * g->w + ix) * c);
		}
}

static void
avgpool_dx(const struct pool *g, int n, const real *dy, real *dx, void *scratch)
{
	const size_t in = (size_t)g->h * g->w * g->c, out = (size_t)g->oh * g->ow * g->c;

	for (int i = 0; i < n; i++, dy += out, dx += in)
		if (pool_overlaps(g))
			avgpool_dx_overlapping(g, dy, dx, scratch);
		else
			avgpool_dx_image(g, dy, dx);
}

/* Batch normalization. Sums over rows go through short sums of ROWS rows: adding a million floats to one loses digits. */

enum { ROWS = 128, CHANNELS = 64 };

static void
bn_sum(size_t rows, int c, const real *x, real *sums)
{
	for (size_t r0 = 0; r0 < rows; r0 += ROWS)
		for (int k0 = 0; k0 < c; k0 += CHANNELS) {
			const size_t r1 = rows - r0 < ROWS ? rows : r0 + ROWS;
			const int m = min(c - k0, CHANNELS);
			real part[CHANNELS] = { 0 };
			for (size_t r = r0; r < r1; r++)
				for (int k = 0; k < m; k++)
					part[k] += x[r * c + k0 + k];
			for (int k = 0; k < m; k++)
				sums[k0 + k] += part[k];
		}
}

static void
bn_square(size_t rows, int c, const real *x, const real *mean, real *sums)
{
	for (size_t r0 = 0; r0 < rows; r0 += ROWS)
		for (int k0 = 0; k0 < c; k0 += CHANNELS) {
			const size_t r1 = rows - r0 < ROWS ? rows : r0 + ROWS;
			const int m = min(c - k0, CHANNELS);
			real part[CHANNELS] = { 0 };
			for (size_t r = r0; r < r1; r++)
				for (int k = 0; k < m; k++) {
					const real d = x[r * c + k0 + k] - mean[k0 + k];
					part[k] += d * d;
				}
			for (int k = 0; k < m; k++)
				sums[k0 + k] += part[k];
		}
}

static void
bn_y(size_t rows, int c, const real *x, const real *scale, const real *shift, real *y)
{
	for (size_t r = 0; r < rows; r++, x += c, y += c) {
		INDEPENDENT
		for (int k = 0; k < c; k++)
			y[k] = x[k] * scale[k] + shift[k];
	}
}

static void
bn_dsum(size_t rows, int c, const real *x, const real *mean, const real *dy, real *sdy, real *sdyx)
{
	for (size_t r0 = 0; r0 < rows; r0 += ROWS)
		for (int k0 = 0; k0 < c; k0 += CHANNELS) {
			const size_t r1 = rows - r0 < ROWS ? rows : r0 + ROWS;
			const int m = min(c - k0, CHANNELS);
			real part[CHANNELS] = { 0 }, partx[CHANNELS] = { 0 };
			for (size_t r = r0; r < r1; r++)
				for (int k = 0; k < m; k++) {
					const real d = dy[r * c + k0 + k];
					part[k] += d;
					partx[k] += d * (x[r * c + k0 + k] - mean[k0 + k]);
				}
			for (int k = 0; k < m; k++) {
				sdy[k0 + k] += part[k];
				sdyx[k0 + k] += partx[k];
			}
		}
}

static void
bn_dx(size_t rows, int c, const real *x, const real *dy, const real *a, const real *b, const real *k, real *dx)
{
	for (size_t r = 0; r < rows; r++, x += c, dy += c, dx += c) {
		INDEPENDENT
		for (int i = 0; i < c; i++)
			dx[i] = a[i] * dy[i] + b[i] * x[i] + k[i];
	}
}

/* Sums */

static double
lanes_sum_double(const double lane[LANES])
{
	double total = 0;

	for (int l = 0; l < LANES; l++)
		total += lane[l];
	return total;
}

static double
sum_squares(size_t n, const real *x)
{
	double lane[LANES] = { 0 };
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		for (int l = 0; l < LANES; l++)
			lane[l] += (double)x[i + l] * x[i + l];
	for (int l = 0; i < n; i++, l++)
		lane[l] += (double)x[i] * x[i];
	return lanes_sum_double(lane);
}

static double
sum_abs(size_t n, const real *x)
{
	double lane[LANES] = { 0 };
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		for (int l = 0; l < LANES; l++)
			lane[l] += fabs((double)x[i + l]);
	for (int l = 0; i < n; i++, l++)
		lane[l] += fabs((double)x[i]);
	return lanes_sum_double(lane);
}

/* Without their signs, floating-point numbers stand in the order of their bits, infinity and then NaN last. */
static inline INDEX
magnitude(real x)
{
	INDEX bits;

	memcpy(&bits, &x, sizeof bits);
	return bits & (INDEX)(REAL_IS_DOUBLE ? INT64_MAX : INT32_MAX);
}

/* A NaN counts as infinity. */
static real
largest(size_t n, const real *x)
{
	INDEX lane[LANES] = { 0 };
	real most;
	size_t i = 0;

	for (; i < n / LANES * LANES; i += LANES)
		for (int l = 0; l < LANES; l++) {
			const INDEX a = magnitude(x[i + l]);
			lane[l] = a > lane[l] ? a : lane[l];
		}
	for (; i < n; i++)
		lane[0] = magnitude(x[i]) > lane[0] ? magnitude(x[i]) : lane[0];
	for (int l = 1; l < LANES; l++)
		lane[0] = lane[l] > lane[0] ? lane[l] : lane[0];
	memcpy(&most, &lane[0], sizeof most);
	return most <= (real)INFINITY ? most : (real)INFINITY;
}

/* Optimizers: Keras 3's rules */

/* decoupled: w <- w - lr decay w, before the step */
static void
decay(const struct update *s, size_t n, real *w)
{
	const real d = (real)s->decay;

	if (d != 0)
		for (size_t i = 0; i < n; i++)
			w[i] -= d * w[i];
}

/* w <- w - lr g */
static void
sgd(const struct update *s, size_t n, const real *restrict g, real *restrict w, real *s0, real *s1)
{
	const real lr = (real)s->lr;

	(void)s0, (void)s1;
	decay(s, n, w);
	for (size_t i = 0; i < n; i++)
		w[i] -= lr * g[i];
}

/* v <- m v - lr g;  w <- w + v */
static void
momentum(const struct update *s, size_t n, const real *restrict g, real *restrict w, real *restrict v, real *s1)
{
	const real lr = (real)s->lr, m = (real)s->momentum;

	(void)s1;
	decay(s, n, w);
	for (size_t i = 0; i < n; i++) {
		v[i] = m * v[i] - lr * g[i];
		w[i] += v[i];
	}
}

/* v <- m v - lr g;  w <- w + m v - lr g */
static void
nesterov(const struct update *s, size_t n, const real *restrict g, real *restrict w, real *restrict v, real *s1)
{
	const real lr = (real)s->lr, m = (real)s->momentum;

	(void)s1;
	decay(s, n, w);
	for (size_t i = 0; i < n; i++) {
		const real step = lr * g[i];
		v[i] = m * v[i] - step;
		w[i] += m * v[i] - step;
	}
}

/* m <- m + (1 - b1) (g - m);  v <- v + (1 - b2) (g^2 - v);  w <- w - lr m / (sqrt(v) + epsilon) */
static void
adam(const struct update *s, size_t n, const real *restrict g, real *restrict w, real *restrict m, real *restrict v)
{
	const real lr = (real)s->lr, c1 = (real)(1 - s->beta1), c2 = (real)(1 - s->beta2);
	const real epsilon = (real)s->epsilon;

	decay(s, n, w);
	for (size_t i = 0; i < n; i++) {
		m[i] += (g[i] - m[i]) * c1;
		v[i] += (g[i] * g[i] - v[i]) * c2;
		w[i] -= lr * m[i] / (real_sqrt(v[i]) + epsilon);
	}
}

/* v <- b2 v + (1 - b2) g^2;  u = lr g / sqrt(v + epsilon);  without momentum w <- w - u,
 * with it (mean is the slot) mean <- momentum mean + u;  w <- w - mean */
static void
rmsprop(const struct update *s, size_t n, const real *restrict g, real *restrict w, real *restrict v,
        real *restrict mean)
{
	const real lr = (real)s->lr, b2 = (real)s->beta2, c2 = (real)(1 - s->beta2), m = (real)s->momentum;
	const real epsilon = (real)s->epsilon;

	decay(s, n, w);
	if (m > 0)
		for (size_t i = 0; i < n; i++) {
			v[i] = b2 * v[i] + c2 * (g[i] * g[i]);
			mean[i] = m * mean[i] + lr * g[i] / real_sqrt(v[i] + epsilon);
			w[i] -= mean[i];
		}
	else
		for (size_t i = 0; i < n; i++) {
			v[i] = b2 * v[i] + c2 * (g[i] * g[i]);
			w[i] -= lr * g[i] / real_sqrt(v[i] + epsilon);
		}
}

/* Images of bytes */

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

static void
byte_sums(size_t rows, int n, const uint8_t *restrict x, uint32_t *restrict sum, uint32_t *restrict square)
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

static void
byte_scale(size_t rows, int n, const uint8_t *restrict x, real k, const real *restrict shift, const real *restrict scale,
           real *restrict y)
{
	for (size_t i = 0; i < rows; i++, x += n, y += n)
		for (int j = 0; j < n; j++)
			y[j] = ((real)x[j] * k - shift[j]) * scale[j];
}

/* the set's table; conv_* and dense_* come from ref.c or simd.c */
extern const struct kern SET(kern);
const struct kern SET(kern) = {
	.name = QUOTE2(ISA),
	.conv_scratch = SET(conv_scratch), .conv_y = SET(conv_y), .conv_dx = SET(conv_dx), .conv_dw = SET(conv_dw),
	.conv_pool_scratch = SET(conv_pool_scratch), .conv_pool_y = SET(conv_pool_y),
	.depthwise_scratch = SET(depthwise_scratch), .depthwise_y = SET(depthwise_y), .depthwise_dx = SET(depthwise_dx),
	.depthwise_dw = SET(depthwise_dw),
	.dense_y = SET(dense_y), .bias = bias, .dense_dx = SET(dense_dx), .dense_dw = SET(dense_dw), .dense_db = SET(dense_db),
	.pool_scratch = pool_scratch, .maxpool_y = maxpool_y, .maxpool_dx = maxpool_dx, .avgpool_y = avgpool_y, .avgpool_dx = avgpool_dx,
	.act_y = act_y, .act_dx = act_dx, .softmax_y = softmax_y, .softmax_dx = softmax_dx,
	.dropout = dropout, .add = add, .mul = mul, .axpy = axpy, .scale = scale,
	.bn_sum = bn_sum, .bn_square = bn_square, .bn_y = bn_y, .bn_dsum = bn_dsum, .bn_dx = bn_dx,
	.byte_sums = byte_sums, .byte_scale = byte_scale,
	.sum_squares = sum_squares, .sum_abs = sum_abs, .largest = largest,
	.sgd = sgd, .momentum = momentum, .nesterov = nesterov, .adam = adam, .rmsprop = rmsprop,
};
