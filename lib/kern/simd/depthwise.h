/* Arguments of the inner loops of depthwise convolution. */
#ifndef KERN_SIMD_DEPTHWISE_H
#define KERN_SIMD_DEPTHWISE_H

#include <stdbool.h>
#include <stddef.h>

/* A stretch of pixels side by side that see the same taps; distances in numbers. */
struct taps {
	int rows, columns; /* `pixels` takes one row, of 4 columns at most */
	ptrdiff_t x_row, x_column, w_row, w_column, x_pixel, y_pixel;
	bool relu;
};

#endif
