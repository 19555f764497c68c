/* Objects that follow each other in a stream (cat a b) and are taken as one: the first says what the others must be. */
#ifndef MODEL_FIRST_H
#define MODEL_FIRST_H

#include "model/about.h"

struct first {
	bool known;
	struct header head;
	struct about about;
};

/* Keeps the first object that comes, and *a, what its header says. Of a later one it dies (EX_DATAERR), saying what differs, where it
 * has other classes, is standardized otherwise, or its tensors differ in type or in the shape of a row: those named in `only`, which
 * ends with a NULL and names tensors that the first or both may lack; NULL: all, in their order. Takes over *a. */
void first_like(struct first *f, const struct stream *s, struct about *a, const char *const *only);

#endif
