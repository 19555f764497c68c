/* Files whose names hold the number of an epoch: m-%d.cnn */
#ifndef MODEL_KEEP_H
#define MODEL_KEEP_H

#include <stdint.h>

#include "base/paths.h"

/* Dies (EX_USAGE) unless the pattern of `--keep` holds one %d, or %03d for three digits at least. */
void keep_check(const char *pattern);
/* The name for an epoch; the caller frees. */
char *keep_name(const char *pattern, int64_t epoch);
/* Dies (EX_USAGE) where one of the n files, whose paths may be NULL, is also one that the pattern gives for some epoch. */
void keep_apart(const char *pattern, const struct path *file, int n);

#endif
