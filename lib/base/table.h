/* Text for people and for awk. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdio.h>

/* A name out of a file, for a table: control characters as \xNN (base/printable.h), so that it stays one cell and never reaches
 * a terminal raw. The caller frees. */
char *shown(const char *s);
/* The same, written. */
void put_name(FILE *f, const char *s);
/* The larger of `columns` and those that the name takes on a terminal. */
int wider(int columns, const char *s);
/* As a cell of a table: at the right of so many columns, or, where they are negative, at the left; what does not fit is cut
 * between characters. The caller frees. */
char *cell(const char *s, int columns);
void put_cell(FILE *f, const char *s, int columns);

#endif
