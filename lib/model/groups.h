/* --group: parameters with numbers of their own, chosen by a pattern over their names. What cannot be meant ends the program
 * (EX_USAGE), naming the group. */
#ifndef MODEL_GROUPS_H
#define MODEL_GROUPS_H

#include "net/network.h"
#include "net/optim.h"

/* PATTERN:SETTING[,SETTING...][;PATTERN:...] into groups of *o behind group 0, whose numbers those with * multiply; NULL: none.
 * Settings are lr*X, lr=X, decay*X, decay=X. *said becomes the text to record, which reads as the same groups; both are for free(). */
void groups_parse(char **said, struct optim *o);
/* Sorts the trained parameters of m, a model called `name`, into the groups of *o: of those whose pattern matches, the last. The
 * pattern is fnmatch's over the full name ("conv2d/kernel"; * takes any letters, / too), or, where neither / nor * is in it, over
 * the last part ("kernel"). A group that gets none is refused. */
void groups_assign(struct optim *o, const struct network *m, const char *name);

#endif
