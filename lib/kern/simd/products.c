/* The panels of products.h, and their loops for the widths of vectors that the set has. */
#include "kern/simd/products.h"

#include <string.h>

#include "kern/order.h"
#include "kern/simd/vectors.h"

#define W 1
#include "kern/simd/products_width.h"
#define W 4
#include "kern/simd/products_width.h"
#if WIDEST >= 8
#define W 8
#include "kern/simd/products_width.h"
#endif
#if WIDEST >= 16
#define W 16
#include "kern/simd/products_width.h"
#endif

#if WIDEST >= 8
#include "kern/simd/mul_pairs.h"
#define NARROW 2, mul_pairs, outer_4_1
#else
#define NARROW 1, mul_4_1, outer_4_1
#endif

/* widths of a panel of filters, widest first */
static const struct panel panels[] = {
#define PANEL(width, W, N) { width, mul_##W##_##N, outer_##W##_##N, 1, mul_##W##_##N, outer_##W##_##N }
#if WIDEST == 16
	PANEL(64, 16, 4),
	PANEL(32, 16, 2),
	PANEL(16, 16, 1),
#elif WIDEST == 8
	PANEL(32, 8, 4),
	PANEL(16, 8, 2),
#else
	PANEL(16, 4, 4),
	PANEL(8, 4, 2),
#endif
#if WIDEST >= 8
	PANEL(8, 8, 1),
#endif
	{ 4, mul_4_1, outer_4_1, NARROW },
	PANEL(1, 1, 1),
};

#if WIDEST == 8
static const struct panel panel_24 = PANEL(24, 8, 3);
#endif

const struct panel *
panel_within(int left)
{
	const struct panel *p = panels;

	while (p->width > left)
		p++;
	return p;
}

/* Panels of two vectors at most: four need the kernel from the cache too often. But 24 filters in one go are written once; that
 * is measured for vectors of eight. Filters that narrow_filter tells have a panel of their own. */
const struct panel *
panel_over(int left)
{
	const struct panel *p = panels + 1;

#if WIDEST == 8
	if (left % 24 == 0)
		return &panel_24;
#endif
	if (left > 8 && left < 16 && narrow_filter(left, left - 1))
		left = 8;
	while (p->width > left && p[1].width >= left)
		p++;
	return p->width == 2 * WIDEST && left < p->width ? p + 1 : p;
}

int
padded(int f)
{
	int all = 0;

	for (int left = f; left > 0;) {
		const struct panel *p = panel_over(left);
		all += p->width;
		left -= p->width;
	}
	return all;
}

size_t
packed_size(int f, int rows, int taps)
{
	size_t all = 0;

	for (int left = f; left > 0;) {
		const struct panel *p = panel_over(left);
		all += (size_t)rows * (size_t)((taps + p->group - 1) / p->group * p->group) * (size_t)p->width;
		left -= p->width;
	}
	return all;
}
