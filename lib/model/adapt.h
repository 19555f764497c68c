/* Numbers that a network takes from data before it is trained: mean and variance of its normalization layer. */
#ifndef MODEL_ADAPT_H
#define MODEL_ADAPT_H

#include "model/model.h"

/* Sets mean and variance of the model's normalization layer, channel by channel over all images and pixels of the dataset `path`,
 * as they reach the layer in evaluation. The model then records the classes of the data and how it was standardized. Dies
 * (EX_DATAERR), naming the network text `net`, if it has no such layer, several, or one whose input depends on weights, which
 * are not trained yet. id (ID_SIZE): of the dataset. */
void adapt(struct model *m, const char *net, const char *path, char *id);

#endif
