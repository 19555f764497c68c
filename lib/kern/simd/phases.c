#include "kern/simd/phases.h"

#include <string.h>

#include "kern/simd/packed.h"

/* One dimension: `inputs` numbers p, p + s, ..., of which the first sees outputs `out` to out + taps.count - 1, the next from
 * out + 1 on. */
struct phase {
	int inputs, out;
	struct taps_of_phase taps;
};

static struct phase
phase_of(int p, int in, int kernel, int s, int before)
{
	const int first = (p + before) % s, count = first < kernel ? (kernel - first + s - 1) / s : 0;

	return (struct phase){ p < in ? (in - p + s - 1) / s : 0, (p + before) / s - count + 1, { first, count, s } };
}

/* The outputs that one dimension's inputs see, from -border on. */
struct phase_extent {
	int border, size;
};

static struct phase_extent
extent_of(int in, int kernel, int s, int before)
{
	struct phase_extent e = { 0, 0 };

	for (int p = 0; p < s; p++)
		e.border = -phase_of(p, in, kernel, s, before).out > e.border ? -phase_of(p, in, kernel, s, before).out : e.border;
	e.size = e.border + (in - 1 + before) / s + 1;
	return e;
}

/* dy with zeros around it */
struct padded_outputs {
	struct phase_extent rows, columns;
	size_t row, image; /* numbers */
};

static struct padded_outputs
seen_of(const struct conv *g)
{
	struct padded_outputs s = { extent_of(g->h, g->kh, g->sh, g->top), extent_of(g->w, g->kw, g->sw, g->left), 0, 0 };

	s.row = (size_t)s.columns.size * g->f;
	s.image = align((size_t)s.rows.size * s.row);
	return s;
}

/* Phase i of all, of both dimensions. */
struct phases {
	struct phase rows, columns;
	size_t packed, at; /* numbers of its part of the kernel; where its first input is in the image */
};

static struct phases
phases_of(const struct conv *g, int i)
{
	const int py = i / g->sw, px = i % g->sw;
	struct phases p = { phase_of(py, g->h, g->kh, g->sh, g->top), phase_of(px, g->w, g->kw, g->sw, g->left), 0, 0 };

	p.packed = align(packed_size(g->c, p.rows.taps.count, p.columns.taps.count * g->f));
	p.at = ((size_t)py * (size_t)g->w + (size_t)px) * (size_t)g->c;
	return p;
}

size_t
phases_scratch(const struct conv *g)
{
	size_t all = seen_of(g).image;

	for (int i = 0; i < g->sh * g->sw; i++)
		all += phases_of(g, i).packed;
	return all;
}

static void
lay_out(const struct conv *g, const struct padded_outputs *s, const float *dy, float *image)
{
	const int rows = g->oh < s->rows.size - s->rows.border ? g->oh : s->rows.size - s->rows.border;
	const int columns = g->ow < s->columns.size - s->columns.border ? g->ow : s->columns.size - s->columns.border;

	image += (size_t)s->rows.border * s->row + (size_t)s->columns.border * g->f;
	for (int y = 0; y < rows; y++)
		memcpy(image + y * s->row, dy + (size_t)y * g->ow * g->f, (size_t)columns * g->f * sizeof *dy);
}

/* one phase of one image; w packed */
static void
phase_dx(const struct conv *g, const struct padded_outputs *s, const struct phases *p, const float *image, const float *w, float *dx)
{
	const struct mul m = { .rows = p->rows.taps.count, .taps = p->columns.taps.count * g->f, .x_row = (ptrdiff_t)s->row,
		.x_pixel = g->f, .y_pixel = (ptrdiff_t)g->sw * g->c };

	image += (ptrdiff_t)(s->rows.border + p->rows.out) * m.x_row + (ptrdiff_t)(s->columns.border + p->columns.out) * g->f;
	mul_image(m, p->rows.inputs, p->columns.inputs, g->c, m.x_row, (ptrdiff_t)g->sh * g->w * g->c, image, w, NULL, dx + p->at);
}

void
phases_dx(const struct conv *g, int n, const float *dy, const float *w, float *dx, float *scratch)
{
	const int phases = g->sh * g->sw;
	const struct padded_outputs s = seen_of(g);
	float *const image = scratch, *packed = image + s.image;

	memset(image, 0, s.image * sizeof *image);
	for (int i = 0; i < phases; i++) {
		const struct phases p = phases_of(g, i);
		pack_turned_kernel(g, p.rows.taps, p.columns.taps, w, packed);
		packed += p.packed;
	}
	for (int k = 0; k < n; k++, dy += (size_t)g->oh * g->ow * g->f, dx += (size_t)g->h * g->w * g->c) {
		lay_out(g, &s, dy, image);
		packed = image + s.image;
		for (int i = 0; i < phases; i++) {
			const struct phases p = phases_of(g, i);
			phase_dx(g, &s, &p, image, packed, dx);
			packed += p.packed;
		}
	}
}
