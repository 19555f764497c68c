#include "format/resize.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "format/png_in.h"

enum { WHITE = 65535 };

/* ---- one side ---- */

/* The mean of what an output pixel covers: source pixel j is [j m, (j + 1) m), output i is [i n, (i + 1) n) */
static void
average(struct side *a, int64_t i)
{
	const int64_t low = i * a->n, high = low + a->n;

	a->first[i] = low / a->m;
	a->count[i] = (int)((high - 1) / a->m - a->first[i] + 1);
	for (int k = 0; k < a->count[i]; k++) {
		int64_t j = a->first[i] + k, l = j * a->m, h = l + a->m;
		a->weight[i * a->taps + k] = (double)((h < high ? h : high) - (l > low ? l : low)) / (double)a->n;
	}
}

/* Between the two nearest centres: that of output i lies at ((2 i + 1) n - m) / (2 m) source pixels */
static void
interpolate(struct side *a, int64_t i)
{
	int64_t at = (2 * i + 1) * a->n - a->m, j = at < 0 ? 0 : at / (2 * a->m);

	at = at < 0 ? 0 : at - 2 * a->m * j;
	if (j >= a->n - 1)
		j = a->n - 1, at = 0;
	a->first[i] = j;
	a->count[i] = at > 0 ? 2 : 1;
	a->weight[i * a->taps] = 1 - (double)at / (double)(2 * a->m);
	if (at > 0)
		a->weight[i * a->taps + 1] = (double)at / (double)(2 * a->m);
}

static void
side_start(struct side *a, int64_t from, int64_t n, int64_t m)
{
	*a = (struct side){ .from = from, .n = n, .m = m, .taps = (int)(n / m + 2) };
	a->first = xcalloc((size_t)m, sizeof *a->first);
	a->count = xcalloc((size_t)m, sizeof *a->count);
	a->weight = xcalloc((size_t)m * (size_t)a->taps, sizeof *a->weight);
	for (int64_t i = 0; i < m; i++)
		if (n >= m)
			average(a, i);
		else
			interpolate(a, i);
}

static void
side_free(struct side *a)
{
	free(a->first);
	free(a->count);
	free(a->weight);
}

/* ---- one image: rows come, the result grows ---- */

/* What is kept of a side when the middle in the result's shape is cut out: n * ratio, in whole pixels */
static int64_t
part(int64_t n, int64_t numerator, int64_t denominator)
{
	int64_t kept = n * numerator / denominator;

	return kept < 1 ? 1 : kept;
}

static void
begin(void *ctx, uint32_t width, uint32_t height)
{
	struct resize *r = ctx;
	int64_t w = width, h = height;

	if (r->crop && w * r->height > h * r->width)
		w = part(h, r->width, r->height);
	else if (r->crop)
		h = part(w, r->height, r->width);
	side_start(&r->y, (height - h) / 2, h, r->height);
	side_start(&r->x, (width - w) / 2, w, r->width);
	r->row = xcalloc((size_t)w * RESIZE_CHANNELS, sizeof *r->row);
}

/* Opacity 0 shows the white below, all ones the colour, which is mostly one of 8 bits: then it needs no division. */
static double
over_white(double opacity, const uint8_t *p)
{
	const double colour = p[0] << 8 | p[1];

	if (opacity == WHITE && p[0] == p[1])
		return p[0];
	return (opacity * colour + (WHITE - opacity) * WHITE) / WHITE / 257;
}

static void
row_over_white(const struct side *x, const uint8_t *rgba, double *to)
{
	for (int64_t j = 0; j < x->n; j++) {
		const uint8_t *p = rgba + 8 * (x->from + j);
		const double opacity = p[6] << 8 | p[7];
		for (int c = 0; c < RESIZE_CHANNELS; c++)
			to[j * RESIZE_CHANNELS + c] = over_white(opacity, p + 2 * c);
	}
}

static void
resize_row(const struct side *x, const double *row, double *line)
{
	for (int64_t i = 0; i < x->m; i++) {
		const double *from = row + x->first[i] * RESIZE_CHANNELS, *weight = x->weight + i * x->taps;
		double sum[RESIZE_CHANNELS] = { 0 };
		for (int k = 0; k < x->count[i]; k++, from += RESIZE_CHANNELS)
			for (int c = 0; c < RESIZE_CHANNELS; c++)
				sum[c] += weight[k] * from[c];
		memcpy(line + i * RESIZE_CHANNELS, sum, sizeof sum);
	}
}

static void
take_row(void *ctx, uint32_t y, const uint8_t *rgba)
{
	struct resize *r = ctx;
	const int64_t j = (int64_t)y - r->y.from, numbers = r->width * RESIZE_CHANNELS;

	if (j < 0 || j >= r->y.n)
		return;
	row_over_white(&r->x, rgba, r->row);
	resize_row(&r->x, r->row, r->line);
	for (int64_t i = 0; i < r->height; i++) {
		int64_t k = j - r->y.first[i];
		if (k < 0 || k >= r->y.count[i])
			continue;
		for (int64_t v = 0; v < numbers; v++)
			r->sum[i * numbers + v] += r->y.weight[i * r->y.taps + k] * r->line[v];
	}
}

void
resize_start(struct resize *r, int64_t height, int64_t width, bool crop)
{
	*r = (struct resize){ .height = height, .width = width, .crop = crop };
	r->line = xcalloc((size_t)(width * RESIZE_CHANNELS), sizeof *r->line);
	r->sum = xcalloc((size_t)(height * width * RESIZE_CHANNELS), sizeof *r->sum);
}

const char *
resize_png(struct resize *r, const uint8_t *png, size_t n, uint8_t *to)
{
	const size_t numbers = (size_t)(r->height * r->width * RESIZE_CHANNELS);

	memset(r->sum, 0, numbers * sizeof *r->sum);
	const char *wrong = png_any(png, n, begin, take_row, r);
	if (wrong)
		return wrong;
	for (size_t i = 0; i < numbers; i++)
		to[i] = (uint8_t)(r->sum[i] + 0.5);
	side_free(&r->y);
	side_free(&r->x);
	free(r->row);
	return NULL;
}
