/* --group: parameters with numbers of their own, chosen by a pattern over their names. What cannot be meant ends the program
 * (EX_USAGE), naming the group. */
#ifndef MODEL_GROUPS_H
#define MODEL_GROUPS_H

#include "net/network.h"
#include "net/optim.h"

/* PATTERN:SETTING[,SETTING...][;PATTERN:...] into groups of *o after group 0; NULL: none. Settings are lr*X, lr=X, decay*X, decay=X,
 * rule=NAME, schedule=WAY, and NAME=X for other numbers. Numbers that are not set, or multiplied, are those of group 0 if it has the same
 * rule, else the rule's own. *said becomes the text to record, which reads as the same groups; both are for free(). */
void groups_parse(char **said, struct optim *o);
/* Sorts the trained parameters of m, a model called `name`, into the groups of *o: each into the last one whose pattern matches. A
 * pattern is that of fnmatch. It is compared with the full name ("conv2d/kernel"; * matches any characters, also /) or, if it has
 * neither / nor *, with the last part ("kernel"). A group without parameters is refused.
 * What a rule for matrices cannot take goes into one more group, of the rule adam. */
void groups_assign(struct optim *o, const struct network *m, const char *name);

#endif
