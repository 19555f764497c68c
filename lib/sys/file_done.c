/* The end of results: on disk under their names, or accepted by their readers */
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/file_inside.h"

static int
sync_all(int fd)
{
	int r;

	do
		r = fsync(fd);
	while (r && errno == EINTR);
	return r;
}

/* The new name is on disk only when its directory is. File systems that cannot do that say EINVAL; and a directory that may be
 * written, but not read, cannot be opened. */
static void
sync_directory(const struct output *o, const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 ? errno != EACCES : sync_all(fd) && errno != EINVAL && errno != ENOTSUP)
		die(EX_IOERR, "%s: its directory: %m", o->name);
	if (fd >= 0)
		close(fd);
}

/* The result is complete in its temporary file. If that cannot be renamed, it stays, so that hours of work are not lost. */
static void
take_name(struct output *o)
{
	char *d = xstrdup(o->path), *temp = o->temp;
	const bool failed = rename(temp, o->path);

	o->temp = NULL; /* first: a signal may come in between */
	if (failed)
		die(EX_CANTCREAT, "%s: %m; the result is in %s", o->name, temp);
	free(temp);
	sync_directory(o, dirname(d));
	free(d);
}

/* stdout stays open as a FILE (messages flush it), but some file systems report errors only when a descriptor is closed. */
static bool
stdout_accepted(void)
{
	const int fd = dup(STDOUT_FILENO);

	return fd >= 0 && (!close(fd) || errno == EINTR);
}

/* What cannot be synced (a pipe, a terminal) says EINVAL. */
static bool
accepted(const struct output *o)
{
	return o ? !sync_all(fileno(o->f)) || errno == EINVAL || errno == ENOTSUP : stdout_accepted();
}

static bool
named(const FILE *f)
{
	const struct output *o = output_of(f);

	return o && o->temp;
}

/* All of a file that is renamed at the end; for outputs that others are already reading, all but the last bytes. */
static void
make_ready(FILE *f)
{
	errno = 0;
	if (named(f))
		output_put_last(f);
	if (fflush(f) || ferror(f) || !accepted(output_of(f)))
		output_failed(f);
}

static bool
is_pipe(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* After its last bytes nothing is asked of a pipe that could fail. */
static void
end_directly(FILE *f)
{
	struct output *o = output_of(f);

	file_flush(f);
	if (!is_pipe(fileno(f)) && !accepted(o))
		output_failed(f);
	if (o)
		o->f = NULL;
	if (o && fclose(f) && errno != EINTR)
		die(EX_IOERR, "%s: %m", o->name);
}

static void
end_named(FILE *f)
{
	struct output *o = output_of(f);

	o->f = NULL;
	/* all is flushed: a close that a signal interrupts has closed all the same */
	if (fclose(f) && errno != EINTR)
		die(EX_IOERR, "%s: %m", o->name);
	take_name(o);
}

void
files_done(int n, FILE **f)
{
	for (int i = 0; i < n; i++)
		make_ready(f[i]);
	for (int i = 0; i < n; i++)
		if (named(f[i])) {
			end_named(f[i]);
			f[i] = NULL;
		}
	for (int i = 0; i < n; i++) /* last: a name may still be refused */
		if (f[i])
			end_directly(f[i]);
}

void
file_done(FILE *f)
{
	files_done(1, &f);
}
