#include "fetch/watch.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/die.h"
#include "fetch/cache.h"
#include "sys/child.h"
#include "sys/progress.h"

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t tree_bytes, tree_largest;

static int
add_bytes(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)path;
	(void)where;
	if (type == FTW_F) {
		uint64_t size = (uint64_t)st->st_size;
		tree_bytes += size;
		tree_largest = size > tree_largest ? size : tree_largest;
	}
	return 0;
}

static uint64_t
bytes_in(const char *path)
{
	tree_bytes = tree_largest = 0;
	nftw(path, add_bytes, 16, FTW_PHYS);
	return tree_bytes;
}

static const char *
stopped(struct watch *w, int status, const char *fmt, ...)
{
	va_list ap;

	w->status = status;
	va_start(ap, fmt);
	vsnprintf(w->why, sizeof w->why, fmt, ap);
	va_end(ap);
	return w->why;
}

static const char *
too_slow(struct watch *w, double t)
{
	double seconds = (double)w->p->seconds;

	if (t - w->window_start < (w->flowing ? seconds : 2 * seconds))
		return NULL;
	double speed = (double)(w->seen - w->window_bytes) / (t - w->window_start);
	w->window_start = t;
	w->window_bytes = w->seen;
	if (speed == 0) /* even with --min-speed 0: such a connection may stay open for ever */
		return stopped(w, EX_UNAVAILABLE, "nothing %sarrived within %.0f seconds", w->flowing ? "more " : "",
		               w->flowing ? seconds : 2 * seconds);
	if (speed >= w->p->min_speed)
		return NULL;
	return stopped(w, EX_UNAVAILABLE, "%.1f kB/s over %.0f seconds, less than --min-speed %.6gk", speed / 1e3, seconds,
	               w->p->min_speed / 1e3);
}

static const char *
look(void *ctx)
{
	struct watch *w = ctx;
	uint64_t bytes = bytes_in(w->path);
	double t = now();

	if (cache_interrupted())
		return "interrupted";
	if (!w->flowing && bytes != w->seen) {
		w->flowing = true;
		w->window_start = t;
		w->window_bytes = w->seen;
	}
	w->seen = bytes;
	progress_at(tree_largest); /* the archive is there twice, once in npm's cache */
	if (bytes > w->max)
		return stopped(w, EX_DATAERR, TOO_MUCH, (double)w->max / 1e6);
	return too_slow(w, t);
}

int
watch_run(char *const argv[], const char *dir, struct watch *w, char *said, size_t size)
{
	w->seen = w->window_bytes = bytes_in(w->path);
	w->window_start = now();
	w->flowing = false;
	progress_at(tree_largest);
	int status = run_program(argv, dir, said, size, look, w);
	cache_tick();
	return status;
}

const char *
watch_said(char *said, const char *prefix)
{
	char *rest = said;

	for (char *line; (line = strsep(&rest, "\n"));) {
		line += strncmp(line, prefix, strlen(prefix)) ? 0 : strlen(prefix);
		/* npm begins with lines such as "code E404", and goes on in words */
		if (*line && strncmp(line, "code ", 5) && strncmp(line, "errno ", 6) && strncmp(line, "syscall ", 8))
			return line;
	}
	return "";
}
