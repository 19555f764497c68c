/* Text for people and for awk. */
#ifndef IO_TABLE_H
#define IO_TABLE_H

#include <stdio.h>

/* A name out of a file, for a table: control characters as \xNN (base/shown.h), so that it stays one cell and never reaches
 * a terminal raw. The caller frees. */
char *shown(const char *s);
/* The same, written. */
void put_name(FILE *f, const char *s);

#endif
