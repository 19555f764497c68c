/* How to train, as the user wrote it: texts of options into an optimizer and a plan. What cannot be meant ends the program
 * (EX_USAGE), naming the option. */
#ifndef MODEL_TRAIN_OPTIONS_H
#define MODEL_TRAIN_OPTIONS_H

#include "net/optim.h"
#include "net/train.h"

enum { EPOCHS_MAX = 1000000 };

/* The numbers of an optimizer; NULL: its own. */
struct tuning {
	const char *lr, *momentum, *beta1, *beta2, *epsilon, *weight_decay, *clip_norm, *ema, *lookahead;
};

/* Sets *o to the optimizer of this name with these numbers (no memory yet); in *said each number that the optimizer knows
 * becomes the text to record. A number that it does not know must not be given. */
void train_options_optimizer(const char *name, struct tuning *said, struct optim *o);
/* constant, step[:FACTOR,EPOCHS], cosine, triangle[:UP], onecycle[:UP], points:PART=FACTOR,... into *s. Returns NULL, or what is wrong. */
const char *train_options_way(const char *said, struct schedule *s);
void train_options_schedule(const char *said, struct train_options *p);
/* Steps of the run, instead of epochs, over data of n rows: sets both, and *epochs; NULL: none. p->batch must be there. */
void train_options_steps(const char *said, int64_t n, struct train_options *p, int64_t *epochs);
/* steps; NULL: none */
void train_options_warmup(const char *said, struct train_options *p);
/* The alphas of mixup and CutMix, NULL: none; not both. In *mixup or *cutmix the number becomes the text to record. */
void train_options_mixing(const char **mixup, const char **cutmix, struct train_options *p);
/* EPOCHS[,FACTOR]; NULL: none */
void train_options_plateau(const char *said, struct train_options *p);
/* balanced, or W0,W1,... with a number for each class of the data called `name`, into weight (CLASSES_MAX); NULL: none */
void train_options_class_weights(const char *said, const struct dataset *d, const char *name, double *weight, struct train_options *p);

#endif
