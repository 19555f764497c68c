/* PNG images, by both readers. libpng stops at a wrong checksum or broken compressed data, which is nearly all that a fuzzer makes;
 * so the input is an image without either: checksums of chunks are made right, and a chunk "idat" holds the rows as they are, each
 * with its filter byte, which become an IDAT of stored blocks. IDAT is taken as it is. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/die.h"
#include "fuzz.h"
#include "format/png_in.h"

enum { SIDE = 8, MORE = 1000 };

static uint8_t *
put4(uint8_t *to, uint32_t v)
{
	for (int i = 3; i >= 0; i--)
		*to++ = (uint8_t)(v >> 8 * i);
	return to;
}

static uint8_t *
put_chunk(uint8_t *to, const char *type, const uint8_t *p, size_t n)
{
	uint8_t *from = put4(to, (uint32_t)n);

	memcpy(from, type, 4);
	memcpy(from + 4, p, n);
	return put4(from + 4 + n, (uint32_t)crc32_z(0, from, 4 + n));
}

/* The input as a PNG. A chunk longer than what is left is cut, or, with the highest bit set, kept as a lie, which ends it. */
static uint8_t *
seal(const uint8_t *p, size_t n, size_t *size)
{
	/* a chunk is 8 bytes at least here, and 12 to 23 there */
	uint8_t *png = malloc(8 + 4 * n + n / 8 * MORE + 12), *to = png;

	memcpy(to, "\x89PNG\r\n\x1a\n", 8);
	to += 8;
	while (n >= 8) {
		size_t length = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
		const uint8_t *data = p + 8;
		if (length >> 31)
			break;
		if (length > n - 8)
			length = n - 8;
		if (!memcmp(p + 4, "idat", 4)) {
			size_t packed;
			uint8_t *rows_and_more = calloc(length + MORE, 1); /* what lacks to an image is zero */
			memcpy(rows_and_more, data, length);
			uint8_t *z = fuzz_zlib(rows_and_more, length + MORE, &packed);
			free(rows_and_more);
			to = put_chunk(to, "IDAT", z, packed);
			free(z);
		} else {
			to = put_chunk(to, (const char *)p + 4, data, length);
		}
		p += 8 + length;
		n -= 8 + length;
	}
	memcpy(to, p, n);
	to = put_chunk(to + n, "IEND", p, 0);
	*size = (size_t)(to - png);
	return png;
}

static uint32_t columns, rows, next_row;

static void
rgb_row(void *ctx, uint32_t y, const uint8_t *rgb)
{
	MUST(!ctx && y == next_row++);
	fuzz_touch(rgb, 3 * SIDE);
}

static void
read_rgb(const uint8_t *data, size_t size)
{
	next_row = 0;
	const char *why = png_rows(data, size, SIDE, SIDE, rgb_row, NULL);
	MUST(!why || *why);
	MUST(why || next_row == SIDE);
	if (why)
		warn("%s", why);
}

static void
begin(void *ctx, uint32_t width, uint32_t height)
{
	MUST(!ctx && !columns && width && height);
	columns = width;
	rows = height;
}

static void
rgba_row(void *ctx, uint32_t y, const uint8_t *rgba)
{
	MUST(!ctx && y == next_row++ && y < rows);
	fuzz_touch(rgba, 8 * (size_t)columns);
}

static void
read_any(const uint8_t *data, size_t size)
{
	columns = rows = next_row = 0;
	const char *why = png_any(data, size, begin, rgba_row, NULL);
	MUST(!why || *why);
	MUST(why || next_row == rows);
	const char *colon = why ? strrchr(why, ':') : NULL; /* before it: the chunk's name, which may be any */
	if (why)
		fuzz_reached(colon ? colon : why, strlen(colon ? colon : why));
	else
		fuzz_reached(data + 24, 5); /* depth, colours, interlaced */
	if (why)
		warn("%s", why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n;
	uint8_t *png = seal(data, size, &n);

	/* libpng's state and zlib's window; chunks of 1 MiB; an interlaced image of 2^23 pixels, 8 bytes each */
	MUST(fuzz_run(read_rgb, png, n, 3 << 20) == 0);
	MUST(fuzz_run(read_any, png, n, (4 << 20) + ((size_t)8 << 23)) == 0);
	free(png);
	return 0;
}
