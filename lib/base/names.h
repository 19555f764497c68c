/* Many names, each found in a few steps: a hostile file may have 10^4 of them, chosen to make searching slow. */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <stdbool.h>

struct names {
	int n;
	const char **name; /* in the order in which they were added; the caller owns them */
	int *sorted;       /* their places, by name */
};

/* The place of a name; -1: it is not among them. */
int names_find(const struct names *s, const char *name);
/* Adds a new name after the others. */
void names_add(struct names *s, const char *name);
/* Removes the name at a place; later ones move up. */
void names_remove(struct names *s, int place);
/* Adds n names at once, much faster than one after the other; false, and nothing added, if a name occurs twice. */
bool names_from(struct names *s, int n, const char *const *name);
void names_free(struct names *s);

#endif
