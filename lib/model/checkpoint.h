/* Checkpoints: a model in the middle of its training. Beside the weights it holds the optimizer's slots (tensors opt/NAME) and,
 * under "state" in its meta, struct train_position and the conditions of the run. Going on from it gives the same bytes as never
 * having stopped. */
#ifndef MODEL_CHECKPOINT_H
#define MODEL_CHECKPOINT_H

#include "model/model.h"
#include "net/train.h"

/* Writes `path`, which is replaced only by a complete checkpoint. conditions: name -> text, everything that determines the result. */
void checkpoint_write(struct model *m, const struct training *t, const struct meta *conditions, const char *path);
/* Dies now (EX_DATAERR) where checkpoint_write would after hours, as what the model says of itself does not fit a stream. */
void checkpoint_check_out(struct model *m, const struct training *t, const struct meta *conditions, const char *path);
bool checkpoint_is(const struct model *m);
/* Dies (EX_DATAERR) when m, read from `path`, is not a checkpoint, and (EX_USAGE) if its conditions differ, naming one and both its values. */
void checkpoint_check(const struct model *m, const char *path, const struct meta *conditions);
/* Fills t->at and the optimizer from m, or dies (EX_DATAERR). t->train, t->plan and the slots must be there. */
void checkpoint_restore(const struct model *m, const char *path, struct training *t);
/* Leaves the bare model. */
void checkpoint_strip(struct model *m);

#endif
