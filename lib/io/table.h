/* Text for people and for awk. */
#ifndef IO_TABLE_H
#define IO_TABLE_H

#include <stdio.h>

/* A name out of a file: control characters as \xNN, so that it stays one cell and never reaches a terminal raw. */
void put_name(FILE *f, const char *s);

#endif
