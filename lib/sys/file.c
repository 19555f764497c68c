#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "base/par.h"
#include "base/paths.h"

enum { NAME_KEPT = 200, COPY = 1 << 16, CHUNK = 1 << 17 };

/* A result being written. Entries stay in the list for ever, so that the signal handler can walk it at any moment. */
struct output {
	struct output *next;
	FILE *f;
	char *name;          /* as the user gave it, for messages */
	char *path;          /* what `temp` becomes; NULL: written directly */
	char *volatile temp; /* NULL: nothing to remove */
	pid_t owner;         /* a child that exits must not remove its parent's files */
};

static struct output *volatile outputs;
static mode_t mask;

/* A closed stdin, stdout or stderr would be given to the next file opened, and messages or data would go into it. Standing in
 * for it: something that refuses to be read (0) or written (1), so that using it fails as it should. */
__attribute__((constructor)) static void
guard(void)
{
	static const int flags[] = { O_WRONLY, O_RDONLY, O_WRONLY };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", flags[fd]) != fd)
			_exit(EX_OSERR);
	mask = umask(0);
	umask(mask);
}

static void
remove_temporaries(void)
{
	for (struct output *o = outputs; o; o = o->next)
		if (o->temp && o->owner == getpid())
			unlink(o->temp);
}

static const int deadlies[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGXCPU, SIGXFSZ };
enum { DEADLIES = sizeof deadlies / sizeof *deadlies };

static void
deadly(int sig)
{
	remove_temporaries();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* A signal that the program handles itself, or was started to ignore (nohup), is left alone. */
void
file_catch_signals(void)
{
	static bool caught;
	struct sigaction old, new = { .sa_handler = deadly };

	if (caught)
		return;
	caught = true;
	atexit(remove_temporaries);
	sigemptyset(&new.sa_mask);
	for (size_t i = 0; i < DEADLIES; i++)
		if (!sigaction(deadlies[i], NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(deadlies[i], &new, NULL);
}

static struct output *
find(const FILE *f)
{
	struct output *o = outputs;

	while (o && o->f != f)
		o = o->next;
	return o;
}

static const char *
name_of(const FILE *f)
{
	const struct output *o = find(f);

	return o ? o->name : f == stdout ? "<stdout>" : "temporary file";
}

/* The status for errno: a lack of memory is not an error of the file. */
static int
status(int otherwise)
{
	return errno == ENOMEM ? EX_OSERR : otherwise;
}

const char *
file_name_in(const char *path)
{
	return strcmp(path, "-") ? path : "<stdin>";
}

const char *
file_name_out(const char *path)
{
	return path && strcmp(path, "-") ? path : "<stdout>";
}

FILE *
file_in(const char *path)
{
	static bool stdin_given;
	struct stat st;

	if (!strcmp(path, "-")) {
		if (stdin_given)
			die(EX_USAGE, "<stdin>: can be read only once; give a file for one of the inputs");
		stdin_given = true;
		return stdin;
	}
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		die(EX_NOINPUT, "%s: is a directory; expected a file", path);
	FILE *f = fopen(path, "re");
	if (!f)
		die(status(EX_NOINPUT), "%s: %m", path);
	return f;
}

char *
file_all(const char *path, size_t max, size_t *size)
{
	FILE *f = file_in(path);
	char *data = NULL;
	size_t n = 0, room = 0;

	for (*size = 0; *size <= max; *size += n) {
		if (*size + 1 >= room) {
			room = 2 * room + COPY;
			data = xrealloc(data, room, 1);
		}
		n = fread(data + *size, 1, room - *size - 1, f);
		if (n == 0)
			break;
	}
	data[*size] = '\0';
	if (ferror(f))
		die(EX_IOERR, "%s: %m", file_name_in(path));
	if (f != stdin)
		fclose(f);
	return data;
}

FILE *
file_temporary(const char *name)
{
	const char *dir = getenv("TMPDIR");
	char *path = text("%s/cnnutils.XXXXXX", dir && *dir ? dir : "/tmp");
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0)
		die(EX_CANTCREAT, "%s: cannot keep a copy in %s: %m; set TMPDIR", name, path);
	unlink(path);
	free(path);
	FILE *f = fdopen(fd, "w+");
	if (!f)
		die(EX_OSERR, "%s: %m", name);
	return f;
}

FILE *
file_seekable(FILE *f, const char *name)
{
	static char buf[COPY];
	struct stat st;
	size_t n;

	if (!fstat(fileno(f), &st) && S_ISREG(st.st_mode) && ftello(f) >= 0)
		return f;
	FILE *copy = file_temporary(name);
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		if (fwrite(buf, 1, n, copy) != n)
			break;
	if (ferror(f))
		die(EX_IOERR, "%s: %m", name);
	if (fflush(copy) || ferror(copy) || fseeko(copy, 0, SEEK_SET))
		die(EX_IOERR, "%s: cannot keep a copy: %m; set TMPDIR to a directory with more space", name);
	if (f != stdin)
		fclose(f);
	return copy;
}

/* So many bytes from byte `at` of a file. */
struct reading {
	int fd;
	off_t at;
	char *to;
	size_t n;
	atomic_bool failed;
};

static void
read_chunk(int piece, int worker, void *ctx)
{
	struct reading *r = ctx;
	const size_t from = (size_t)piece * CHUNK, size = r->n - from < CHUNK ? r->n - from : CHUNK;

	(void)worker;
	if (pread(r->fd, r->to + from, size, r->at + (off_t)from) != (ssize_t)size)
		atomic_store(&r->failed, true);
}

static off_t
left_from(off_t at, FILE *f)
{
	struct stat st;

	return at >= 0 && !fstat(fileno(f), &st) && S_ISREG(st.st_mode) && st.st_size > at ? st.st_size - at : 0;
}

off_t
file_left(FILE *f)
{
	return left_from(ftello(f), f);
}

/* Most of the time is the kernel's copy, so threads share it. If a part fails, all is read again in order, to find the end. */
size_t
file_read(FILE *f, void *to, size_t n)
{
	struct reading r = { .fd = fileno(f), .at = n > CHUNK ? ftello(f) : -1, .to = to, .n = n };

	if (left_from(r.at, f) >= (off_t)n) {
		par_for((int)((n + CHUNK - 1) / CHUNK), read_chunk, &r);
		if (!r.failed && !fseeko(f, r.at + (off_t)n, SEEK_SET))
			return n;
		if (fseeko(f, r.at, SEEK_SET)) /* a seek that fails may have moved half-way */
			return 0;
	}
	return fread(to, 1, n, f);
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
		die(status(EX_CANTCREAT), "%s: %m", path);
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
		die(status(EX_CANTCREAT), "%s: %m", path);
	free(to);
	return f;
}

/* .NAME.XXXXXX beside the result: the same file system, so that rename is one step. */
static FILE *
open_temporary(struct output *o, mode_t mode)
{
	char *d = xstrdup(o->path), *b = xstrdup(o->path);
	char *temp = text("%s/.%.*s.XXXXXX", dirname(d), NAME_KEPT, basename(b));
	sigset_t later, before;

	sigemptyset(&later);
	for (size_t i = 0; i < DEADLIES; i++)
		sigaddset(&later, deadlies[i]);
	sigprocmask(SIG_BLOCK, &later, &before); /* a signal handler that removes the file must know its name */
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
		die(status(EX_CANTCREAT), "%s: %m", o->name);
	return f;
}

FILE *
file_out(const char *path, bool binary)
{
	struct stat st;

	if (!path || !strcmp(path, "-")) {
		if (binary && isatty(STDOUT_FILENO))
			die(EX_USAGE, "<stdout>: is a terminal, and the output is binary; redirect it, or see tensor-info");
		return stdout;
	}
	const bool exists = look(path, &st);
	file_catch_signals();
	struct output *o = xcalloc(1, sizeof *o);
	o->name = xstrdup(path);
	o->owner = getpid();
	o->next = outputs;
	outputs = o;
	o->path = result_name(path, &st, exists);
	o->f = o->path ? open_temporary(o, exists ? st.st_mode & 0777 : 0666 & ~mask) : open_directly(path);
	return o->f;
}

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

static _Noreturn void
failed_writing(const FILE *f)
{
	die(EX_IOERR, "%s: %s", name_of(f), errno ? strerror(errno) : "cannot write");
}

/* ---- what is written last ---- */

struct last {
	struct last *next;
	FILE *f;
	size_t size;
	char data[];
};

static struct last *lasts;

void
file_write_last(FILE *f, const void *data, size_t size)
{
	struct last *l = xcalloc(1, sizeof *l + size);

	*l = (struct last){ .next = lasts, .f = f, .size = size };
	memcpy(l->data, data, size);
	lasts = l;
}

static void
put_last(FILE *f)
{
	for (struct last **at = &lasts, *l; (l = *at); at = &l->next) {
		if (l->f != f)
			continue;
		*at = l->next;
		if (fwrite(l->data, 1, l->size, f) != l->size)
			failed_writing(f);
		free(l);
		return;
	}
}

void
file_flush(FILE *f)
{
	errno = 0;
	put_last(f);
	if (fflush(f) || ferror(f))
		failed_writing(f);
}

/* ---- the end of results ---- */

static bool
named(const FILE *f)
{
	const struct output *o = find(f);

	return o && o->temp;
}

/* All of a file that is renamed at the end; for outputs that others are already reading, all but the last bytes. */
static void
make_ready(FILE *f)
{
	errno = 0;
	if (named(f))
		put_last(f);
	if (fflush(f) || ferror(f) || !accepted(find(f)))
		failed_writing(f);
}

static bool
is_pipe(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* Behind its last bytes nothing of a pipe is asked that could fail. */
static void
end_directly(FILE *f)
{
	struct output *o = find(f);

	file_flush(f);
	if (!is_pipe(fileno(f)) && !accepted(o))
		failed_writing(f);
	if (o)
		o->f = NULL;
	if (o && fclose(f) && errno != EINTR)
		die(EX_IOERR, "%s: %m", o->name);
}

static void
end_named(FILE *f)
{
	struct output *o = find(f);

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

FILE *
file_memory(char **s, size_t *n)
{
	*s = NULL;
	FILE *f = open_memstream(s, n);
	if (!f)
		die(EX_OSERR, "out of memory");
	return f;
}

void
file_memory_done(FILE *f, char *const *s)
{
	bool failed = ferror(f);

	/* glibc's last realloc, when closing, fails without a word: then *s is NULL */
	if (fclose(f) || failed || !*s)
		die(EX_OSERR, "out of memory");
}

void
file_write(FILE *f, const void *data, size_t size)
{
	if (lasts)
		put_last(f);
	if (fwrite(data, 1, size, f) != size)
		die(EX_IOERR, "%s: %m", name_of(f));
}
