/* Pools of large windows that overlap, in time that does not grow with the windows: rows of windows first, then columns of these.
 * A line is cut into blocks as long as its longest window; a window then is the end of one block and the beginning of the next,
 * and the largest number, or the sum, of all ends and all beginnings is kept (van Herk, 1992; Gil and Werman, 1993). Nothing is
 * subtracted, so sums lose no digits. */
#include "kern/both/overlapping.h"

#include <math.h>
#include <string.h>

#include "kern/both/loops.h"
#include "kern/both/windows.h"

enum { STRIP = 32 }; /* columns at once */

/* Each of `outs` outputs sees a window of n inputs; `back`: each of `outs` pixels sees those of n windows that it is in. */
struct line {
	int n, outs, window, stride, before;
	bool back;
};

/* Numbers, and their places in the image; at NULL: places are not needed. */
struct placed {
	real *v;
	int32_t *at;
};

struct line_buffers {
	struct placed rows, line, begin, end;
};

struct seen_range {
	int a, b;
};

static struct seen_range
seen(const struct line *l, int o)
{
	const int first = o * l->stride - l->before, last = o + l->before;

	if (l->back)
		return (struct seen_range){ last < l->window ? 0 : (last - l->window) / l->stride + 1, min(last / l->stride + 1, l->n) };
	return (struct seen_range){ max(first, 0), min(first + l->window, l->n) };
}

/* Every window is as long, or shorter by one, or ends at the border: two of them in one block begin or end with it. */
static int
block_of(const struct line *l)
{
	return min(l->back ? (l->window + l->stride - 1) / l->stride : l->window, l->n);
}

static struct placed
from(struct placed p, size_t i)
{
	return (struct placed){ p.v + i, p.at ? p.at + i : NULL };
}

static void
put(int m, struct placed x, struct placed to)
{
	memcpy(to.v, x.v, (size_t)m * sizeof *x.v);
	if (x.at && to.at)
		memcpy(to.at, x.at, (size_t)m * sizeof *x.at);
}

/* the larger of a and of b after it, ties go to a; or their sum */
static void
join(bool sum, int m, struct placed a, struct placed b, struct placed to)
{
	for (int k = 0; a.at && b.at && to.at && k < m; k++)
		to.at[k] = b.v[k] > a.v[k] ? b.at[k] : a.at[k];
	INDEPENDENT
	for (int k = 0; k < m; k++)
		to.v[k] = sum ? a.v[k] + b.v[k] : b.v[k] > a.v[k] ? b.v[k] : a.v[k];
}

/* m lines side by side; the next number of a line is `pitch` further, that of the outputs `out` further */
static void
run_along(const struct line *l, bool sum, int m, struct placed x, size_t pitch, const struct line_buffers *r, struct placed y, size_t out)
{
	const int block = block_of(l);
	const size_t next = (size_t)m;

	for (size_t i = 0; i < (size_t)l->n; i++)
		if (i % (size_t)block == 0)
			put(m, from(x, i * pitch), from(r->begin, i * next));
		else
			join(sum, m, from(r->begin, (i - 1) * next), from(x, i * pitch), from(r->begin, i * next));
	for (size_t i = (size_t)l->n; i-- > 0;)
		if (i + 1 == (size_t)l->n || (i + 1) % (size_t)block == 0)
			put(m, from(x, i * pitch), from(r->end, i * next));
		else
			join(sum, m, from(x, i * pitch), from(r->end, (i + 1) * next), from(r->end, i * next));
	for (int o = 0; o < l->outs; o++) {
		const struct seen_range s = seen(l, o);
		const struct placed to = from(y, (size_t)o * out);
		if (s.a >= s.b) /* a pixel in no window */
			memset(to.v, 0, next * sizeof *to.v);
		else if (s.a % block == 0)
			put(m, from(r->begin, (size_t)(s.b - 1) * next), to);
		else if (s.a / block == (s.b - 1) / block)
			put(m, from(r->end, (size_t)s.a * next), to);
		else
			join(sum, m, from(r->end, (size_t)s.a * next), from(r->begin, (size_t)(s.b - 1) * next), to);
	}
}

/* channels k..k+m-1 of row `row` of an image, or of its outputs */
typedef void load_fn(const struct pool *g, int row, int k, int m, const real *x, struct placed line);

static void
run_pool(const struct pool *g, bool back, bool sum, load_fn *load, const real *x, const struct line_buffers *r, struct placed y)
{
	const struct line across = { back ? g->ow : g->w, back ? g->w : g->ow, g->pw, g->sw, g->left, back };
	const struct line down = { back ? g->oh : g->h, back ? g->h : g->oh, g->ph, g->sh, g->top, back };
	const int c = g->c, width = across.outs * c;

	for (int row = 0; row < down.n; row++)
		for (int k = 0; k < c; k += STRIP) {
			const int m = min(STRIP, c - k);
			load(g, row, k, m, x, r->line);
			run_along(&across, sum, m, r->line, (size_t)m, r, from(r->rows, (size_t)row * width + k), (size_t)c);
		}
	for (int k = 0; k < width; k += STRIP)
		run_along(&down, sum, min(STRIP, width - k), from(r->rows, (size_t)k), (size_t)width, r, from(y, (size_t)k), (size_t)width);
}

static size_t
room_rows(const struct pool *g)
{
	const size_t y = (size_t)g->h * g->ow, dx = (size_t)g->oh * g->w;

	return (y > dx ? y : dx) * g->c;
}

static size_t
room_line(const struct pool *g)
{
	return (size_t)max(g->h, g->w) * STRIP;
}

size_t
SET(pool_scratch_size)(const struct pool *g)
{
	return pool_overlaps(g) ? (room_rows(g) + 3 * room_line(g)) * (sizeof(real) + sizeof(int32_t)) : 0;
}

static struct line_buffers
buffers_in(void *scratch, const struct pool *g, bool places)
{
	const size_t rows = room_rows(g), line = room_line(g);
	const struct placed all = { scratch, places ? (int32_t *)(void *)((real *)scratch + rows + 3 * line) : NULL };

	return (struct line_buffers){ all, from(all, rows), from(all, rows + line), from(all, rows + 2 * line) };
}

/* A NaN is larger than nothing, and nothing is larger than a NaN that comes first: it is set aside. */
static void
load_numbers(const struct pool *g, int row, int k, int m, const real *x, struct placed line)
{
	const int first = row * g->w * g->c + k;

	for (int i = 0; i < g->w; i++)
		for (int j = 0; j < m; j++) {
			const int place = first + i * g->c + j;
			line.v[i * m + j] = x[place] == x[place] ? x[place] : -(real)INFINITY;
			if (line.at)
				line.at[i * m + j] = place;
		}
}

static void
put_first_nans(const struct pool *g, const real *x, struct placed y)
{
	for (int oy = 0; oy < g->oh; oy++)
		for (int ox = 0; ox < g->ow; ox++, y = from(y, (size_t)g->c)) {
			const struct pool_window v = window(g, oy, ox);
			const int first = (v.y0 * g->w + v.x0) * g->c;
			for (int k = 0; k < g->c; k++)
				if (x[first + k] != x[first + k]) {
					y.v[k] = x[first + k];
					if (y.at)
						y.at[k] = first + k;
				}
		}
}

void
maxpool_overlapping(const struct pool *g, const real *x, real *y, int32_t *at, void *scratch)
{
	const struct line_buffers r = buffers_in(scratch, g, at != NULL);

	run_pool(g, false, false, load_numbers, x, &r, (struct placed){ y, at });
	put_first_nans(g, x, (struct placed){ y, at });
}

static void
load_row(const struct pool *g, int row, int k, int m, const real *x, struct placed line)
{
	x += (size_t)row * g->w * g->c + k;
	for (int i = 0; i < g->w; i++, x += g->c, line.v += m)
		memcpy(line.v, x, (size_t)m * sizeof *x);
}

void
avgpool_overlapping(const struct pool *g, const real *x, real *y, void *scratch)
{
	const struct line_buffers r = buffers_in(scratch, g, false);

	run_pool(g, false, true, load_row, x, &r, (struct placed){ y, NULL });
	for (int oy = 0; oy < g->oh; oy++)
		for (int ox = 0; ox < g->ow; ox++, y += g->c)
			for (int k = 0; k < g->c; k++)
				y[k] /= count(window(g, oy, ox));
}

static void
load_parts(const struct pool *g, int row, int k, int m, const real *dy, struct placed line)
{
	dy += (size_t)row * g->ow * g->c + k;
	for (int ox = 0; ox < g->ow; ox++, dy += g->c, line.v += m)
		for (int j = 0; j < m; j++)
			line.v[j] = dy[j] * (1 / count(window(g, row, ox)));
}

void
avgpool_dx_overlapping(const struct pool *g, const real *dy, real *dx, void *scratch)
{
	const struct line_buffers r = buffers_in(scratch, g, false);

	run_pool(g, true, true, load_parts, dy, &r, (struct placed){ dx, NULL });
}
