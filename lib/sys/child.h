/* Other programs: run by an argument vector, never through a shell. */
#ifndef SYS_CHILD_H
#define SYS_CHILD_H

#include <stddef.h>
#include <stdio.h>

enum { RUN_MISSING = -1, RUN_FAILED = -2, RUN_STOPPED = -3 };

/* Runs argv[0], found in PATH, in directory `dir` (NULL: this one), stdin and stdout at /dev/null. `said` gets the
 * beginning of what it says on stderr. tick(ctx) is called about ten times a second; when it returns other than
 * NULL, the program and everything it started is ended, and RUN_STOPPED returned.
 * Returns the exit status, 128 + the signal that ended it, RUN_MISSING if the program does not exist, or RUN_FAILED
 * if it could not be started (said: why). */
int run_program(char *const argv[], const char *dir, char *said, size_t said_size, const char *(*tick)(void *ctx),
                void *ctx);

/* Runs argv[0] on the file `in`, from its position on. *printed gets all that it writes to stdout, *n bytes, for the caller to
 * free, so that what is written to a file can be checked; the memory is bounded by what the program prints. Otherwise as
 * run_program. */
int run_filter(char *const argv[], FILE *in, char **printed, size_t *n, char *said, size_t said_size);

#endif
