/* Names of classes: lists of them as users write them, and which class a user means. */
#ifndef IO_CLASSES_H
#define IO_CLASSES_H

#include <stdbool.h>

enum { CLASSES_MAX = 256 };

/* "cat,dog": the names, which the caller frees, into name; returns how many. Dies (EX_USAGE) on more than CLASSES_MAX, on an empty
 * one, and when two are the same or only look the same. */
int classes_parse(const char *list, char *name[CLASSES_MAX]);

/* The class that `word` means: a name, or a number below `count`; "name:WORD" and "number:WORD" are always exact. Of n names,
 * n 0: none are known. NULL with the class in *found; or what is wrong and what to do, valid until the next call. */
const char *class_find(const char *word, int n, char *const *name, int count, int *found);

/* Which of n names is the same as s (NFC and NFD, an accented letter as one character or as two, are the same here)? -1: none */
int class_like(const char *s, int n, char *const *name);

#endif
