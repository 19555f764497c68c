/* Whole datasets in memory, and what filters check of one. */
#ifndef MODEL_DATASET_H
#define MODEL_DATASET_H

#include "model/about.h"
#include "net/train.h"

/* Reads all objects of a dataset file, one after the other, as one dataset. Dies (EX_DATAERR) if it is not a dataset, x or y
 * is missing, labels are out of range (naming the row), an object differs from the first in shape, classes or
 * standardization, or there is no row. With `stays`, rows are checked, too, but stay in the file (streamed.h). */
void dataset_load(const char *path, bool stays, struct dataset *d, struct about *a);
void dataset_free(struct dataset *d);
/* Checks a dataset's header alone (for filters); fills *a but for id. Labels y may be missing, and then the classes, too. */
void dataset_about(const struct stream *s, struct about *a);
/* Dies (EX_DATAERR) naming the first row whose label is not a class; i0: number of the first row given. */
void dataset_check_labels(const char *name, const struct about *a, int64_t i0, int64_t n, const uint8_t *y);
/* Dies (EX_DATAERR) naming the first of n rows, each of so many numbers, that holds one which is not finite. */
void dataset_check_finite(const char *name, int64_t i0, int64_t n, int64_t numbers, const float *x);

#endif
