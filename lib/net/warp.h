/* Images turned or zoomed: each pixel of the output shows a place of the input, between pixels as a rule. */
#ifndef NET_WARP_H
#define NET_WARP_H

#include "net/augment.h"

/* The options that such layers have, as rows of their table one after the other from number `first` on. */
#define WARP_OPTIONS(first) \
	[first] = { "fill", OPTION_WORD, "reflect", "data", "fills the empty part: dcba|abcd|dcba, fill_value, aaaa|abcd|dddd, abcd|abcd|abcd, dcb|abcd|cba", \
		0, 0, augment_fills }, \
	[(first) + 1] = { "interpolation", OPTION_WORD, "bilinear", "data", "bilinear: between four pixels; nearest: the nearest of them", \
		0, 0, warp_interpolations }, \
	[(first) + 2] = { "fill_value", OPTION_REAL, "0", "data", "of constant", -1e9, 1e9, 0 }
extern const char *const warp_interpolations[];

/* Pixel (i, j) of the output shows the place y = yy i + yx j, x = xy i + xx j of the input, all from the middle of the image. */
struct warp {
	double yy, yx, xy, xx;
	const struct value *options; /* the layer's values of WARP_OPTIONS */
};

/* forward and backward of layer types that have a warp: it draws the sample's. */
void warp_forward(const struct layer *l, const struct pass *p);
void warp_backward(const struct layer *l, const struct pass *p);

#endif
