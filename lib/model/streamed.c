#include "model/streamed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "base/team.h"
#include "sys/file.h"

/* Consecutive rows that lie together. */
struct place {
	int64_t row;
	off_t at;
};

struct streamed {
	const char *path;
	int fd;
	struct stat was;
	size_t row; /* bytes */
	int places, room;
	struct place *place;
	atomic_int failed; /* errno of a row that could not be read; -1: the file has become shorter */
};

/* ---- reading, by any thread ---- */

static off_t
place_of(const struct streamed *s, int64_t row)
{
	int low = 0, high = s->places;

	while (high - low > 1) {
		const int middle = (low + high) / 2;
		if (s->place[middle].row <= row)
			low = middle;
		else
			high = middle;
	}
	return s->place[low].at + (off_t)((size_t)(row - s->place[low].row) * s->row);
}

static void
take(void *from, int64_t row, size_t at, size_t n, void *to)
{
	struct streamed *s = from;
	off_t place = place_of(s, row) + (off_t)at;
	ssize_t got;

	for (char *p = to; n > 0; p += got, place += got, n -= (size_t)got) {
		do
			got = pread(s->fd, p, n, place);
		while (got < 0 && errno == EINTR);
		if (got <= 0) {
			atomic_store(&s->failed, got < 0 ? errno : -1);
			memset(p, 0, n);
			return;
		}
	}
}

static void
expect(void *from, int64_t row)
{
	const struct streamed *s = from;

	posix_fadvise(s->fd, place_of(s, row), (off_t)s->row, POSIX_FADV_WILLNEED);
}

/* ---- the file ---- */

static void
check_same(const char *path, off_t size)
{
	off_t first = size;

	team_broadcast(&first, sizeof first);
	if (size != first)
		die(EX_DATAERR, "%s: has %lld bytes for rank %d, but %lld for rank 0; with --stream all ranks must see the same file", path,
		    (long long)size, team_rank(), (long long)first);
}

void
streamed_open(const char *path, struct dataset *d)
{
	struct streamed *s = xcalloc(1, sizeof *s);

	*s = (struct streamed){ .path = path, .fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : -1 };
	if (s->fd < 0 && strcmp(path, "-"))
		die(EX_NOINPUT, "%s: %m", path);
	if (s->fd < 0 || fstat(s->fd, &s->was) || !S_ISREG(s->was.st_mode))
		die(EX_USAGE, "%s: --stream takes rows in any order, which only a file can give; write it to one first", file_name_in(path));
	check_same(path, s->was.st_size);
	d->from = s;
	d->take = take;
	d->expect = expect;
}

void
streamed_piece(struct dataset *d, const struct piece *p)
{
	struct streamed *s = d->from;

	s->row = (size_t)shape_count(&d->sample, 0) * dtype_size(d->dtype);
	if (s->places == s->room) {
		s->room = 2 * s->room + 16;
		s->place = xrealloc(s->place, (size_t)s->room, sizeof *s->place);
	}
	s->place[s->places++] = (struct place){ d->n, (off_t)p->at };
}

static bool
changed(const struct streamed *s)
{
	struct stat is;

	return s->failed < 0 || fstat(s->fd, &is) || is.st_size != s->was.st_size || is.st_mtim.tv_sec != s->was.st_mtim.tv_sec ||
	       is.st_mtim.tv_nsec != s->was.st_mtim.tv_nsec;
}

void
streamed_check(const struct dataset *d)
{
	const struct streamed *s = d->from;

	if (!s || !team_any(s->failed || changed(s)))
		return;
	errno = s->failed;
	if (errno > 0)
		die(EX_IOERR, "%s: %m", s->path);
	if (changed(s))
		die(EX_DATAERR, "%s: was changed while its rows were in use", s->path);
	team_wait(); /* for the end, which another rank brings */
}

void
streamed_close(struct dataset *d)
{
	struct streamed *s = d->from;

	if (!s)
		return;
	close(s->fd);
	free(s->place);
	free(s);
	d->from = NULL;
}
