/* The table of layer types: a new one is its file and one line here. */
#include "net/layer.h"

#define LAYER_TYPES(X) \
	X(input) /* stays first */ \
	X(conv2d) \
	X(dense) \
	X(maxpool2d) \
	X(flatten) \
	X(dropout) \
	X(activation)

#define DECLARE(name) extern const struct layer_type layer_type_##name;
#define ENTRY(name) &layer_type_##name,

LAYER_TYPES(DECLARE)
const struct layer_type *const layer_types[] = { LAYER_TYPES(ENTRY) NULL };
