/* Columns of numbers by name: the history inside a model, or a table of text that anybody wrote. */
#ifndef MODEL_COLUMNS_H
#define MODEL_COLUMNS_H

#include <stddef.h>

#include "base/names.h"

struct columns {
	struct names name; /* in the order of the file */
	int rows;
	double *value;     /* (rows, name.n); NaN where a cell is empty, or is not a finite number */
};

/* Of the `size` bytes at `data`, followed by a zero, which are a model; text: a line of names, then a line for each row, with as many cells
 * between tabs or, where the first line has none, between commas; or JSON: an object of lists of numbers. A last line of text that is not
 * ended and lacks cells is being written, and left out. Dies (EX_DATAERR) on anything else; `from` names it in messages. */
void columns_from(struct columns *c, char *data, size_t size, const char *from);
double columns_value(const struct columns *c, int row, int column);
void columns_free(struct columns *c);

#endif
