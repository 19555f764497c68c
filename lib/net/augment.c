#include "net/augment.h"

#include <string.h>

#include "base/rng.h"

struct image {
	int h, w, c;
};

/* n pixels of a row, from pixel `to` on: those of the input from pixel `from` on, forwards (step 1) or backwards (-1), or zeros (0) */
struct stretch_of_row {
	int to, from, n, step;
};

static struct image
image(const struct shape *s)
{
	return (struct image){ (int)s->d[0], (int)s->d[1], (int)s->d[2] };
}

const char *
augment_shape(struct layer *l)
{
	l->out = l->in;
	return layer_needs_rank(l, 3);
}

bool
augment_idle(const struct layer *l, bool training)
{
	(void)l;
	return !training;
}

size_t
augment_scratch_size(const struct layer *l)
{
	return (size_t)(l->out.d[0] + l->out.d[1]) * sizeof(int) + (size_t)l->out.d[1] * sizeof(struct stretch_of_row);
}

/* Each sample has four numbers of the key. */
static uint64_t
place(const struct pass *p, int sample, int which)
{
	return ((uint64_t)p->first + (uint64_t)sample) * 4 + (uint64_t)which;
}

int
augment_draw(const struct pass *p, int sample, int which, int n)
{
	return (int)rng_below(p->key, place(p, sample, which), (uint64_t)n);
}

bool
augment_alternate(const struct layer *l, const struct pass *p, int sample, int which)
{
	const struct origin *o = p->origin;
	const int place = p->first + sample;
	const uint64_t image = o->row ? o->row[place] : (uint64_t)place;

	return (rng_below(rng_key(o->key, l->name, (uint64_t)which), image, 2) + (uint64_t)o->epoch) % 2;
}

double
augment_within(const struct value *interval, double unit)
{
	return interval->r + (interval->high - interval->r) * unit;
}

double
augment_uniform(const struct pass *p, int sample, int which, const struct value *interval)
{
	return augment_within(interval, rng_unit(p->key, place(p, sample, which)));
}

const char *const augment_fills[] = { [FILL_REFLECT] = "reflect", [FILL_CONSTANT] = "constant", [FILL_NEAREST] = "nearest",
	[FILL_WRAP] = "wrap", [FILL_MIRROR] = "mirror", NULL };

static int
modulo(int i, int n)
{
	return (i % n + n) % n;
}

/* There and back again, with each end once or `twice`. */
static int
folded(int i, int n, int twice)
{
	const int at = modulo(i, 2 * n - 2 + 2 * twice);

	return at < n ? at : 2 * n - 2 + twice - at;
}

int
augment_inside(int i, int n, int fill)
{
	if (i >= 0 && i < n)
		return i;
	switch (fill) {
	case FILL_REFLECT: return folded(i, n, 1);
	case FILL_NEAREST: return i < 0 ? 0 : n - 1;
	case FILL_WRAP: return modulo(i, n);
	case FILL_MIRROR: return n == 1 ? 0 : folded(i, n, 0);
	default: return -1;
	}
}

bool
augment_has_range(const struct value *range)
{
	return range->r < range->high;
}

void
augment_clip(const struct value *range, size_t n, real *y)
{
	const real low = (real)range->r, high = (real)range->high;

	for (size_t i = 0; i < n && augment_has_range(range); i++)
		y[i] = y[i] < low ? low : y[i] > high ? high : y[i];
}

void
augment_unclip(const struct value *range, size_t n, const real *y, real *dy)
{
	const real low = (real)range->r, high = (real)range->high;

	for (size_t i = 0; i < n && augment_has_range(range); i++)
		dy[i] = y[i] <= low || y[i] >= high ? 0 : dy[i];
}

/* Where a row shows the columns of the input next to each other, they are copied together. */
static int
find_stretches(int n, const int *col, struct stretch_of_row *s)
{
	int count = 0;

	for (int i = 0, end; i < n; i = end) {
		int step = col[i] < 0 ? 0 : i + 1 < n && col[i + 1] == col[i] - 1 && col[i + 1] >= 0 ? -1 : 1;
		for (end = i + 1; end < n && (step ? col[end] >= 0 && col[end] == col[end - 1] + step : col[end] < 0);)
			end++;
		s[count++] = (struct stretch_of_row){ i, col[i], end - i, step };
	}
	return count;
}

static inline __attribute__((always_inline)) void
copy_backwards(const size_t c, int n, const real *x, real *y)
{
	for (int i = 0; i < n; i++, x -= c, y += c)
		memcpy(y, x, c * sizeof *y);
}

static void
show_stretch(const struct stretch_of_row *s, size_t c, const real *x, real *y)
{
	const size_t n = (size_t)s->n * c;

	if (s->step > 0)
		memcpy(y, x, n * sizeof *y);
	else if (s->step == 0)
		memset(y, 0, n * sizeof *y);
	else if (c == 1)
		copy_backwards(1, s->n, x, y);
	else if (c == 3) /* a call for each pixel would take most of the time */
		copy_backwards(3, s->n, x, y);
	else
		copy_backwards(c, s->n, x, y);
}

static void
gather(struct image in, struct image out, const int *row, const struct stretch_of_row *s, int stretches, const real *x, real *y)
{
	const size_t c = (size_t)in.c, pitch = (size_t)out.w * c;

	for (int i = 0; i < out.h; i++, y += pitch) {
		const real *const from = x + (size_t)(row[i] < 0 ? 0 : row[i]) * (size_t)in.w * c;
		if (row[i] < 0)
			memset(y, 0, pitch * sizeof *y);
		for (int k = 0; row[i] >= 0 && k < stretches; k++)
			show_stretch(&s[k], c, from + (size_t)(s[k].step ? s[k].from : 0) * c, y + (size_t)s[k].to * c);
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
	struct stretch_of_row *const s = (struct stretch_of_row *)(col + out.w);

	for (int i = 0; i < p->n; i++) {
		l->type->lookup(l, p, i, row, col);
		gather(in, out, row, s, find_stretches(out.w, col, s), p->x + (size_t)i * layer_in(l), p->y + (size_t)i * layer_out(l));
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
