/* What the files that open, write and end results (file_out.c, file_write.c, file_done.c) share. */
#ifndef SYS_FILE_INSIDE_H
#define SYS_FILE_INSIDE_H

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/die.h"
#include "sys/file.h"

/* A result being written. Entries stay in the list for ever, so that the signal handler can walk it at any moment. */
struct output {
	struct output *next;
	FILE *f;
	char *name;          /* as the user gave it, for messages */
	char *path;          /* what `temp` becomes; NULL: written directly */
	char *volatile temp; /* NULL: nothing to remove */
	pid_t owner;         /* a child that exits must not remove its parent's files */
};

/* Enters a result into the list; signals remove its `temp` from now on. */
struct output *output_add(const char *path);
/* NULL: stdout, or a file that file_out has not opened. */
struct output *output_of(const FILE *f);
const char *output_name(const FILE *f); /* for messages */
/* Signals wait until sigprocmask(SIG_SETMASK, before, NULL). */
void output_hold_signals(sigset_t *before);
/* The mode of a new file. */
mode_t output_mode(void);
/* Dies with what errno says. */
_Noreturn void output_failed(const FILE *f);
/* Writes what file_write_last holds back for f. */
void output_put_last(FILE *f);

/* The status for errno: a lack of memory is not an error of the file. */
static inline int
file_status(int otherwise)
{
	return errno == ENOMEM ? EX_OSERR : otherwise;
}

#endif
