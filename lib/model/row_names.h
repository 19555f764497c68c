/* Where each row came from: the names of files, as a tensor `name` beside the data, u1 (rows, bytes), filled up with zeros. It
 * travels with the rows through programs that pick, split and standardize them. */
#ifndef MODEL_ROW_NAMES_H
#define MODEL_ROW_NAMES_H

#include "cnn1/stream.h"

enum { ROW_NAME_MAX = 255 };

/* The tensor of names in a header; -1: it has none. */
int row_names_find(const struct header *h);
/* Appends one for rows whose longest name has so many bytes; returns its index. */
int row_names_add(struct header *h, int64_t rows, int64_t bytes);
/* The name in a row of this tensor, as people are shown it (base/table.h), for the caller to free. */
char *row_name(const struct tensor *t, const void *row);
/* The last part of a path, at most ROW_NAME_MAX bytes; "" for stdin. */
const char *row_name_of(const char *path);

#endif
