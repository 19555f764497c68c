/* Models: a network, its weights, its history, and for a checkpoint the state of its training. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "model/dataset.h"
#include "net/network.h"

struct model {
	struct network net;
	real *w;                 /* its weights, net.weights numbers */
	struct header head;      /* kind, meta (network, classes, standardized, training, state), made_by; tensors are rebuilt on writing */
	struct events events;    /* history rows, oldest first */
	int extras;              /* tensors that are not weights: slots of a checkpoint, opt/... */
	struct tensor *extra;
	void **extra_data;
	char id[ID_SIZE];
};

/* Reads a model (the first and only object of the file). Dies with EX_DATAERR when tensors and network do not match, or a weight
 * is not finite. */
void model_read(struct model *m, const char *path);
/* The same of a file that is open, named `name` in messages; closes it. */
void model_read_from(struct model *m, FILE *f, const char *name);
/* The number of classes that the network gives probabilities for; dies (EX_DATAERR), naming `path`, if it does not end in a
 * softmax or has more classes than labels can name (CLASSES_MAX). */
int model_classes(const struct model *m, const char *path);
/* NULL, or how `data` differs from what the model `name` was trained on, for a message. A model without classes
 * accepts any, and one without a record of data or of standardization accepts any standardization. */
const char *model_data_differ(const struct model *m, const char *name, const struct about *data);
/* The label smoothing that the model's last training recorded; 0 if it recorded none. */
double model_label_smoothing(const struct model *m);
/* Writes to f (named `name` in messages) and ends it with file_done(); sets m->id. */
void model_write(struct model *m, FILE *f, const char *name);
/* Dies now (EX_DATAERR) where model_write would after hours, as what the model says of itself does not fit a stream. */
void model_check_out(struct model *m, const char *name);
/* Adds or replaces an extra tensor of f4, copying the data. */
void model_set_extra(struct model *m, const char *name, size_t n, const float *data);
const float *model_extra(const struct model *m, const char *name, size_t n); /* NULL: missing or of another size */
void model_drop_extras(struct model *m);
void model_free(struct model *m);

#endif
