#include "format/png_in.h"

#include <png.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "format/png_memory.h"

enum {
	CHUNK_BYTES = 1 << 20, WIDTH_MAX = 65535,
	DEFLATE_MOST = 1032, /* deflate makes at most 1032 bytes of one: 258 from 2 bits */
};

enum { RGBA = 8 }; /* bytes of a pixel that png_any hands out */

struct png_source {
	const uint8_t *p;
	size_t left;
	char why[160];
	uint8_t *row;
	int colours;               /* of a palette; 0: there is none */
	uint8_t colour[256][RGBA];
	uint8_t *coloured;         /* a row, looked up in the palette */
};

static void
wrong(png_structp png, png_const_charp why)
{
	struct png_source *s = png_get_error_ptr(png);

	snprintf(s->why, sizeof s->why, "%s", why);
	longjmp(png_jmpbuf(png), 1);
}

/* Warnings concern colour profiles and other things that do not touch the pixels. */
static void
unheard(png_structp png, png_const_charp why)
{
	(void)png;
	(void)why;
}

static void
feed(png_structp png, png_bytep to, size_t n)
{
	struct png_source *s = png_get_io_ptr(png);

	if (n > s->left)
		png_error(png, "truncated");
	memcpy(to, s->p, n);
	s->p += n;
	s->left -= n;
}

static void
check(png_structp png, png_infop info, uint32_t width, uint32_t height)
{
	char why[120];

	if (png_get_color_type(png, info) != PNG_COLOR_TYPE_RGB || png_get_bit_depth(png, info) != 8)
		png_error(png, "not an RGB image of 8 bits a channel");
	if (png_get_interlace_type(png, info) != PNG_INTERLACE_NONE)
		png_error(png, "interlaced; expected a plain one");
	if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height) {
		snprintf(why, sizeof why, "%u x %u pixels, expected %u x %u", (unsigned)png_get_image_width(png, info),
		         (unsigned)png_get_image_height(png, info), (unsigned)width, (unsigned)height);
		png_error(png, why);
	}
}

/* Do the chunks lie within the file, up to an IEND? libpng takes memory for what a chunk claims to hold, although limits are set:
 * a few bytes could cost gigabytes. */
static bool
whole(const uint8_t *p, size_t n)
{
	enum { AROUND = 12 }; /* length, type, checksum */

	for (p += 8, n -= 8; n >= AROUND;) {
		size_t length = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
		if (length > n - AROUND)
			return false;
		if (!memcmp(p + 4, "IEND", 4))
			return true;
		p += AROUND + length;
		n -= AROUND + length;
	}
	return false;
}

/* Other types of files that are called .png: they have `magic` at byte `at`. */
static const struct {
	const char *magic, *format;
	size_t at;
} strangers[] = {
	{ "\xff\xd8\xff", "a JPEG", 0 }, { "GIF8", "a GIF", 0 }, { "WEBP", "a WebP", 8 }, { "BM", "a BMP", 0 },
	{ "ftypavif", "an AVIF", 4 }, { "ftypheic", "a HEIC", 4 }, { "II*", "a TIFF", 0 }, { "MM", "a TIFF", 0 },
};

static void
not_a_png(char *why, size_t room, const uint8_t *data, size_t size)
{
	snprintf(why, room, "not a PNG image");
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
		const size_t n = strlen(strangers[i].magic), at = strangers[i].at;
		if (size >= at + n && !memcmp(data + at, strangers[i].magic, n)) {
			snprintf(why, room, "not a PNG image but %s; convert it, as in: magick FILE NEW.png", strangers[i].format);
			return;
		}
	}
}

/* Reader and limits of one decoding; s->why is empty until something is wrong. */
static bool
start(struct png_source *s, const uint8_t *data, size_t size, png_structp *png, png_infop *info)
{
	*s = (struct png_source){ .p = data, .left = size };
	if (size < 8 || png_sig_cmp(data, 0, 8)) {
		not_a_png(s->why, sizeof s->why, data, size);
		return false;
	}
	if (!whole(data, size)) {
		strcpy(s->why, "truncated");
		return false;
	}
	*png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, s, wrong, unheard, NULL, png_memory, png_forget);
	*info = *png ? png_create_info_struct(*png) : NULL;
	if (!*info)
		die(EX_OSERR, "out of memory (libpng)");
	png_set_read_fn(*png, s, feed);
	png_set_user_limits(*png, WIDTH_MAX, WIDTH_MAX);
	png_set_chunk_malloc_max(*png, CHUNK_BYTES);
	png_set_chunk_cache_max(*png, 16);
	return true;
}

const char *
png_rows(const uint8_t *data, size_t size, uint32_t width, uint32_t height,
         void (*row)(void *ctx, uint32_t y, const uint8_t *rgb), void *ctx)
{
	static struct png_source s; /* static: longjmp leaves it defined, and the message outlives the call */
	png_structp png;
	png_infop info;

	if (!start(&s, data, size, &png, &info))
		return s.why;
	s.row = xcalloc(width, 3);
	if (setjmp(png_jmpbuf(png)) == 0) {
		png_read_info(png, info);
		check(png, info, width, height);
		for (uint32_t y = 0; y < height; y++) {
			png_read_row(png, s.row, NULL);
			row(ctx, y, s.row);
		}
		png_read_end(png, NULL);
	}
	png_destroy_read_struct(&png, &info, NULL);
	free(s.row);
	return *s.why ? s.why : NULL;
}

/* libpng would make black of a number that its palette does not hold: rows stay numbers, and are looked up here. */
static void
take_palette(png_structp png, png_infop info, struct png_source *s)
{
	png_colorp colour;
	png_bytep opacity = NULL;
	int opacities = 0;

	png_get_PLTE(png, info, &colour, &s->colours);
	png_get_tRNS(png, info, &opacity, &opacities, NULL);
	for (int i = 0; i < s->colours; i++) {
		const uint8_t rgba[] = { colour[i].red, colour[i].green, colour[i].blue, i < opacities ? opacity[i] : 0xff };
		for (int k = 0; k < RGBA; k++)
			s->colour[i][k] = rgba[k / 2];
	}
	png_set_packing(png);
}

static const uint8_t *
look_up(png_structp png, struct png_source *s, uint32_t width, const uint8_t *row)
{
	char why[80];

	for (uint32_t x = 0; x < width; x++) {
		if (row[x] >= s->colours) {
			snprintf(why, sizeof why, "a pixel has colour %d of a palette of %d colours", row[x], s->colours);
			png_error(png, why);
		}
		memcpy(s->coloured + (size_t)x * RGBA, s->colour[row[x]], RGBA);
	}
	return s->coloured;
}

/* All forms but palettes become red, green, blue, opacity of 16 bits. Returns the number of passes: 1, or 7 when interlaced. */
static int
transform(png_structp png, png_infop info, struct png_source *s)
{
	uint64_t pixels = (uint64_t)png_get_image_width(png, info) * png_get_image_height(png, info);

	if (pixels > PNG_PIXELS_MAX)
		png_error(png, "larger than 2^28 pixels; make it smaller first");
	int passes = png_set_interlace_handling(png);
	if (passes > 1 && pixels > PNG_INTERLACED_MAX)
		png_error(png, "interlaced and larger than 2^23 pixels; save it without interlacing");
	if (pixels > PNG_PIXELS_FREE && pixels / PNG_PIXELS_A_BYTE > s->left)
		png_error(png, "larger than 2^24 pixels, and than 1024 pixels for each of its bytes; make it smaller first");
	/* such an image is kept whole: no memory for one that cannot be there */
	if (passes > 1 && pixels * png_get_channels(png, info) * png_get_bit_depth(png, info) / 8 / DEFLATE_MOST > s->left)
		png_error(png, "truncated");
	if (png_get_color_type(png, info) == PNG_COLOR_TYPE_PALETTE) {
		take_palette(png, info, s);
	} else {
		png_set_expand_16(png); /* few bits and transparent colours, too */
		png_set_gray_to_rgb(png);
		png_set_add_alpha(png, 0xffff, PNG_FILLER_AFTER);
	}
	png_read_update_info(png, info);
	return passes;
}

const char *
png_any(const uint8_t *data, size_t size, void (*begin)(void *ctx, uint32_t width, uint32_t height),
        void (*row)(void *ctx, uint32_t y, const uint8_t *rgba16), void *ctx)
{
	static struct png_source s;
	png_structp png;
	png_infop info;

	if (!start(&s, data, size, &png, &info))
		return s.why;
	if (setjmp(png_jmpbuf(png)) == 0) {
		png_read_info(png, info);
		const int passes = transform(png, info, &s);
		const uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
		const size_t bytes = png_get_rowbytes(png, info);
		s.row = xcalloc(passes > 1 ? height : 1, bytes);
		s.coloured = xcalloc(width, RGBA);
		begin(ctx, width, height);
		/* each pass but the last fills in some pixels of some rows */
		for (int p = 1; p < passes; p++)
			for (uint32_t y = 0; y < height; y++)
				png_read_row(png, s.row + y * bytes, NULL);
		for (uint32_t y = 0; y < height; y++) {
			uint8_t *to = s.row + (passes > 1 ? y * bytes : 0);
			png_read_row(png, to, NULL);
			row(ctx, y, s.colours ? look_up(png, &s, width, to) : to);
		}
		png_read_end(png, NULL);
	}
	png_destroy_read_struct(&png, &info, NULL);
	free(s.row);
	free(s.coloured);
	return *s.why ? s.why : NULL;
}
