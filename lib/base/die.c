#include "base/die.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/team.h"

const char *program = "cnnutils";
bool quiet;

static void (*undos[8])(void);
static int undo_count;

/* One write for the whole line, so that the lines of a pipeline's stages do not mix. */
static void
say(const char *fmt, va_list ap)
{
	char line[2048 + 8], safe[2048]; /* what is too long ends with a whole character */

	vsnprintf(line, sizeof line, fmt, ap);
	shown_to(safe, sizeof safe, line);
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", program, safe);
	fflush(stderr);
}

void
die(int status, const char *fmt, ...)
{
	va_list ap;

	team_defer();
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	while (undo_count > 0)
		undos[--undo_count]();
	team_abort(status);
	exit(status);
}

void
warn(const char *fmt, ...)
{
	va_list ap;

	if (team_rank())
		return;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void
note(const char *fmt, ...)
{
	va_list ap;

	if (quiet)
		return;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void
on_die(void (*undo)(void))
{
	if (undo_count < (int)(sizeof undos / sizeof *undos))
		undos[undo_count++] = undo;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		die(EX_OSERR, "out of memory (%zu x %zu bytes)", n, size);
	return p;
}

void *
xrealloc(void *p, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		die(EX_OSERR, "out of memory (%zu x %zu bytes)", n, size);
	p = realloc(p, n && size ? n * size : 1);
	if (!p)
		die(EX_OSERR, "out of memory (%zu x %zu bytes)", n, size);
	return p;
}

char *
xstrdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(xcalloc(n, 1), s, n);
}

char *
text(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		die(EX_OSERR, "out of memory");
	char *s = xcalloc((size_t)n + 1, 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}
