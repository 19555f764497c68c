/* Winograd's F(2x2, 3x3). */
#include "kern/simd/winograd_f2.h"

#include <math.h>
#include <string.h>

#include "kern/both/before_pool.h"
#include "kern/elementary.h"
#include "kern/simd/products.h"

enum { FEW_CHANNELS = 4, SIDES = WIDEST >= 16 ? 1 : 2, ROW_TILES = SIDES * WIDEST, FEW_FILTERS = 8, SUMS = FEW_FILTERS * SIDES + 1 };

static struct winograd_f2
winograd_f2_of(const struct conv *g)
{
	const int blocks = (g->ow / 2 + ROW_TILES - 1) / ROW_TILES;

	return (struct winograd_f2){ .g = g, .blocks = blocks, .plane = (size_t)(g->oh + 2) * (size_t)(g->ow + 2),
		             .row = (size_t)blocks * 4 * (size_t)g->c * ROW_TILES };
}

static size_t
winograd_f2_planes(const struct winograd_f2 *m)
{
	return align((size_t)m->g->c * m->plane);
}

size_t
winograd_f2_image(const struct conv *g)
{
	const struct winograd_f2 m = winograd_f2_of(g);

	return winograd_f2_planes(&m) + 4 * m.row;
}

size_t
winograd_f2_pack(const struct conv *g)
{
	return align((size_t)16 * (size_t)g->c * (size_t)g->f);
}

static int
first_tile(const struct winograd_f2 *m, int block)
{
	const int last = m->g->ow / 2 - ROW_TILES;

	return block * ROW_TILES < last ? block * ROW_TILES : last;
}

/* Three numbers of each filter to four: g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2; g (3, f) and `to` (4, f) with steps */
static void
winograd_f2_kernel_points(const float *g, ptrdiff_t step, float *to, ptrdiff_t to_step)
{
	for (int f = 0; f < FEW_FILTERS; f++) {
		const float outer = 0.5F * (g[f] + g[2 * step + f]), middle = 0.5F * g[step + f];
		to[f] = g[f];
		to[to_step + f] = outer + middle;
		to[2 * to_step + f] = outer - middle;
		to[3 * to_step + f] = g[2 * step + f];
	}
}

void
winograd_f2_prepare(struct winograd_f2 *m, const struct conv *g, const float *w, const float *b, bool relu, float *packed)
{
	const ptrdiff_t pixel = (ptrdiff_t)g->c * FEW_FILTERS;

	*m = winograd_f2_of(g);
	m->kernel = packed;
	m->b = b;
	m->least = VSPLAT(relu ? 0 : -INFINITY);
	for (int c = 0; c < g->c; c++, w += FEW_FILTERS, packed += FEW_FILTERS) {
		float points[4][3][FEW_FILTERS]; /* along y */
		for (int x = 0; x < 3; x++)
			winograd_f2_kernel_points(w + x * pixel, 3 * pixel, points[0][x], 3 * FEW_FILTERS);
		for (int y = 0; y < 4; y++)
			winograd_f2_kernel_points(points[y][0], FEW_FILTERS, packed + y * pixel, 4 * pixel);
	}
}

/* The points along x of a row of the planes. */
ALWAYS void
winograd_f2_points(const int c, const struct winograd_f2 *m, const float *planes, float *to)
{
	const size_t plane = m->plane;

	for (int block = 0; block < m->blocks; block++, to += 4 * c * ROW_TILES) {
		const float *const row = planes + 2 * first_tile(m, block);
		UNROLL
		for (int i = 0; i < c * SIDES; i++) {
			const float *const from = row + (size_t)(i / SIDES) * plane + i % SIDES * 2 * WIDEST;
			const VEC a = VLOAD(from), b = VLOAD(from + WIDEST), a2 = VLOAD(from + 2), b2 = VLOAD(from + WIDEST + 2);
			const VEC d0 = WIDE(even)(a, b), d1 = WIDE(odd)(a, b);
			const VEC d2 = WIDE(even)(a2, b2), d3 = WIDE(odd)(a2, b2);
			VSTORE(to + i * WIDEST, d0 - d2);
			VSTORE(to + (c * SIDES + i) * WIDEST, d1 + d2);
			VSTORE(to + (2 * c * SIDES + i) * WIDEST, d2 - d1);
			VSTORE(to + (3 * c * SIDES + i) * WIDEST, d1 - d3);
		}
	}
}

/* The points that row `tile` of tiles sees; such rows come from top to bottom. */
static void
winograd_f2_pairs(struct winograd_f2 *m, int tile, float *image)
{
	const int pitch = m->g->ow + 2;

	for (; m->pairs < tile + 2; m->pairs++)
		for (int y = 0; y < 2; y++) {
			const float *const planes = image + (size_t)(2 * m->pairs + y) * (size_t)pitch;
			float *const to = image + winograd_f2_planes(m) + (size_t)(m->pairs % 2 * 2 + y) * m->row;
			switch (m->g->c) {
			case 1: winograd_f2_points(1, m, planes, to); break;
			case 2: winograd_f2_points(2, m, planes, to); break;
			case 3: winograd_f2_points(3, m, planes, to); break;
			default: winograd_f2_points(4, m, planes, to);
			}
		}
}

/* sum (4, 4, f, SIDES): products of a block of tiles that sees four rows; one more vector between the points, so that they lie in
 * different banks of the cache */
ALWAYS void
winograd_f2_products(const int c, const float *const row[4], const float *w, const float *b, VEC sum[4][4][SUMS])
{
	for (int j = 0; j < 4; j++)
		UNROLL
		for (int i = 0; i < 4; i++) {
			const float *const up = row[i == 0 ? 0 : i == 2 ? 2 : 1] + j * c * ROW_TILES;
			const float *const down = row[i == 2 ? 1 : i == 3 ? 3 : 2] + j * c * ROW_TILES;
			VEC point[FEW_CHANNELS][SIDES];
			UNROLL
			for (int k = 0; k < c * SIDES; k++) {
				const VEC p = VLOAD(up + k * WIDEST), q = VLOAD(down + k * WIDEST);
				point[k / SIDES][k % SIDES] = i == 1 ? p + q : p - q;
			}
			UNROLL
			for (int f = 0; f < FEW_FILTERS; f++) {
				VEC s[SIDES];
				UNROLL
				for (int n = 0; n < SIDES; n++) /* what is added here comes out in all pixels */
					s[n] = i == 1 && j == 1 && b ? VFMA(VSPLAT(w[f]), point[0][n], VSPLAT(b[f])) : VSPLAT(w[f]) * point[0][n];
				UNROLL
				for (int k = 1; k < c; k++)
					UNROLL
					for (int n = 0; n < SIDES; n++)
						s[n] = VFMA(VSPLAT(w[k * FEW_FILTERS + f]), point[k][n], s[n]);
				UNROLL
				for (int n = 0; n < SIDES; n++)
					sum[j][i][f * SIDES + n] = s[n];
			}
			w += c * FEW_FILTERS;
		}
}

/* y (2): the pixels in row r of a vector of tiles of one filter */
ALWAYS void
winograd_f2_pixels(VEC sum[4][4][SUMS], int at, const int r, VEC y[2])
{
	VEC z[4];

	UNROLL
	for (int j = 0; j < 4; j++)
		z[j] = r ? sum[j][1][at] - sum[j][2][at] - sum[j][3][at] : sum[j][0][at] + sum[j][1][at] + sum[j][2][at];
	y[0] = z[0] + z[1] + z[2];
	y[1] = z[1] - z[2] - z[3];
}

/* x (n), or `least` where they are below */
ALWAYS void
winograd_f2_at_least(VEC least, const int n, VEC x[])
{
	UNROLL
	for (int i = 0; i < n; i++)
		x[i] = WIDE(larger)(least, x[i]);
}

static void
winograd_f2_multiply(struct winograd_f2 *m, float *image, int tile, int block, VEC sum[4][4][SUMS])
{
	const int c = m->g->c;
	const float *const points = image + winograd_f2_planes(m) + (size_t)block * 4 * (size_t)c * ROW_TILES, *row[4];

	winograd_f2_pairs(m, tile, image);
	for (int y = 0; y < 4; y++)
		row[y] = points + (size_t)((2 * tile + y) % 4) * m->row;
	switch (c) {
	case 1: winograd_f2_products(1, row, m->kernel, m->b, sum); break;
	case 2: winograd_f2_products(2, row, m->kernel, m->b, sum); break;
	case 3: winograd_f2_products(3, row, m->kernel, m->b, sum); break;
	default: winograd_f2_products(4, row, m->kernel, m->b, sum);
	}
}

/* Four vectors of tiles, one a filter, to (tiles, f), or `step` pixels apart. Lanes are in the order in which even and odd left
 * them. */
ALWAYS void
winograd_f2_store(VEC v[4], float *y, const int step)
{
	WIDE(fours)(v);
	UNROLL
	for (int i = 0; i < 4; i++)
		UNROLL
		for (int l = 0; l < WIDEST / 4; l++)
			store_4(y + (i / 2 * (WIDEST / 2) + 2 * l + i % 2) * step * FEW_FILTERS, WIDE(lane)(v[i], l));
}

/* Row r of the tiles to y (2 ROW_TILES, f). */
ALWAYS void
winograd_f2_row(const struct winograd_f2 *m, VEC sum[4][4][SUMS], const int r, float *y)
{
	const VEC least = m->least;

	for (int f = 0; f < FEW_FILTERS; f += 4, y += 4)
		UNROLL
		for (int n = 0; n < SIDES; n++) {
			VEC even[4], odd[4];
			UNROLL
			for (int i = 0; i < 4; i++) {
				VEC pixel[2];
				winograd_f2_pixels(sum, (f + i) * SIDES + n, r, pixel);
				winograd_f2_at_least(least, 2, pixel);
				even[i] = pixel[0];
				odd[i] = pixel[1];
			}
			winograd_f2_store(even, y + 2 * n * WIDEST * FEW_FILTERS, 2);
			winograd_f2_store(odd, y + (2 * n * WIDEST + 1) * FEW_FILTERS, 2);
		}
}

void
winograd_f2_rows(struct winograd_f2 *m, int oy, int rows, float *image, float *y)
{
	const ptrdiff_t pitch = (ptrdiff_t)m->g->ow * FEW_FILTERS;
	VEC sum[4][4][SUMS];

	for (int two = oy / 2 * 2; two < oy + rows; two += 2)
		for (int block = 0; block < m->blocks; block++) {
			float *const to = y + (two - oy) * pitch + 2 * first_tile(m, block) * FEW_FILTERS;
			winograd_f2_multiply(m, image, two / 2, block, sum);
			if (two >= oy)
				winograd_f2_row(m, sum, 0, to);
			if (two + 1 < oy + rows)
				winograd_f2_row(m, sum, 1, to + pitch);
		}
}

/* ---- with the pool after it ---- */

/* The pixels of a block of tiles, a vector of tiles by itself: (f, SIDES) of 2x2. */
typedef VEC block_pixels[FEW_FILTERS * SIDES][4];

struct before {
	const struct before_pool *f;
	block_pixels x, acted; /* before the activation, and after it */
	places kept[SIDES]; /* a tile's bits: 8 filters' of a pixel, then the next one's */
};

ALWAYS void
winograd_f2_four(VEC sum[4][4][SUMS], int at, VEC pixel[4])
{
	winograd_f2_pixels(sum, at, 0, pixel);
	winograd_f2_pixels(sum, at, 1, pixel + 2);
}

/* Lanes are in the order in which even and odd leave them. */
static void
winograd_f2_bits(const uint8_t *kept, int row, places to[SIDES])
{
	for (int n = 0; n < SIDES; n++, kept += 2 * WIDEST) {
		to[n] = (places){ 0 };
		for (int r = 0; r < 2; r++) {
			const VEC a = (VEC)WIDE(bytes)(kept + r * row), b = (VEC)WIDE(bytes)(kept + r * row + WIDEST);
			to[n] |= ((places)WIDE(even)(a, b) | (places)WIDE(odd)(a, b) << FEW_FILTERS) << 2 * r * FEW_FILTERS;
		}
	}
}

/* a filter's pixels, scaled */
ALWAYS void
winograd_f2_scale(float scale, float shift, VEC pixel[4])
{
	UNROLL
	for (int p = 0; p < 4; p++)
		pixel[p] = pixel[p] * VSPLAT(scale) + VSPLAT(shift);
}

/* as gelu_f32 */
ALWAYS VEC
winograd_f2_gelu(VEC x)
{
	const VEC a = (VEC)WIDE(smaller)((places)x & 0x7fffffff, (places)VSPLAT(GELU_END));
	VEC root = VSPLAT(gelu_root[0]);

	UNROLL
	for (int i = 1; i <= GELU_DEGREE; i++)
		root = VFMA(root, a, VSPLAT(gelu_root[i]));
	root *= root;
	root *= root;
	return VFMA(-a, root * root, WIDE(positive)(x));
}

/* as largest_gelus of before_pool.c */
ALWAYS VEC
winograd_f2_largest_gelu(const VEC pixel[4])
{
	VEC largest = pixel[0], negated = -pixel[0];

	UNROLL
	for (int p = 1; p < 4; p++) {
		largest = WIDE(larger)(pixel[p], largest);
		negated = WIDE(larger)(-pixel[p], negated);
	}
	return WIDE(larger)(winograd_f2_gelu(-negated), winograd_f2_gelu(largest));
}

/* The activation of all pixels of a block: together, for a loop over them takes less than a call for each. */
static void
winograd_f2_act(struct before *b, VEC sum[4][4][SUMS])
{
	for (int i = 0; i < FEW_FILTERS * SIDES; i++) {
		winograd_f2_four(sum, i, b->x[i]);
		if (b->f->scale)
			winograd_f2_scale(b->f->scale[i / SIDES], b->f->shift[i / SIDES], b->x[i]);
	}
	SET(act_y)(b->f->act, b->f->slope, sizeof b->x / sizeof(float), (float *)b->x, (float *)b->acted);
}

/* of filter f: those that were dropped are 0 */
ALWAYS void
winograd_f2_drop(places kept, int f, float scale, VEC pixel[4])
{
	UNROLL
	for (int p = 0; p < 4; p++)
		pixel[p] = (VEC)((places)(pixel[p] * scale) & ((kept & (int32_t)(1U << (p * FEW_FILTERS + f))) != 0));
}

/* `best` of a window's pixels, the first one's place at first, and what is inside of it */
ALWAYS void
winograd_f2_largest(const VEC pixel[4], const VEC inside[4], places first, int row, VEC *best, VEC *where, VEC *inner)
{
	places place = first, in = (places)inside[0];

	*best = pixel[0];
	UNROLL
	for (int p = 1; p < 4; p++) {
		const places more = pixel[p] > *best;
		in = ((places)inside[p] & more) | (in & ~more);
		keep_larger(best, &place, pixel[p], first + (p / 2 * row + p % 2 * FEW_FILTERS));
	}
	*where = (VEC)place;
	*inner = (VEC)in;
}

/* of a vector's tiles, the first pixels' numbers in winograd_f2_store's order */
ALWAYS places
winograd_f2_lanes(void)
{
	places lane = { 0 };

	for (int i = 0; i < WIDEST; i++)
		lane[i] = 2 * FEW_FILTERS * (i % 4 / 2 * (WIDEST / 2) + i / 4 * 2 + i % 2);
	return lane;
}

ALWAYS void
winograd_f2_pool_block(const bool keeps, const struct before *b, int row, int first, float *y, int32_t *at, float *inside)
{
	const places lane = winograd_f2_lanes();
	const block_pixels *const inner = act_needs_x(b->f->act) ? &b->x : &b->acted;
	const float scale = dropout_scale(b->f->rate);

	for (int f = 0; f < FEW_FILTERS; f += 4)
		for (int n = 0; n < SIDES; n++) {
			const int tile = n * WIDEST;
			VEC best[4], where[4], in[4];
			UNROLL
			for (int i = 0; i < 4; i++) {
				const int k = (f + i) * SIDES + n;
				VEC pixel[4];
				memcpy(pixel, b->acted[k], sizeof pixel);
				if (b->f->kept)
					winograd_f2_drop(b->kept[n], f + i, scale, pixel);
				winograd_f2_largest(pixel, (*inner)[k], lane + (first + 2 * tile * FEW_FILTERS + f + i), row, &best[i], &where[i], &in[i]);
			}
			winograd_f2_store(best, y + tile * FEW_FILTERS + f, 1);
			if (!keeps)
				continue;
			winograd_f2_store(where, (float *)at + tile * FEW_FILTERS + f, 1);
			if (inside)
				winograd_f2_store(in, inside + tile * FEW_FILTERS + f, 1);
		}
}

/* Where there is an activation that is not part of winograd_f2_pixels. kept: the bits of the row's first pixel and on; a pixel has a byte */
static void
winograd_f2_pool_acted(struct winograd_f2 *m, const struct before_pool *f, const uint8_t *kept, int oy, float *image, float *y, int32_t *at,
                       float *inside)
{
	const int ow = m->g->ow, row = ow * FEW_FILTERS;
	VEC sum[4][4][SUMS];
	struct before b;

	b.f = f;
	for (int block = 0; block < m->blocks; block++) {
		const int tile = first_tile(m, block), to = tile * FEW_FILTERS, first = oy * row + 2 * to;
		winograd_f2_multiply(m, image, oy / 2, block, sum);
		if (kept)
			winograd_f2_bits(kept + 2 * tile, ow, b.kept);
		winograd_f2_act(&b, sum);
		if (at)
			winograd_f2_pool_block(true, &b, row, first, y + to, at + to, inside ? inside + to : NULL);
		else
			winograd_f2_pool_block(false, &b, row, first, y + to, NULL, NULL);
	}
}

/* What is done before the pool, in registers. The activation is gelu, where nothing is dropped or kept, or relu or linear. */
ALWAYS void
winograd_f2_pool_tiles(const bool scaled, const bool gelu, const uint8_t *kept, struct winograd_f2 *m, const struct before_pool *b, int oy,
                       float *image, float *y, int32_t *at)
{
	const int row = m->g->ow * FEW_FILTERS;
	const places lane = winograd_f2_lanes();
	const VEC least = VSPLAT(b->act == ACT_RELU ? 0 : -INFINITY);
	const float larger = dropout_scale(b->rate);
	float scale[FEW_FILTERS], shift[FEW_FILTERS]; /* what y is written over is none of them */
	VEC sum[4][4][SUMS];
	places bits[SIDES];

	if (scaled) {
		memcpy(scale, b->scale, sizeof scale);
		memcpy(shift, b->shift, sizeof shift);
	}
	for (int block = 0; block < m->blocks; block++) {
		winograd_f2_multiply(m, image, oy / 2, block, sum);
		if (kept)
			winograd_f2_bits(kept + 2 * first_tile(m, block), m->g->ow, bits);
		for (int f = 0; f < FEW_FILTERS; f += 4)
			UNROLL
			for (int n = 0; n < SIDES; n++) {
				const int tile = first_tile(m, block) + n * WIDEST;
				VEC best[4], where[4];
				UNROLL
				for (int i = 0; i < 4; i++) {
					const places first = lane + (oy * row + 2 * tile * FEW_FILTERS + f + i);
					places place = first;
					VEC pixel[4];
					winograd_f2_four(sum, (f + i) * SIDES + n, pixel);
					if (scaled)
						winograd_f2_scale(scale[f + i], shift[f + i], pixel);
					if (gelu) {
						best[i] = winograd_f2_largest_gelu(pixel);
						continue;
					}
					winograd_f2_at_least(least, 4, pixel);
					if (kept)
						winograd_f2_drop(bits[n], f + i, larger, pixel);
					best[i] = pixel[0];
					UNROLL
					for (int p = 1; p < 4; p++)
						keep_larger(&best[i], &place, pixel[p], first + (p / 2 * row + p % 2 * FEW_FILTERS));
					where[i] = (VEC)place;
				}
				winograd_f2_store(best, y + tile * FEW_FILTERS + f, 1);
				if (at)
					winograd_f2_store(where, (float *)at + tile * FEW_FILTERS + f, 1);
			}
	}
}

void
winograd_f2_pool_row(struct winograd_f2 *m, const struct before_pool *f, int i, int oy, float *image, float *y, int32_t *at,
                     float *inside)
{
	const size_t pixel = ((size_t)i * (size_t)m->g->oh + (size_t)oy) * (size_t)m->g->ow;
	const uint8_t *const kept = f->kept ? f->kept + pixel : NULL;

	if (f->act == ACT_GELU && !kept && !at)
		winograd_f2_pool_tiles(f->scale, true, NULL, m, f, oy, image, y, NULL);
	else if (before_pool_acts(f))
		winograd_f2_pool_acted(m, f, kept, oy, image, y, at, inside);
	else if (kept && at)
		winograd_f2_pool_tiles(f->scale, false, kept, m, f, oy, image, y, at);
	else if (kept)
		winograd_f2_pool_tiles(f->scale, false, kept, m, f, oy, image, y, NULL);
	else if (f->scale && at)
		winograd_f2_pool_tiles(true, false, NULL, m, f, oy, image, y, at);
	else if (f->scale)
		winograd_f2_pool_tiles(true, false, NULL, m, f, oy, image, y, NULL);
	else if (at)
		winograd_f2_pool_tiles(false, false, NULL, m, f, oy, image, y, at);
	else
		winograd_f2_pool_tiles(false, false, NULL, m, f, oy, image, y, NULL);
}
