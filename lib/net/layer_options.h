/* Options that several layers with weights have, as their tables write them. */
#ifndef NET_LAYER_OPTIONS_H
#define NET_LAYER_OPTIONS_H

#include "net/layer.h"

#define FILTERS_OPTION \
	{ "filters", OPTION_INT, NULL, "structure", "number of filters, which is that of output channels", 1, SIZE_LIMIT, 0 }
#define KERNEL_OPTION \
	{ "kernel", OPTION_PAIR, "3x3", "structure", "height and width of the window", 1, WINDOW_LIMIT, 0 }
#define STRIDES_OPTION(standard) \
	{ "strides", OPTION_PAIR, standard, "structure", "step of the window", 1, WINDOW_LIMIT, 0 }
#define PADDING_OPTION(same) \
	{ "padding", OPTION_WORD, "valid", "structure", "same: " same, 0, 0, padding_words }
#define ZEROS_AROUND "zeros around the image, an output pixel for every stride"
#define DILATION_OPTION \
	{ "dilation", OPTION_PAIR, "1x1", "structure", "distance of the window's taps; not with strides", 1, WINDOW_LIMIT, 0 }
#define MULTIPLIER_OPTION(help) \
	{ "depth_multiplier", OPTION_INT, "1", "structure", help, 1, SIZE_LIMIT, 0 }
#define BIAS_OPTION(place) \
	{ "use_bias", OPTION_WORD, "true", "structure", "add a trained number to each " place, 0, 0, no_yes }
#define INITIALIZER_OPTION(of, standard, what) \
	{ of "_initializer", OPTION_INITIALIZER, standard, "optimization", "initial " what, 0, 0, 0 }
#define L1_OPTION(of) \
	{ "l1", OPTION_REAL, "0", "regularization", "penalty on sum |kernel|" of, 0, 1e6, 0 }
#define L2_OPTION(of) \
	{ "l2", OPTION_REAL, "0", "regularization", "penalty on sum kernel^2" of, 0, 1e6, 0 }

#endif
