/* What rank 0 of a team reads, and all ranks see. */
#ifndef SYS_SHARED_H
#define SYS_SHARED_H

#include <stdio.h>

/* A stream of the bytes of f, which is rank 0's alone; NULL on the others. They come to all ranks at once, which therefore must read them in the
 * same way. f itself, if the program is alone. */
FILE *file_shared(FILE *f);

#endif
