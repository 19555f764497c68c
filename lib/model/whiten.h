/* The first convolution of a network from the statistics of its input, not from chance. */
#ifndef MODEL_WHITEN_H
#define MODEL_WHITEN_H

#include "model/model.h"

/* Sets half of the filters of the model's first conv2d to the directions in which the patches of its input, at all places of all images
 * of the dataset `path`, vary most, each divided by sqrt(variance + 5e-4); the other half to their negatives. The variance is taken
 * around 0. The outputs over these patches are then uncorrelated and of about the same size. Dies (EX_DATAERR), naming the network
 * text `net`, where there is no such layer or it has not the filters for it. The model then records what adapt would. */
void whiten(struct model *m, const char *net, const char *path, char *id);

#endif
