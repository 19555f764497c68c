/* Whole datasets in memory, and what filters need to know of one. */
#ifndef IO_DATASET_H
#define IO_DATASET_H

#include "io/classes.h"
#include "io/stream.h"
#include "net/train.h"

/* What a dataset stream says of itself. */
struct about {
	struct classes classes;
	struct meta standardized; /* empty: raw pixels. per: "image" | "dataset"; mean, std for the latter */
	bool untold;              /* nothing is known of standardization: a model that has seen no data */
	char id[ID_SIZE];
};

/* Reads all objects of a dataset file, one after the other, as one dataset. Dies (EX_DATAERR) when it is no dataset, x or y
 * is missing, labels are out of range (naming the row), an object differs from the first in shape, classes or
 * standardization, or there is no row. */
void dataset_load(const char *path, struct dataset *d, struct about *a);
/* Checks a dataset's header alone (for filters); fills *a but for id. Labels y may be missing, and then the classes, too. */
void dataset_about(const struct stream *s, struct about *a);
/* How the dataset or model `path` says that it was standardized; dies (EX_DATAERR) when it does not say. */
void standardized_of(const char *path, struct meta *how);
/* NULL, or how the two differ, for a message: "other classes (10, first plane; 2, first cat)", "one is raw, the other standardized
 * per image". Classes that are not known (none named), and a standardization that is untold, do not differ from any. */
const char *about_differ(const struct about *a, const struct about *b);
/* Dies (EX_DATAERR) naming the first row whose label is no class; i0: number of the first row given. */
void dataset_check_labels(const char *name, const struct about *a, int64_t i0, int64_t n, const uint8_t *y);
/* Dies (EX_DATAERR) naming the first of n rows, each of so many numbers, that holds one which is not finite. */
void dataset_check_finite(const char *name, int64_t i0, int64_t n, int64_t numbers, const float *x);
void about_free(struct about *a);
/* Classes and standardization as the meta of a model or dataset called `name` holds them; dies (EX_DATAERR) when they are there and
 * cannot be read. */
void about_from_meta(const char *name, const struct meta *m, struct about *a);

#endif
