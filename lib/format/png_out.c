#include "format/png_out.h"

#include <png.h>

#include "base/die.h"
#include "format/png_memory.h"
#include "sys/file.h"

struct sink {
	FILE *f;
	const char *name;
};

static void
on_write(png_structp png, png_bytep data, png_size_t size)
{
	const struct sink *sink = png_get_io_ptr(png);

	file_write(sink->f, data, size);
}

static void
on_flush(png_structp png)
{
	(void)png;
}

/* libpng must not return to a caller that failed; dying is what every program does then */
static void
on_error(png_structp png, png_const_charp message)
{
	const struct sink *sink = png_get_error_ptr(png);

	die(EX_IOERR, "%s: %s", sink->name, message);
}

static void
on_warning(png_structp png, png_const_charp message)
{
	(void)png;
	(void)message;
}

void
png_out(FILE *f, const char *name, uint32_t width, uint32_t height, const uint8_t *pixels)
{
	struct sink sink = { f, name };
	png_structp png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &sink, on_error, on_warning, NULL, png_memory, png_forget);
	png_infop info = png ? png_create_info_struct(png) : NULL;

	if (!info)
		die(EX_OSERR, "%s: libpng has no memory or another version", name);
	png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
	png_set_write_fn(png, &sink, on_write, on_flush);
	png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
	             PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (uint32_t y = 0; y < height; y++)
		png_write_row(png, pixels + (size_t)y * width * 3);
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
}
