/* Names of classes: lists of them as users write them, and which class a user means. */
#ifndef MODEL_CLASSES_H
#define MODEL_CLASSES_H

#include <stdbool.h>

#include "cnn1/meta.h"

enum { CLASSES_MAX = 256 };

/* n 0: none are named. */
struct classes {
	int n;
	char *name[CLASSES_MAX];
};

/* "cat,dog", as after --classes. Dies (EX_USAGE) on more than CLASSES_MAX names, on an empty one, and when two are the same or only
 * look the same. */
void classes_parse(const char *list, struct classes *c);
/* The names in the meta of a header; false, and none, where they are there but cannot be read. */
bool classes_get(const struct meta *m, struct classes *c);
void classes_set(struct meta *m, const struct classes *c);
/* Columns that the widest name takes in a table, at least so many and at most CLASS_SHOWN: longer names are cut. */
enum { CLASS_SHOWN = 48 };
int classes_width(const struct classes *c, int at_least);
void classes_free(struct classes *c);

/* The class that `word` means: a name, or a number below `count`; "name:WORD" and "number:WORD" are always exact. Of n names,
 * n 0: none are known. NULL with the class in *found; or what is wrong and what to do, valid until the next call. */
const char *class_find(const char *word, int n, char *const *name, int count, int *found);

/* Which of n names is the same as s (NFC and NFD, an accented letter as one character or as two, are the same here)? -1: none */
int class_like(const char *s, int n, char *const *name);

#endif
