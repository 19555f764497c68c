/* Many names, each found in a few steps whatever they are: in files of others there may be 10^4 of them, made to be slow. */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <stdbool.h>

struct names {
	int n;
	const char **name; /* in the order they came; the caller's, who keeps them */
	int *sorted;       /* their places, by name */
};

/* The place of a name; -1: it is not among them. */
int names_find(const struct names *s, const char *name);
/* Adds a name behind the others, where it is new. */
void names_add(struct names *s, const char *name);
/* Takes out the name at a place; those behind it move up. */
void names_remove(struct names *s, int place);
/* n names at once, much faster than one after the other; false, and none taken, when a name stands twice. */
bool names_from(struct names *s, int n, const char *const *name);
void names_free(struct names *s);

#endif
