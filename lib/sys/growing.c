#include "sys/growing.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "sys/file.h"

enum { WAIT_MS = 200, PIECE = 1 << 16 };

static bool
is_stdin(const struct growing *g)
{
	return !strcmp(g->path, "-");
}

struct growing
growing_open(const char *path)
{
	if (!strcmp(path, "-"))
		file_in(path);
	return (struct growing){ .path = path };
}

/* Is there something to read, or the end? */
static bool
stdin_ready(int wait)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&in, 1, wait) > 0;
}

/* Never waits: what is not there now comes with the next call. */
static bool
stdin_grew(struct growing *g)
{
	const size_t before = g->n;

	while (!g->ended && stdin_ready(0)) {
		if (g->n + PIECE > g->room) {
			g->room = 2 * g->n + PIECE;
			g->text = xrealloc(g->text, g->room, 1);
		}
		const ssize_t n = read(STDIN_FILENO, g->text + g->n, PIECE);
		if (n < 0 && errno != EINTR)
			die(EX_IOERR, "<stdin>: %m");
		g->ended = n == 0;
		g->n += n > 0 ? (size_t)n : 0;
	}
	return g->n > before;
}

static bool
file_changed(struct growing *g)
{
	struct stat now;

	if (stat(g->path, &now) || now.st_size == 0)
		return false;
	const bool same = now.st_size == g->seen.st_size && now.st_ino == g->seen.st_ino &&
	                  !memcmp(&now.st_mtim, &g->seen.st_mtim, sizeof now.st_mtim);
	g->seen = now;
	return !same;
}

bool
growing_look(struct growing *g, char **data, size_t *n)
{
	if (!is_stdin(g)) {
		const bool changed = file_changed(g);
		if (changed)
			*data = file_all(g->path, SIZE_MAX / 4, n);
		return changed;
	}
	if (!stdin_grew(g))
		return false;
	*n = g->n;
	*data = xcalloc(g->n + 1, 1);
	memcpy(*data, g->text, g->n);
	return true;
}

void
growing_wait(const struct growing *g, int n)
{
	for (int i = 0; i < n; i++)
		if (is_stdin(&g[i])) {
			stdin_ready(WAIT_MS);
			return;
		}
	poll(NULL, 0, WAIT_MS);
}
