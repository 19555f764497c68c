/* The transforms of Winograd's F(4x4, 3x3) in one dimension, on vectors, and what its files share. */
#ifndef KERN_SIMD_WINOGRAD_F4_POINTS_H
#define KERN_SIMD_WINOGRAD_F4_POINTS_H

#include "kern/both/loops.h"
#include "kern/simd/products.h"
#include "kern/simd/vectors.h"

enum { TILE = 4, POINTS = 6, PLANES = POINTS * POINTS, FILTERS = 2 * WIDEST, BLOCK_FILTERS = 64 };

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

/* Where tile number t of images with g's outputs is. */
struct tile_place {
	size_t image;
	int y0, x0; /* its first pixel of the output */
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
place_of(const struct conv *g, size_t t)
{
	const int tile = (int)(t % (size_t)tiles_of(g)), across = tiles_across(g);

	return (struct tile_place){ t / (size_t)tiles_of(g), tile / across * TILE, tile % across * TILE };
}

/* The three transforms in one dimension; `to` and `from` are `step` vectors apart. */
ALWAYS void
image_points(const VEC d[POINTS], VEC *to, const int step)
{
	const VEC four = VSPLAT(4), two = VSPLAT(2), five = VSPLAT(-5);
	const VEC a = VFMA(-four, d[2], d[4]), b = VFMA(-four, d[1], d[3]), e = d[4] - d[2], o = d[3] - d[1];

	to[0] = VFMA(four, d[0], VFMA(five, d[2], d[4]));
	to[1 * step] = a + b;
	to[2 * step] = a - b;
	to[3 * step] = VFMA(two, o, e);
	to[4 * step] = VFMA(-two, o, e);
	to[5 * step] = VFMA(four, d[1], VFMA(five, d[3], d[5]));
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
pixels_of_points(const VEC m[POINTS], VEC *to, const int step)
{
	const VEC s = m[1] + m[2], d = m[1] - m[2], ss = m[3] + m[4], dd = m[3] - m[4];

	to[0] = m[0] + s + ss;
	to[1 * step] = VFMA(VSPLAT(2), dd, d);
	to[2 * step] = VFMA(VSPLAT(4), ss, s);
	to[3 * step] = VFMA(VSPLAT(8), dd, d) + m[5];
}

/* the transposes of the last two, for gradients */
ALWAYS void
points_of_pixels(const VEC y[TILE], VEC *to, const int step)
{
	const VEC even = y[0] + y[2], odd = y[1] + y[3], e = VFMA(VSPLAT(4), y[2], y[0]);
	const VEC o = VFMA(VSPLAT(8), y[3], y[1] + y[1]);

	to[0] = y[0];
	to[1 * step] = even + odd;
	to[2 * step] = even - odd;
	to[3 * step] = e + o;
	to[4 * step] = e - o;
	to[5 * step] = y[3];
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

/* POINTS of them, `pitch` numbers apart */
ALWAYS void
load_points(bool whole, const float *p, size_t pitch, VEC v[POINTS])
{
	UNROLL
	for (int i = 0; i < POINTS; i++)
		v[i] = load_part(whole, p + i * pitch);
}

ALWAYS void
store_points(bool whole, const VEC v[POINTS], size_t pitch, float *p)
{
	UNROLL
	for (int i = 0; i < POINTS; i++)
		store_part(whole, p + i * pitch, v[i]);
}

#endif
