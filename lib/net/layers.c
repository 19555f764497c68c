/* The table of layer types: a new one is its file and one line here. */
#include "net/layer.h"

#define LAYER_TYPES(X) \
	X(input) /* stays first */ \
	X(conv2d) \
	X(depthwiseconv2d) \
	X(separableconv2d) \
	X(dense) \
	X(maxpool2d) \
	X(avgpool2d) \
	X(globalmaxpool2d) \
	X(globalavgpool2d) \
	X(flatten) \
	X(reshape) \
	X(permute) \
	X(zeropadding2d) \
	X(upsampling2d) \
	X(rescaling) \
	X(activation) \
	X(prelu) \
	X(add) \
	X(subtract) \
	X(multiply) \
	X(average) \
	X(maximum) \
	X(concatenate) \
	X(normalization) \
	X(batchnorm) \
	X(layernorm) \
	X(groupnorm) \
	X(dropout) \
	X(spatialdropout2d) \
	X(gaussiannoise) \
	X(randomflip) \
	X(randomtranslation) \
	X(randomcrop) \
	X(cutout) \
	X(randomerasing) \
	X(randomrotation) \
	X(randomzoom) \
	X(randombrightness) \
	X(randomcontrast)

#define DECLARE(name) extern const struct layer_type layer_type_##name;
#define ENTRY(name) &layer_type_##name,

LAYER_TYPES(DECLARE)
const struct layer_type *const layer_types[] = { LAYER_TYPES(ENTRY) NULL };
