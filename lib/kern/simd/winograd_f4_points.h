/* The transforms of Winograd's F(4x4, 3x3) in one dimension, on vectors, and what its files share. */
#ifndef KERN_SIMD_WINOGRAD_F4_POINTS_H
#define KERN_SIMD_WINOGRAD_F4_POINTS_H

#include "kern/both/loops.h"
#include "kern/order.h"
#include "kern/simd/products.h"
#include "kern/simd/vectors.h"

enum { TILE = 4, POINTS = 6, PLANES = POINTS * POINTS, FILTERS = 2 * WIDEST, BLOCK_FILTERS = 64, TILES_MOST = TILES_TOGETHER_LARGE };

/* Pixels are read by lines of the cache, all vectors of one after the other: the pixels of a tile may lie where the first cache cannot hold
 * them together. */
enum { LINE = 16, VECTORS = LINE / WIDEST };

/* Floats from a plane to the next: not a multiple of the cache's period. */
static inline size_t
plane(size_t rows, int columns)
{
	return rows * (size_t)columns + 16;
}

/* The panel of at most FILTERS that `left` filters begin with. */
static inline const struct panel *
filters_panel(int left)
{
	return panel_within(left < FILTERS ? left : FILTERS);
}

/* Where a tile is, and how many pixels it has. */
struct tile_place {
	size_t image;
	int y0, x0; /* its first pixel of the output */
	int rows, columns;
};

static inline int
tiles_across(const struct conv *g)
{
	return (g->ow + TILE - 1) / TILE;
}

static inline int
tiles_of(const struct conv *g)
{
	return tiles_across(g) * ((g->oh + TILE - 1) / TILE);
}

static inline struct tile_place
place_at(const struct conv *g, size_t image, int y0, int x0)
{
	return (struct tile_place){ image, y0, x0, winograd_f4_side(g->oh, y0), winograd_f4_side(g->ow, x0) };
}

/* tile number t of images with g's outputs */
static inline struct tile_place
place_of(const struct conv *g, size_t t)
{
	const int tile = (int)(t % (size_t)tiles_of(g)), across = tiles_across(g);

	return place_at(g, t / (size_t)tiles_of(g), tile / across * TILE, tile % across * TILE);
}

/* the tile after p, without divisions: they show where a tile has few channels */
static inline struct tile_place
place_after(const struct conv *g, struct tile_place p)
{
	if (p.x0 + TILE < g->ow)
		return place_at(g, p.image, p.y0, p.x0 + TILE);
	return p.y0 + TILE < g->oh ? place_at(g, p.image, p.y0 + TILE, 0) : place_at(g, p.image + 1, 0, 0);
}

/* Tiles that are transformed and multiplied together, kind after kind: those that have a point lie side by side. */
struct tiles {
	int some;
	struct tile_place place[TILES_MOST];
	int rows, columns;                /* of the tiles that have fewer pixels */
	int after[WINOGRAD_F4_KINDS + 1]; /* how many are of the kinds before */
};

/* tiles t0 .. t0 + some - 1 */
static inline void
tiles_from(const struct conv *g, size_t t0, int some, struct tiles *t)
{
	const struct tile_place from = place_of(g, t0);
	struct tile_place p = from;
	int next[WINOGRAD_F4_KINDS];

	t->some = some;
	t->rows = (g->oh - 1) % TILE + 1;
	t->columns = (g->ow - 1) % TILE + 1;
	memset(t->after, 0, sizeof t->after);
	for (int i = 0; i < some; i++, p = place_after(g, p))
		t->after[winograd_f4_kind(p.rows, p.columns) + 1]++;
	for (int kind = 0; kind < WINOGRAD_F4_KINDS; kind++) {
		next[kind] = t->after[kind];
		t->after[kind + 1] += t->after[kind];
	}
	p = from;
	for (int i = 0; i < some; i++, p = place_after(g, p))
		t->place[next[winograd_f4_kind(p.rows, p.columns)]++] = p;
}

/* The tiles that have the point of this plane: from `first` on, so many. */
static inline int
tiles_with(const struct tiles *t, int plane, int *first)
{
	const bool in_rows = winograd_f4_has_point(t->rows, plane / POINTS), in_columns = winograd_f4_has_point(t->columns, plane % POINTS);

	*first = t->after[in_columns ? 0 : 1];
	return t->after[!in_rows ? 2 : in_columns ? WINOGRAD_F4_KINDS : 3] - *first;
}

/* DO(pixels), where these are a constant */
#define BY_SIDE(pixels, DO) \
	switch (pixels) { \
	case 1: DO(1); break; \
	case 2: DO(2); break; \
	case 3: DO(3); break; \
	default: DO(4); \
	}

/* The three transforms in one dimension; `to` and `from` are `step` vectors apart. Of a tile of fewer pixels, only the points that it has are
 * set or read; plain/winograd_f4.c has the formulas. */
ALWAYS void
image_points(const int pixels, const VEC d[POINTS], VEC *to, const int step)
{
	const VEC four = VSPLAT(4), two = VSPLAT(2), three = VSPLAT(3);

	if (pixels == 4) {
		const VEC five = VSPLAT(-5), a = VFMA(-four, d[2], d[4]), b = VFMA(-four, d[1], d[3]), e = d[4] - d[2], o = d[3] - d[1];
		to[0] = VFMA(four, d[0], VFMA(five, d[2], d[4]));
		to[1 * step] = a + b;
		to[2 * step] = a - b;
		to[3 * step] = VFMA(two, o, e);
		to[4 * step] = VFMA(-two, o, e);
		to[5 * step] = VFMA(four, d[1], VFMA(five, d[3], d[5]));
	} else if (pixels == 3) {
		const VEC o = d[3] - d[1];
		to[0] = VFMA(four, d[0] - d[2], o + o);
		to[1 * step] = three * VFMA(-two, d[1], d[3] - d[2]);
		to[2 * step] = VFMA(two, d[1], VFMA(-three, d[2], d[3]));
		to[3 * step] = four * o;
		to[5 * step] = VFMA(-two, o, d[4] - d[2]);
	} else if (pixels == 2) {
		to[0] = four * (d[0] - d[2]);
		to[1 * step] = -three * (d[1] + d[2]);
		to[2 * step] = three * (d[1] - d[2]);
		to[5 * step] = d[3] - d[1];
	} else {
		to[0] = four * (d[0] - d[1]);
		to[1 * step] = VSPLAT(-6) * d[1];
		to[5 * step] = d[2] - d[1];
	}
}

ALWAYS void
kernel_points(const VEC g[3], VEC *to, const int step)
{
	const VEC a = (g[0] + g[2]) * VSPLAT(-1 / 6.0f), b = g[1] * VSPLAT(1 / 6.0f);
	const VEC c = VFMA(g[0], VSPLAT(1 / 24.0f), g[2] * VSPLAT(1 / 6.0f)), d = g[1] * VSPLAT(1 / 12.0f);

	to[0] = g[0] * VSPLAT(0.25f);
	to[1 * step] = a - b;
	to[2 * step] = a + b;
	to[3 * step] = c + d;
	to[4 * step] = c - d;
	to[5 * step] = g[2];
}

ALWAYS void
pixels_of_points(const int pixels, const VEC m[POINTS], VEC *to, const int step)
{
	if (pixels == 4) {
		const VEC s = m[1] + m[2], d = m[1] - m[2], ss = m[3] + m[4], dd = m[3] - m[4];
		to[0] = m[0] + s + ss;
		to[1 * step] = VFMA(VSPLAT(2), dd, d);
		to[2 * step] = VFMA(VSPLAT(4), ss, s);
		to[3 * step] = VFMA(VSPLAT(8), dd, d) + m[5];
	} else if (pixels == 3) {
		const VEC s = m[1] + m[2], d = m[1] - m[2];
		to[0] = m[0] + s + m[3];
		to[1 * step] = VFMA(VSPLAT(2), m[3], d);
		to[2 * step] = VFMA(VSPLAT(4), m[3], s) + m[5];
	} else if (pixels == 2) {
		to[0] = m[0] + (m[1] + m[2]);
		to[1 * step] = m[1] - m[2] + m[5];
	} else {
		to[0] = m[0] + m[1] + m[5];
	}
}

/* the transposes of the last two, for gradients */
ALWAYS void
points_of_pixels(const int pixels, const VEC y[TILE], VEC *to, const int step)
{
	to[0] = y[0];
	to[5 * step] = y[pixels - 1];
	if (pixels == 4) {
		const VEC even = y[0] + y[2], odd = y[1] + y[3], e = VFMA(VSPLAT(4), y[2], y[0]);
		const VEC o = VFMA(VSPLAT(8), y[3], y[1] + y[1]);
		to[1 * step] = even + odd;
		to[2 * step] = even - odd;
		to[3 * step] = e + o;
		to[4 * step] = e - o;
	} else if (pixels == 3) {
		const VEC even = y[0] + y[2];
		to[1 * step] = even + y[1];
		to[2 * step] = even - y[1];
		to[3 * step] = VFMA(VSPLAT(4), y[2], y[0]) + (y[1] + y[1]);
	} else if (pixels == 2) {
		to[1 * step] = y[0] + y[1];
		to[2 * step] = y[0] - y[1];
	} else {
		to[1 * step] = y[0];
	}
}

ALWAYS void
kernel_of_points(const VEC u[POINTS], VEC *to, const int step)
{
	const VEC a = (u[1] + u[2]) * VSPLAT(-1 / 6.0f), b = u[3] + u[4], c = (u[3] - u[4]) * VSPLAT(1 / 12.0f);

	to[0] = VFMA(VSPLAT(0.25f), u[0], VFMA(VSPLAT(1 / 24.0f), b, a));
	to[1 * step] = VFMA(VSPLAT(1 / 6.0f), u[2] - u[1], c);
	to[2 * step] = VFMA(VSPLAT(1 / 6.0f), b, a) + u[5];
}

/* Channels and filters come in eights: where less than a vector is left, that is half of one. */
ALWAYS bool
fill_vector(int left)
{
	return WIDEST <= 8 || left >= WIDEST;
}

/* a vector, or half of one */
ALWAYS VEC
load_part(bool whole, const float *p)
{
	VEC x = { 0 };

	if (whole)
		return VLOAD(p);
	memcpy(&x, p, sizeof x / 2);
	return x;
}

ALWAYS void
store_part(bool whole, float *p, VEC x)
{
	if (whole)
		VSTORE(p, x);
	else
		memcpy(p, &x, sizeof x / 2);
}

/* the points that a side of so many pixels has, `pitch` numbers apart */
ALWAYS void
load_points(bool whole, const int pixels, const float *p, size_t pitch, VEC v[POINTS])
{
	UNROLL
	for (int i = 0; i < POINTS; i++)
		if (winograd_f4_has_point(pixels, i))
			v[i] = load_part(whole, p + i * pitch);
}

ALWAYS void
store_points(bool whole, const int pixels, const VEC v[POINTS], size_t pitch, float *p)
{
	UNROLL
	for (int i = 0; i < POINTS; i++)
		if (winograd_f4_has_point(pixels, i))
			store_part(whole, p + i * pitch, v[i]);
}

#endif
