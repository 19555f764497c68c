/* Operands, and copies of what can be read only once */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/par.h"
#include "base/team.h"
#include "sys/file_inside.h"
#include "sys/shared.h"

enum { COPY = 1 << 16, CHUNK = 1 << 17 };

const char *
file_name_in(const char *path)
{
	return strcmp(path, "-") ? path : "<stdin>";
}

static FILE *
open_in(const char *path)
{
	struct stat st;

	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		die(EX_NOINPUT, "%s: is a directory; expected a file", path);
	FILE *f = fopen(path, "re");
	if (!f)
		die(file_status(EX_NOINPUT), "%s: %m", path);
	return f;
}

FILE *
file_in(const char *path)
{
	static bool stdin_given;
	const bool first = team_rank() == 0;

	if (!strcmp(path, "-")) {
		if (stdin_given)
			die(EX_USAGE, "<stdin>: can be read only once; give a file for one of the inputs");
		stdin_given = true;
		return file_shared(first ? stdin : NULL);
	}
	return file_shared(first ? open_in(path) : NULL);
}

char *
file_all(const char *path, size_t max, size_t *size)
{
	FILE *f = file_in(path);
	size_t n = 0, room = COPY;
	char *data = xcalloc(room, 1);

	for (*size = 0; *size <= max; *size += n) {
		if (*size + 1 >= room) {
			room *= 2;
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
