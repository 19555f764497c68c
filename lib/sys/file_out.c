/* Opening results: what is wrong shows before the work, not after it */
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/paths.h"
#include "base/team.h"
#include "sys/file_inside.h"

enum { NAME_KEPT = 200 };

const char *
file_name_out(const char *path)
{
	return path && strcmp(path, "-") ? path : "<stdout>";
}

/* rename() cannot replace what another file system is mounted on, be it one file */
static bool
mount_point(const char *path)
{
	struct statx x;

	return !statx(AT_FDCWD, path, 0, STATX_TYPE, &x) && x.stx_attributes & x.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT;
}

/* Dies before the work if `path` cannot be written or could not be replaced at the end. *st: the file that is there now. */
static bool
look(const char *path, struct stat *st)
{
	const bool exists = !stat(path, st);

	if (!exists && errno != ENOENT && *path)
		die(file_status(EX_CANTCREAT), "%s: %m", path);
	if (!*path || path[strlen(path) - 1] == '/' || (exists && S_ISDIR(st->st_mode)))
		die(EX_CANTCREAT, "%s: is a directory; expected a file name", path);
	if (exists && S_ISREG(st->st_mode) && mount_point(path))
		die(EX_CANTCREAT, "%s: is a mount point, which cannot be replaced; write to stdout, > %s", path, path);
	return exists;
}

/* The name that the result will take; NULL: what `path` leads to is written directly. */
static char *
result_name(const char *path, const struct stat *st, bool exists)
{
	struct stat there;
	char *to = path_follow(path);

	if (exists ? S_ISREG(st->st_mode) && path_descriptor(to) < 0 && !stat(to, &there) && there.st_dev == st->st_dev &&
	                 there.st_ino == st->st_ino
	           : path_descriptor(to) < 0)
		return to;
	free(to);
	return NULL;
}

void
file_check_out(const char *path)
{
	struct stat st;
	const bool exists = look(path, &st);
	char *to = result_name(path, &st, exists);

	if (to && access(dirname(to), W_OK))
		die(EX_CANTCREAT, "%s: %s", path, errno == ENOENT ? "no such directory" : strerror(errno));
	free(to);
}

/* Opening a pipe that nobody reads would wait without a word. */
static int
open_existing(const char *path)
{
	enum { HOW = O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY };
	struct stat st;

	if (stat(path, &st) || !S_ISFIFO(st.st_mode))
		return open(path, HOW);
	const int fd = open(path, HOW | O_NONBLOCK);
	if (fd < 0 && errno == ENXIO) {
		note("%s: no program reads this pipe yet; waiting for one", path);
		return open(path, HOW);
	}
	return fd < 0 || fcntl(fd, F_SETFL, 0) < 0 ? -1 : fd; /* writes wait for the reader */
}

/* An open descriptor is written from its current position, like stdout; anything else is opened. */
static FILE *
open_directly(const char *path)
{
	char *to = path_follow(path);
	const int ours = path_descriptor(to);
	const int fd = ours >= 0 ? fcntl(ours, F_DUPFD_CLOEXEC, 3) : open_existing(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f)
		die(file_status(EX_CANTCREAT), "%s: %m", path);
	free(to);
	return f;
}

/* .NAME.XXXXXX beside the result: the same file system, so that rename is one step. */
static FILE *
open_temporary(struct output *o, mode_t mode)
{
	char *d = xstrdup(o->path), *b = xstrdup(o->path);
	char *temp = text("%s/.%.*s.XXXXXX", dirname(d), NAME_KEPT, basename(b));
	sigset_t before;

	output_hold_signals(&before); /* a signal handler that removes the file must know its name */
	int fd = mkostemp(temp, O_CLOEXEC), why = errno;
	if (fd >= 0)
		o->temp = temp;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (fd < 0)
		die(EX_CANTCREAT, "%s: %s", o->name, why == ENOENT ? "no such directory" : strerror(why));
	free(d);
	free(b);
	FILE *f = fchmod(fd, mode) ? NULL : fdopen(fd, "w");
	if (!f)
		die(file_status(EX_CANTCREAT), "%s: %m", o->name);
	return f;
}

FILE *
file_out(const char *path, bool binary)
{
	struct stat st;

	if (!path || !strcmp(path, "-")) {
		if (binary && isatty(STDOUT_FILENO) && !team_relayed())
			die(EX_USAGE, "<stdout>: is a terminal, and the output is binary; redirect it, or see tensor-info");
		return stdout;
	}
	const bool exists = look(path, &st);
	file_catch_signals();
	struct output *o = output_add(path);
	o->path = result_name(path, &st, exists);
	o->f = o->path ? open_temporary(o, exists ? st.st_mode & 0777 : output_mode()) : open_directly(path);
	return o->f;
}
