/* Memory for libpng, which else reports the lack of it as if the picture were wrong. */
#ifndef FORMAT_PNG_MEMORY_H
#define FORMAT_PNG_MEMORY_H

#include <png.h>

/* Memory or exit 71. */
png_voidp png_memory(png_structp png, png_alloc_size_t size);
void png_forget(png_structp png, png_voidp p);

#endif
