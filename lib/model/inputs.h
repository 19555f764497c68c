/* What a layer reads of a dataset before anything is trained: for numbers that a network takes from data. */
#ifndef MODEL_INPUTS_H
#define MODEL_INPUTS_H

#include "model/model.h"

/* x (n, the layer's input shape) of n rows */
typedef void inputs_fn(void *ctx, int n, const real *x);

/* Calls take with what reaches `layer` in evaluation, for all rows of the dataset `path`. The model then records under `as` which layer it
 * was, the classes of the data and how it was standardized. Dies (EX_DATAERR), naming the network text `net` and `option`, where the
 * layer's input depends on weights other than those of a normalization, as they are not trained yet, and if there are no rows. id
 * (ID_SIZE): of the dataset. */
void inputs_each(struct model *m, const char *net, const char *option, const char *path, int layer, const char *as, inputs_fn *take,
                 void *ctx, char *id);

#endif
