#include "format/png_memory.h"

#include <stdlib.h>

#include "base/die.h"

png_voidp
png_memory(png_structp png, png_alloc_size_t size)
{
	(void)png;
	return xrealloc(NULL, size, 1);
}

void
png_forget(png_structp png, png_voidp p)
{
	(void)png;
	free(p);
}
