/* The hyperparameters that a model records in its meta: "training", a map for each time it was trained,
 *     { "1": { "lr": { "value": "0.01", "nature": "optimization" }, ... }, "2": ... } */
#ifndef MODEL_STAGES_H
#define MODEL_STAGES_H

#include "base/opt.h"
#include "cnn1/meta.h"

/* Adds a stage: the current values of these options. */
void stages_add(struct meta *meta, const struct opt *opts);
/* Calls each() for every option of every stage, oldest first; what cannot be read is passed over, and a
 * nature that is not there is "". */
void stages_each(const struct meta *meta,
                 void (*each)(void *ctx, const char *stage, const char *option, const char *value, const char *nature), void *ctx);
/* Was the model trained by us at all? */
bool stages_any(const struct meta *meta);
/* The value of an option in the last stage; NULL: none. The caller frees. */
char *stages_last(const struct meta *meta, const char *option);

#endif
