#include "net/split.h"

#include <string.h>

bool
split_is(const struct layer *l)
{
	return l->split.groups > 1 || l->split.dh > 1 || l->split.dw > 1;
}

void
split_set(struct layer *l, int groups, int dh, int dw)
{
	const struct conv *g = &l->conv;
	struct conv part = { .c = g->c / groups, .kh = g->kh, .kw = g->kw, .sh = g->sh, .sw = g->sw, .oh = (g->oh + dh - 1) / dh,
		.ow = (g->ow + dw - 1) / dw, .f = g->f / groups };

	part.h = (part.oh - 1) * part.sh + part.kh;
	part.w = (part.ow - 1) * part.sw + part.kw;
	l->split = (struct split){ .groups = groups, .dh = dh, .dw = dw, .part = part };
}

/* ---- scratch: a group's kernel, the parts' inputs and outputs, and what the dense kernels need ---- */

struct room {
	real *w, *x, *y;
	void *rest;
	int together; /* parts that go through a kernel at once */
};

enum { NUMBERS = 1 << 17 }; /* of the parts' inputs or outputs, if that is more than one */

static size_t
align(size_t numbers)
{
	return (numbers + 15) / 16 * 16;
}

static size_t
part_in(const struct conv *g)
{
	return (size_t)g->h * (size_t)g->w * (size_t)g->c;
}

static size_t
part_out(const struct conv *g)
{
	return (size_t)g->oh * (size_t)g->ow * (size_t)g->f;
}

static size_t
part_kernel(const struct conv *g)
{
	return (size_t)g->kh * (size_t)g->kw * (size_t)g->c * (size_t)g->f;
}

static int
together(const struct conv *g)
{
	const size_t most = part_in(g) > part_out(g) ? part_in(g) : part_out(g);

	return most < NUMBERS ? (int)(NUMBERS / most) : 1;
}

static struct room
room(const struct conv *g, void *scratch)
{
	struct room r = { .w = scratch, .together = together(g) };

	r.x = r.w + align(part_kernel(g));
	r.y = r.x + align((size_t)r.together * part_in(g));
	r.rest = r.y + align((size_t)r.together * part_out(g));
	return r;
}

size_t
split_scratch_size(const struct layer *l)
{
	const struct conv *g = &l->split.part;
	const size_t parts = (size_t)together(g);

	return (align(part_kernel(g)) + align(parts * part_in(g)) + align(parts * part_out(g))) * sizeof(real) + kern->conv_scratch_size(g);
}

/* ---- parts of images ---- */

/* Images (h, w, c) of a batch, and of each some pixels that are parts (ph, pw, pc): pixel (0, 0) of part (i, j) is pixel
 * (i - top, j - left) of the image, its next ones lie dh rows and dw columns on, and its first channel is `channel`. */
struct grid {
	int h, w, c, top, left, dh, dw, ph, pw, pc, channel;
	int rows, columns; /* of parts in an image */
};

static struct grid
grid_x(const struct layer *l, int group)
{
	const struct conv *g = &l->conv, *part = &l->split.part;

	return (struct grid){ g->h, g->w, g->c, g->top, g->left, l->split.dh, l->split.dw, part->h, part->w, part->c, group * part->c,
		l->split.dh < g->oh ? l->split.dh : g->oh, l->split.dw < g->ow ? l->split.dw : g->ow };
}

static struct grid
grid_y(const struct layer *l, int group)
{
	const struct conv *g = &l->conv, *part = &l->split.part;
	const struct grid x = grid_x(l, group);

	return (struct grid){ g->oh, g->ow, g->f, 0, 0, x.dh, x.dw, part->oh, part->ow, part->f, group * part->f, x.rows, x.columns };
}

/* The place in the images of pixel (y, x) of a part; -1: outside. */
static ptrdiff_t
place(const struct grid *g, int64_t number, int y, int x)
{
	const int64_t image = number / (g->rows * g->columns);
	const int first = (int)(number % (g->rows * g->columns));
	const int iy = first / g->columns + y * g->dh - g->top, ix = first % g->columns + x * g->dw - g->left;

	if (iy < 0 || iy >= g->h || ix < 0 || ix >= g->w)
		return -1;
	return (ptrdiff_t)((image * g->h + iy) * g->w + ix) * g->c + g->channel;
}

/* part = that part of the images, with zeros for what lies outside */
static void
gather(const struct grid *g, int64_t number, const real *images, real *part)
{
	const size_t size = (size_t)g->pc * sizeof *part;

	for (int y = 0; y < g->ph; y++)
		for (int x = 0; x < g->pw; x++, part += g->pc) {
			const ptrdiff_t at = place(g, number, y, x);
			if (at < 0)
				memset(part, 0, size);
			else
				memcpy(part, images + at, size);
		}
}

/* and back */
static void
scatter(const struct grid *g, int64_t number, const real *part, real *images)
{
	for (int y = 0; y < g->ph; y++)
		for (int x = 0; x < g->pw; x++, part += g->pc) {
			const ptrdiff_t at = place(g, number, y, x);
			if (at >= 0)
				memcpy(images + at, part, (size_t)g->pc * sizeof *part);
		}
}

/* ---- the kernel of a group: every row of the whole one holds a part ---- */

static void
kernel_part(const struct layer *l, int group, const real *whole, real *part)
{
	const size_t f = (size_t)l->split.part.f, taps = part_kernel(&l->split.part) / f;

	for (size_t t = 0; t < taps; t++)
		memcpy(part + t * f, whole + t * (size_t)l->conv.f + (size_t)group * f, f * sizeof *part);
}

static void
kernel_whole(const struct layer *l, int group, const real *part, real *whole)
{
	const size_t f = (size_t)l->split.part.f, taps = part_kernel(&l->split.part) / f;

	for (size_t t = 0; t < taps; t++)
		memcpy(whole + t * (size_t)l->conv.f + (size_t)group * f, part + t * f, f * sizeof *part);
}

/* ---- the convolutions ---- */

static int64_t
parts(const struct grid *g, int n)
{
	return (int64_t)n * g->rows * g->columns;
}

static void
group_y(const struct layer *l, int group, int n, const real *x, const real *b, real *y, const struct room *r)
{
	const struct conv *part = &l->split.part;
	const struct grid in = grid_x(l, group), out = grid_y(l, group);
	int k;

	for (int64_t i = 0; i < parts(&in, n); i += k) {
		for (k = 0; k < r->together && i + k < parts(&in, n); k++)
			gather(&in, i + k, x, r->x + (size_t)k * part_in(part));
		kern->conv_y(part, k, r->x, r->w, NULL, b, l->act == ACT_RELU, r->y, r->rest);
		for (int j = 0; j < k; j++)
			scatter(&out, i + j, r->y + (size_t)j * part_out(part), y);
	}
}

void
split_y(const struct layer *l, int n, const real *x, const real *w, const real *b, real *y, void *scratch)
{
	const struct room r = room(&l->split.part, scratch);

	for (int group = 0; group < l->split.groups; group++) {
		kernel_part(l, group, w, r.w);
		group_y(l, group, n, x, b ? b + group * l->split.part.f : NULL, y, &r);
	}
}

static void
group_dx(const struct layer *l, int group, int n, const real *dy, real *dx, const struct room *r)
{
	const struct conv *part = &l->split.part;
	const struct grid in = grid_x(l, group), out = grid_y(l, group);
	int k;

	for (int64_t i = 0; i < parts(&in, n); i += k) {
		for (k = 0; k < r->together && i + k < parts(&in, n); k++)
			gather(&out, i + k, dy, r->y + (size_t)k * part_out(part));
		kern->conv_dx(part, k, r->y, r->w, NULL, r->x, r->rest);
		for (int j = 0; j < k; j++)
			scatter(&in, i + j, r->x + (size_t)j * part_in(part), dx);
	}
}

static void
group_dw(const struct layer *l, int group, int n, const real *x, const real *dy, real *db, const struct room *r)
{
	const struct conv *part = &l->split.part;
	const struct grid in = grid_x(l, group), out = grid_y(l, group);
	int k;

	for (int64_t i = 0; i < parts(&in, n); i += k) {
		for (k = 0; k < r->together && i + k < parts(&in, n); k++) {
			gather(&in, i + k, x, r->x + (size_t)k * part_in(part));
			gather(&out, i + k, dy, r->y + (size_t)k * part_out(part));
		}
		kern->conv_dw(part, k, r->x, r->y, r->w, db, r->rest);
	}
}

void
split_back(const struct layer *l, int n, const real *x, const real *dy, const real *w, real *dx, real *dw, real *db, void *scratch)
{
	const struct room r = room(&l->split.part, scratch);

	if (dx) /* pixels that no window sees */
		memset(dx, 0, (size_t)n * layer_in(l) * sizeof *dx);
	for (int group = 0; group < l->split.groups; group++) {
		if (dw) {
			kernel_part(l, group, dw, r.w);
			group_dw(l, group, n, x, dy, db ? db + group * l->split.part.f : NULL, &r);
			kernel_whole(l, group, r.w, dw);
		}
		if (dx) {
			kernel_part(l, group, w, r.w);
			group_dx(l, group, n, dy, dx, &r);
		}
	}
}
