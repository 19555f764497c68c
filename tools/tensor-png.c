/* tensor-png: a montage of images, maps or kernels */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/words.h"
#include "cnn1/stream.h"
#include "format/png_out.h"
#include "sys/file.h"

enum { ROWS = 64, PIXELS_MAX = 100 * 1000 * 1000, SIDE_MAX = 1 << 20 };
enum colour { COLOUR_AUTO, COLOUR_RGB, COLOUR_GREY, COLOUR_VIRIDIS };
enum range { RANGE_AUTO, RANGE_TILE, RANGE_IMAGE, RANGE_ALL, RANGE_SYMMETRIC, RANGE_FIXED };

static const char *tensor_name, *output;
static int64_t columns, grid_rows, gap = 1, scale = 1, rows;
static bool by_channel;
static enum colour colour;
static enum range range;
static double range_min, range_max;

static void
set_grid(const char *value)
{
	if (!strchr(value, 'x') || !parse_sides(value, SIDE_MAX, &columns, &grid_rows))
		die(EX_USAGE, "--grid %s: expected COLUMNSxROWS, as 8x4", value);
}

static void
set_colour(const char *value)
{
	static const char *const names[] = { "auto", "rgb", "grey", "viridis" };
	const int named = word_among(value, 4, names);

	if (named < 0)
		die(EX_USAGE, "--colour %s: expected auto, rgb, grey or viridis", value);
	colour = (enum colour)named;
}

static void
set_range(const char *value)
{
	static const char *const names[] = { "auto", "per-tile", "per-image", "all", "symmetric" };
	const int named = word_among(value, 5, names);
	char *copy = xstrdup(value), *colon = strchr(copy, ':');

	range = named < 0 ? RANGE_FIXED : (enum range)named;
	if (colon)
		*colon = '\0';
	if (range == RANGE_FIXED && (!colon || !parse_real(copy, &range_min) || !parse_real(colon + 1, &range_max) ||
	                             range_min >= range_max))
		die(EX_USAGE, "--range %s: expected MIN:MAX, auto, per-tile, per-image, all or symmetric", value);
	free(copy);
}

static const struct opt opts[] = {
	{ 0, "tensor", OPT_TEXT, &tensor_name, "NAME", "draw this tensor; default: x, or the first of images or maps", 0, 0, NULL },
	{ 0, "rows", OPT_INT, &rows, "N", "draw the first N rows; 0: 64 images, or all of a matrix", 0, SIDE_MAX, NULL },
	{ 0, "channels", OPT_FLAG, &by_channel, NULL, "a tile for each channel, also of RGB images", 0, 0, NULL },
	{ 0, "columns", OPT_INT, &columns, "N", "tiles side by side; 0: about as many as rows of tiles", 0, SIDE_MAX, NULL },
	{ 0, "grid", OPT_CALL, set_grid, "CxR", "exactly C columns and R rows of tiles", 0, 0, NULL },
	{ 0, "gap", OPT_INT, &gap, "PX", "white pixels between tiles", 0, 1000, NULL },
	{ 0, "scale", OPT_INT, &scale, "N", "draw each number as N x N pixels", 1, 1000, NULL },
	{ 0, "colour", OPT_CALL, set_colour, "MAP", "rgb, grey, viridis, or auto: rgb if there are 3 channels", 0, 0, NULL },
	{ 0, "color", OPT_CALL, set_colour, "MAP", "the same", 0, 0, NULL },
	{ 0, "range", OPT_CALL, set_range, "RANGE", "MIN:MAX, per-tile, per-image, all, symmetric or auto", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END
};

/* Where the number of pixel (y, x) and channel c of tile i lies: groups are rows of a dataset or filters of a kernel, and a
 * group has one tile, or one for each channel. */
struct layout {
	int64_t height, width, groups, per_group;
	int64_t dgroup, dtile, dy, dx, dc;
	int channels; /* of a tile: 1 or 3 */
};

struct data {
	enum dtype dtype;
	struct shape shape;
	bool kernel;      /* of a model: (kh, kw, in, out); the first dimension is not rows */
	int64_t numbers;  /* read */
	char *bytes;
};

/* ---- reading ---- */

static int
choose_tensor(const struct stream *in)
{
	const struct header *h = stream_header(in);
	int x = header_find(h, "x");

	if (tensor_name)
		return stream_tensor(in, tensor_name);
	if (x >= 0)
		return x;
	for (int rank = 3; rank > 0; rank--)
		for (int t = 0; t < h->tensors; t++)
			if (h->tensor[t].shape.n >= rank)
				return t;
	die(EX_DATAERR, "%s: holds no tensor to draw", stream_name(in));
}

static int64_t
wanted_rows(const struct data *d, const struct shape *s)
{
	if (!d->kernel && rows > 0)
		return rows;
	if (d->kernel || s->n < 3) /* all rows, for any number in the header */
		return PIXELS_MAX;
	return grid_rows ? columns * grid_rows : ROWS;
}

static _Noreturn void
too_large(const char *name)
{
	die(EX_DATAERR, "%s: the picture would have more than 100 million pixels; take fewer --rows or a smaller --scale", name);
}

/* The first rows of tensor t, in memory that grows with what comes; the rest is read and checked, not kept. */
static struct data
load(struct stream *in, int t)
{
	const struct tensor *tensor = &stream_header(in)->tensor[t];
	struct data d = { .dtype = tensor->dtype, .shape = tensor->shape };
	int64_t row = shape_count(&tensor->shape, 1), kept = 0;
	size_t size = tensor_row_size(tensor), room = 0;
	char shape[200];

	d.kernel = !strcmp(stream_header(in)->kind, "model");
	if (tensor->shape.n < 1 || tensor->shape.n > 4 || row < 1)
		die(EX_DATAERR, "%s: %s has shape %s; expected images, maps, a matrix or a kernel", stream_name(in), tensor->name,
		    shape_text(&tensor->shape, shape, sizeof shape));
	int64_t wanted = wanted_rows(&d, &tensor->shape);
	for (enum record r; (r = stream_next(in)) != RECORD_END;) {
		if (r != RECORD_DATA || stream_piece(in)->t != t)
			continue;
		const struct piece *p = stream_piece(in);
		int64_t n = p->n < wanted - kept ? p->n : wanted - kept;
		if ((kept + n) > (int64_t)3 * PIXELS_MAX / row)
			too_large(stream_name(in));
		if ((size_t)(kept + n) * size > room) {
			room = 2 * room > (size_t)(kept + n) * size ? 2 * room : (size_t)(kept + n) * size;
			d.bytes = xrealloc(d.bytes, room, 1);
		}
		if (n > 0)
			memcpy(d.bytes + (size_t)kept * size, p->data, (size_t)n * size);
		kept += n;
	}
	d.shape.d[0] = kept;
	d.numbers = kept * row;
	if (kept == 0)
		die(EX_DATAERR, "%s: %s has no rows", stream_name(in), stream_header(in)->tensor[t].name);
	return d;
}

/* ---- layout ---- */

/* channels: how many; dc: their distance */
static void
tiles_of_channels(struct layout *l, int64_t channels, int64_t dc)
{
	bool rgb = channels == 3 && !by_channel && (colour == COLOUR_AUTO || colour == COLOUR_RGB);

	l->channels = rgb ? 3 : 1;
	l->per_group = rgb ? 1 : channels;
	l->dc = rgb ? dc : 0;
	l->dtile = rgb ? 0 : dc;
}

static struct layout
lay_out(const struct data *d, const char *name)
{
	const int64_t *s = d->shape.d;
	struct layout l = { .channels = 1, .groups = 1, .per_group = 1 };

	if (d->shape.n == 1)
		l = (struct layout){ .height = 1, .width = s[0], .groups = 1, .per_group = 1, .dy = s[0], .dx = 1, .channels = 1 };
	else if (d->shape.n == 2)
		l = (struct layout){ .height = s[0], .width = s[1], .groups = 1, .per_group = 1, .dy = s[1], .dx = 1, .channels = 1 };
	else if (d->shape.n == 4 && d->kernel) {
		l = (struct layout){ .height = s[0], .width = s[1], .groups = s[3], .dgroup = 1, .dy = s[1] * s[2] * s[3],
		                     .dx = s[2] * s[3] };
		tiles_of_channels(&l, s[2], s[3]);
	} else {
		int64_t c = d->shape.n == 4 ? s[3] : 1;
		l = (struct layout){ .height = s[1], .width = s[2], .groups = s[0], .dgroup = s[1] * s[2] * c, .dy = s[2] * c, .dx = c };
		tiles_of_channels(&l, c, 1);
	}
	if (colour == COLOUR_RGB && l.channels != 3)
		die(EX_DATAERR, "%s: --colour rgb needs tiles of 3 channels", name);
	return l;
}

/* ---- colours ---- */

/* viridis (Smith, van der Walt, Firing 2015) at 16 even steps; between them straight lines */
static const uint8_t viridis[16][3] = {
	{ 68, 1, 84 },    { 72, 26, 108 },  { 71, 47, 125 },  { 65, 68, 135 },  { 57, 86, 140 },  { 49, 104, 142 },
	{ 42, 120, 142 }, { 35, 136, 142 }, { 31, 152, 139 }, { 34, 168, 132 }, { 53, 183, 121 }, { 84, 197, 104 },
	{ 122, 209, 81 }, { 165, 219, 54 }, { 210, 226, 27 }, { 253, 231, 37 },
};

/* v in [0, 1] */
static void
paint(double v, uint8_t *rgb)
{
	double at = v * 15;
	int i = at < 14 ? (int)at : 14;

	for (int k = 0; k < 3; k++)
		if (colour == COLOUR_VIRIDIS)
			rgb[k] = (uint8_t)(viridis[i][k] + (viridis[i + 1][k] - viridis[i][k]) * (at - i) + 0.5);
		else
			rgb[k] = (uint8_t)(v * 255 + 0.5);
}

struct bounds {
	double min, max;
};

static double
number(const struct data *d, int64_t at)
{
	return dtype_get(d->dtype, d->bytes + (size_t)at * dtype_size(d->dtype));
}

/* Widens b by the finite numbers of a tile. */
static void
widen(const struct data *d, const struct layout *l, int64_t at, struct bounds *b)
{
	for (int64_t y = 0; y < l->height; y++)
		for (int64_t x = 0; x < l->width; x++)
			for (int c = 0; c < l->channels; c++) {
				double v = number(d, at + y * l->dy + x * l->dx + c * l->dc);
				if (isfinite(v) && v < b->min)
					b->min = v;
				if (isfinite(v) && v > b->max)
					b->max = v;
			}
}

static struct bounds
bounds_of(const struct data *d, const struct layout *l, int64_t tile, enum range how)
{
	struct bounds b = { INFINITY, -INFINITY };
	int64_t first = tile, last = tile;

	if (how == RANGE_IMAGE) {
		first = tile / l->per_group * l->per_group;
		last = first + l->per_group - 1;
	} else if (how != RANGE_TILE) {
		first = 0;
		last = l->groups * l->per_group - 1;
	}
	for (int64_t i = first; i <= last; i++)
		widen(d, l, i / l->per_group * l->dgroup + i % l->per_group * l->dtile, &b);
	if (how == RANGE_SYMMETRIC) {
		b.max = fmax(fabs(b.min), fabs(b.max));
		b.max = b.max > 0 ? b.max : 1; /* zeros are the middle */
		b.min = -b.max;
	}
	return b;
}

/* bytes are drawn as they are; other numbers from the least to the largest of their tile */
static enum range
usual_range(const struct data *d)
{
	if (range != RANGE_AUTO)
		return range;
	if (d->dtype != DT_U1)
		return RANGE_TILE;
	range_min = 0;
	range_max = 255;
	return RANGE_FIXED;
}

static void
draw_pixel(const struct data *d, const struct layout *l, int64_t at, const struct bounds *b, uint8_t *rgb)
{
	static const uint8_t red[3] = { 255, 0, 0 };
	const double width = b->max / 2 - b->min / 2; /* halves: the whole may be infinite */

	for (int c = 0; c < l->channels; c++) {
		double v = number(d, at + c * l->dc);
		if (!isfinite(v)) {
			memcpy(rgb, red, sizeof red);
			return;
		}
		v = width > 0 ? (v / 2 - b->min / 2) / width : 0;
		v = v < 0 ? 0 : v > 1 ? 1 : v;
		if (l->channels == 1)
			paint(v, rgb);
		else
			rgb[c] = (uint8_t)(v * 255 + 0.5);
	}
}

/* ---- the picture ---- */

struct picture {
	int64_t columns, lines, tiles, width, height;
	uint8_t *pixels;
};

/* The least c with c * c >= n. */
static int64_t
root_up(int64_t n)
{
	int64_t c = 1;

	while (c * c < n)
		c++;
	return c;
}

static struct picture
plan(const struct layout *l, const char *name)
{
	struct picture p = { .tiles = l->groups * l->per_group, .columns = columns };

	if (p.columns == 0)
		p.columns = l->per_group > 1 ? l->per_group : root_up(l->groups);
	p.lines = grid_rows ? grid_rows : (p.tiles + p.columns - 1) / p.columns;
	if (p.tiles > p.columns * p.lines)
		p.tiles = p.columns * p.lines;
	/* each factor is below 2^31 and checked before it is multiplied again */
	int64_t w = l->width * scale, h = l->height * scale;
	if (w > PIXELS_MAX || h > PIXELS_MAX || p.columns > PIXELS_MAX || p.lines > PIXELS_MAX)
		too_large(name);
	p.width = p.columns * (w + gap) - gap;
	p.height = p.lines * (h + gap) - gap;
	if (p.width > PIXELS_MAX || p.height > PIXELS_MAX || p.width * p.height > PIXELS_MAX)
		too_large(name);
	p.pixels = xcalloc((size_t)(p.width * p.height), 3);
	memset(p.pixels, 255, (size_t)(p.width * p.height) * 3);
	return p;
}

static void
draw_tile(const struct data *d, const struct layout *l, struct picture *p, int64_t i, const struct bounds *b)
{
	int64_t left = i % p->columns * (l->width * scale + gap), top = i / p->columns * (l->height * scale + gap);
	int64_t at = i / l->per_group * l->dgroup + i % l->per_group * l->dtile;

	for (int64_t y = 0; y < l->height * scale; y++)
		for (int64_t x = 0; x < l->width * scale; x++)
			draw_pixel(d, l, at + y / scale * l->dy + x / scale * l->dx, b,
			           p->pixels + 3 * ((top + y) * p->width + left + x));
}

static void
draw(const struct data *d, const struct layout *l, struct picture *p)
{
	enum range how = usual_range(d);
	struct bounds b = { range_min, range_max };

	for (int64_t i = 0; i < p->tiles; i++) {
		bool anew = how == RANGE_TILE || (how == RANGE_IMAGE && i % l->per_group == 0) || (i == 0 && how != RANGE_FIXED);
		if (anew)
			b = bounds_of(d, l, i, how);
		draw_tile(d, l, p, i, &b);
	}
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "[STREAM]", "Draw images, maps, kernels or a matrix as one PNG.", 0, 1);
	const char *path = opt_operand(argc, argv, operand), *name = file_name_in(path);
	struct stream *in = stream_open(path);

	stream_object(in);
	struct data d = load(in, choose_tensor(in));
	stream_close(in);

	struct layout l = lay_out(&d, name);
	struct picture p = plan(&l, name);
	draw(&d, &l, &p);

	FILE *f = file_out(output, true);
	png_out(f, file_name_out(output), (uint32_t)p.width, (uint32_t)p.height, p.pixels);
	file_done(f);
	free(p.pixels);
	free(d.bytes);
	return 0;
}
