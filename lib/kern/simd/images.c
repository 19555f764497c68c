/* Images with their padding. */
#include "kern/simd/images.h"

#include <string.h>

#include "kern/simd/products.h"
#include "kern/simd/vectors.h"

struct padding
padding_x(const struct conv *g)
{
	struct padding p = { .ph = (g->oh - 1) * g->sh + g->kh, .pw = (g->ow - 1) * g->sw + g->kw };

	p.copy = g->top || g->left || p.ph > g->h || p.pw > g->w;
	p.row = (size_t)(p.copy ? p.pw : g->w) * g->c;
	p.image = p.copy ? align((size_t)p.ph * p.row) : 0;
	p.pack = align(packed_size(g->f, g->kh, g->kw * g->c));
	p.dy = padded(g->f) == g->f ? 0 : align((size_t)g->oh * g->ow * padded(g->f));
	return p;
}

const float *
pad(const struct conv *g, const struct padding *p, const float *x, float *image)
{
	if (!p->copy)
		return x;
	const int rows = p->ph - g->top < g->h ? p->ph - g->top : g->h;
	const int columns = p->pw - g->left < g->w ? p->pw - g->left : g->w;
	for (int y = 0; y < rows; y++)
		memcpy(image + (y + g->top) * p->row + (size_t)g->left * g->c, x + (size_t)y * g->w * g->c,
			(size_t)columns * g->c * sizeof *x);
	return image;
}

/* x (n, c) to c planes */
ALWAYS void
take_apart(const int c, int n, const float *restrict x, size_t plane, float *restrict to)
{
	for (int i = 0; i < n; i++)
		for (int k = 0; k < c; k++)
			to[(size_t)k * plane + (size_t)i] = x[i * c + k];
}

void
pad_planes(const struct conv *g, const struct padding *p, const float *x, float *planes)
{
	const size_t plane = (size_t)p->ph * (size_t)p->pw;
	const int rows = p->ph - g->top < g->h ? p->ph - g->top : g->h, columns = p->pw - g->left < g->w ? p->pw - g->left : g->w;

	planes += (size_t)g->top * (size_t)p->pw + (size_t)g->left;
	for (int y = 0; y < rows; y++, x += (size_t)g->w * g->c, planes += p->pw)
		switch (g->c) {
		case 1: take_apart(1, columns, x, plane, planes); break;
		case 2: take_apart(2, columns, x, plane, planes); break;
		case 3: take_apart(3, columns, x, plane, planes); break;
		default: take_apart(4, columns, x, plane, planes);
		}
}
