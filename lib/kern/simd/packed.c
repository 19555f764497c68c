/* Packing of kernels, and their product with an image. */
#include "kern/simd/packed.h"

#include <string.h>

#include "kern/simd/vectors.h"

void
pack_panel(size_t taps, int f, int f0, int width, const float *w, float *to)
{
	const int keep = f - f0 < width ? f - f0 : width;

	for (size_t t = 0; t < taps; t++, to += width) {
		memcpy(to, w + t * f + f0, (size_t)keep * sizeof *to);
		memset(to + keep, 0, (size_t)(width - keep) * sizeof *to);
	}
}

/* One panel of the kernel seen from the other side. */
static void
pack_turned_panel(const struct conv *g, struct taps_of_phase rows, struct taps_of_phase columns, int c0, int width, const float *w, float *to)
{
	const int keep = g->c - c0 < width ? g->c - c0 : width;

	for (int t = rows.count * columns.count - 1; t >= 0; t--) {
		const int ky = rows.first + t / columns.count * rows.step, kx = columns.first + t % columns.count * columns.step;
		for (int k = 0; k < g->f; k++, to += width) {
			for (int j = 0; j < keep; j++)
				to[j] = w[(((size_t)ky * g->kw + kx) * g->c + c0 + j) * g->f + k];
			memset(to + keep, 0, (size_t)(width - keep) * sizeof *to);
		}
	}
}

/* A packed panel with p->group taps side by side: tap t of filter k becomes number t % group of k. From the end, as a row's
 * last group is filled up with zeros. Returns what follows the panel. */
static float *
group_taps(const struct panel *p, int rows, int taps, float *panel)
{
	const size_t g = (size_t)p->group, width = (size_t)p->width, groups = ((size_t)taps + g - 1) / g;

	for (size_t r = (size_t)rows; g > 1 && r-- > 0;)
		for (size_t i = groups; i-- > 0;) {
			const size_t there = (size_t)taps - i * g < g ? (size_t)taps - i * g : g;
			float all[2 * WIDEST] = { 0 }, *const to = panel + (r * groups + i) * g * width;
			memcpy(all, panel + (r * (size_t)taps + i * g) * width, there * width * sizeof *all);
			for (size_t t = 0; t < g; t++)
				for (size_t k = 0; k < width; k++)
					to[k * g + t] = all[t * width + k];
		}
	return panel + (size_t)rows * groups * g * width;
}

void
mul_image(struct mul m, int rows, int columns, int f, ptrdiff_t x_stride, ptrdiff_t y_stride, const float *x, const float *w,
          const float *b, float *y)
{
	for (int f0 = 0; f0 < f;) {
		const struct panel *p = panel_over(f - f0);
		const int keep = f - f0 < p->width ? f - f0 : p->width;
		float bias[4 * WIDEST] = { 0 };
		if (b)
			memcpy(bias, b + f0, (size_t)keep * sizeof *bias);
		m.w_tap = p->width;
		for (int r = 0; r < rows; r++)
			p->mul_packed(&m, columns, x + r * x_stride, w, bias, y + r * y_stride + f0, keep);
		w += packed_size(p->width, m.rows, m.taps);
		f0 += p->width;
	}
}

void
pack_kernel(const struct conv *g, const float *w, float *to)
{
	for (int f0 = 0; f0 < g->f;) {
		const struct panel *panel = panel_over(g->f - f0);
		pack_panel((size_t)g->kh * g->kw * g->c, g->f, f0, panel->width, w, to);
		to = group_taps(panel, g->kh, g->kw * g->c, to);
		f0 += panel->width;
	}
}

void
pack_turned_kernel(const struct conv *g, struct taps_of_phase rows, struct taps_of_phase columns, const float *w, float *to)
{
	for (int c0 = 0; c0 < g->c;) {
		const struct panel *panel = panel_over(g->c - c0);
		pack_turned_panel(g, rows, columns, c0, panel->width, w, to);
		to = group_taps(panel, rows.count, columns.count * g->f, to);
		c0 += panel->width;
	}
}
