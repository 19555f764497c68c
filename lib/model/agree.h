/* Do all ranks of a team do the same? */
#ifndef MODEL_AGREE_H
#define MODEL_AGREE_H

#include "base/opt.h"

/* Dies (EX_USAGE), naming both values, where this rank has another version, arithmetic or option than rank 0. Of the options:
 * those that shape the result, and whether an input is named. */
void agree_check(const struct opt *opts);

#endif
