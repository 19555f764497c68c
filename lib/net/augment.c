#include "net/augment.h"

#include <string.h>

#include "base/rng.h"

struct image {
	int h, w, c;
};

static struct image
image(const struct shape *s)
{
	return (struct image){ (int)s->d[0], (int)s->d[1], (int)s->d[2] };
}

size_t
augment_scratch(const struct layer *l)
{
	return (size_t)(l->out.d[0] + l->out.d[1]) * sizeof(int);
}

int
augment_draw(const struct pass *p, int sample, int which, int n)
{
	return (int)rng_below(p->key, ((uint64_t)p->first + (uint64_t)sample) * 4 + (uint64_t)which, (uint64_t)n);
}

static void
gather(struct image in, struct image out, const int *row, const int *col, const real *x, real *y)
{
	const size_t c = (size_t)in.c;

	for (int i = 0; i < out.h; i++)
		for (int j = 0; j < out.w; j++, y += c) {
			if (row[i] < 0 || col[j] < 0)
				memset(y, 0, c * sizeof *y);
			else
				memcpy(y, x + ((size_t)row[i] * (size_t)in.w + (size_t)col[j]) * c, c * sizeof *y);
		}
}

/* The way back: what was shown twice (reflected borders) adds up. */
static void
scatter(struct image in, struct image out, const int *row, const int *col, const real *dy, real *dx)
{
	const size_t c = (size_t)in.c;

	memset(dx, 0, (size_t)in.h * (size_t)in.w * c * sizeof *dx);
	for (int i = 0; i < out.h; i++)
		for (int j = 0; j < out.w; j++, dy += c)
			if (row[i] >= 0 && col[j] >= 0)
				kern->add(c, dy, dx + ((size_t)row[i] * (size_t)in.w + (size_t)col[j]) * c);
}

void
augment_forward(const struct layer *l, const struct pass *p)
{
	const struct image in = image(&l->in), out = image(&l->out);
	int *row = (int *)p->scratch, *col = row + out.h;

	for (int i = 0; i < p->n; i++) {
		l->type->lookup(l, p, i, row, col);
		gather(in, out, row, col, p->x + (size_t)i * layer_in(l), p->y + (size_t)i * layer_out(l));
	}
}

void
augment_backward(const struct layer *l, const struct pass *p)
{
	const struct image in = image(&l->in), out = image(&l->out);
	int *row = (int *)p->scratch, *col = row + out.h;

	for (int i = 0; i < p->n; i++) {
		l->type->lookup(l, p, i, row, col);
		scatter(in, out, row, col, p->dy + (size_t)i * layer_out(l), p->dx + (size_t)i * layer_in(l));
	}
}
