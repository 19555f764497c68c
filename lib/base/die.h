/* Errors and talk: one line on stderr, then the exit status of sysexits.h. */
#ifndef BASE_DIE_H
#define BASE_DIE_H

#include <stdbool.h>
#include <stddef.h>
#include <sysexits.h>

enum { EX_NEGATIVE = 1 }; /* a negative answer: diverged, below --min-accuracy */

extern const char *program; /* its name, in messages and files; opt_parse sets it */
extern bool quiet;          /* -q: note() keeps silent */

/* Prints "program: message" and exits with `status` after running what on_die() registered.
 * In the format, %m is what errno says, as in syslog(3). Control characters in the message are shown as \xNN: a name in a file never reaches the terminal raw. */
_Noreturn void die(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same line without the exit; of a team's ranks (team.h), 0 alone says it. */
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Talk: a line that -q silences. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Registers what die() must undo (temporary files); called in reverse order. */
void on_die(void (*undo)(void));

/* Memory or exit 71. Sizes are checked for overflow; memory of xcalloc is zeroed. */
void *xcalloc(size_t n, size_t size) __attribute__((malloc));
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s) __attribute__((malloc));
/* A formatted string that the caller frees. */
char *text(const char *fmt, ...) __attribute__((format(printf, 1, 2), malloc));

#endif
