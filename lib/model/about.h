/* What a dataset or a model says of its data: which classes, and how it was standardized. */
#ifndef MODEL_ABOUT_H
#define MODEL_ABOUT_H

#include "cnn1/stream.h"
#include "model/classes.h"

/* What a dataset stream says of itself. */
struct about {
	struct classes classes;
	struct meta standardized; /* empty: raw pixels. per: "image" | "dataset"; mean, std for the latter */
	bool untold;              /* nothing is known of standardization: a model that has seen no data */
	char id[ID_SIZE];
};

/* Classes and standardization as the meta of a model or dataset called `name` holds them; dies (EX_DATAERR) when they are there and
 * cannot be read. */
void about_from_meta(const char *name, const struct meta *m, struct about *a);
/* How the dataset or model `path` says that it was standardized; dies (EX_DATAERR) when it does not say. */
void standardized_of(const char *path, struct meta *how);
/* NULL, or how the two differ, for a message: "other classes (10, first plane; 2, first cat)", "one is raw, the other standardized
 * per image". Classes that are not known (none named), and a standardization that is untold, do not differ from any. */
const char *about_differ(const struct about *a, const struct about *b);
void about_free(struct about *a);

#endif
