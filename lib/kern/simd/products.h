/* The two loops over registers that convolution and dense layers come down to, with vectors across filters (units): `mul`,
 * pixels x filters summed over taps, and `outer`, taps x filters summed over pixels. Filters are cut into panels of so many as
 * registers hold; each width of a panel has loops of its own. */
#ifndef KERN_SIMD_PRODUCTS_H
#define KERN_SIMD_PRODUCTS_H

#include "kern/isa.h"

enum { TAPS_AHEAD = 24 }; /* a kernel's taps are fetched so many before they are used */

struct mul {
	int rows, taps;                    /* kernel rows, and numbers in each */
	ptrdiff_t x_row, x_pixel, w_tap, y_pixel; /* distances in numbers */
	bool relu, adds;                   /* y = max(., 0); y += */
};

struct outer {
	int rows;
	ptrdiff_t pixels;                  /* in each row */
	ptrdiff_t x_row, x_pixel, dy_pixel, dw_tap;
	bool adds;
};

typedef void mul_fn(const struct mul *m, int pixels, const float *x, const float *w, const float *b, float *y, int keep);
typedef void outer_fn(const struct outer *m, int taps, const float *x, const float *dy, float *dw, int keep);
struct panel {
	int width;
	mul_fn *mul;
	outer_fn *outer;
	/* for packed kernels: so many taps side by side, a row's taps filled up with zeros */
	int group;
	mul_fn *mul_packed;
	outer_fn *outer_packed;
};

#define panel_within SET(panel_within)
#define panel_over SET(panel_over)
#define padded SET(padded)
#define packed_size SET(packed_size)

/* for arrays without padding: the widest panel that `left` filters fill */
const struct panel *panel_within(int left);
/* for arrays padded to whole vectors: as above, but the last vector may be partly filled */
const struct panel *panel_over(int left);
/* filters (numbers a pixel) with the padding that panel_over asks for */
int padded(int f);
/* numbers that a kernel of so many rows and taps a row packs into */
size_t packed_size(int f, int rows, int taps);

/* numbers, up to whole lines of the cache */
static inline size_t
align(size_t floats)
{
	return (floats + 15) / 16 * 16;
}

#endif
