#include "sys/progress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/die.h"
#include "base/printable.h"
#include "base/width.h"

enum { WIDTH = 24 };
static const double every = 0.1; /* seconds between two looks of the line */

static char what[160]; /* names a file, perhaps */
static uint64_t total, before;
static enum progress_unit unit;
static double started, shown;
static bool on, first;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What the numbers and the bar leave of a line; a line that wraps could not be taken back. */
static int
columns_left(void)
{
	enum { NUMBERS = 68, LEAST = 12 };
	struct winsize w;
	int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col ? w.ws_col : 80;

	return columns - NUMBERS > LEAST ? columns - NUMBERS : LEAST;
}

void
progress_start(const char *phase, uint64_t all, enum progress_unit of)
{
	int columns;

	shown_to(what, sizeof what, phase);
	total = all;
	unit = of;
	started = now();
	shown = 0;
	first = true;
	on = !quiet && isatty(STDERR_FILENO);
	if (!on)
		note("%s", what);
	what[text_fit(what, columns_left(), &columns)] = '\0';
}

static void
amount(char *s, size_t size, double v)
{
	if (unit == PROGRESS_IMAGES)
		snprintf(s, size, "%.0f images", v);
	else if (v >= 1e6)
		snprintf(s, size, "%.1f MB", v / 1e6);
	else
		snprintf(s, size, "%.0f kB", v / 1e3);
}

static void
bar(char *s, double part)
{
	int full = (int)(part * WIDTH);

	memset(s, '=', (size_t)full);
	memset(s + full, '.', (size_t)(WIDTH - full));
	s[WIDTH] = '\0';
}

void
progress_at(uint64_t done)
{
	double t = now();
	char sofar[32], rate[32], line[WIDTH + 1], eta[48] = "";

	if (first)
		before = done;
	first = false;
	if (!on || t - shown < every)
		return;
	shown = t;
	double speed = t > started ? (double)(done - before) / (t - started) : 0;
	amount(sofar, sizeof sofar, (double)done);
	amount(rate, sizeof rate, speed);
	if (!total || done > total) {
		fprintf(stderr, "\r\033[K%s  %s  %s/s", what, sofar, rate);
		return;
	}
	bar(line, (double)done / (double)total);
	if (speed > 0) {
		double left = (double)(total - done) / speed;
		if (left < 360000)
			snprintf(eta, sizeof eta, "  %d:%02d left", (int)left / 60, (int)left % 60);
	}
	fprintf(stderr, "\r\033[K%s  [%s] %3d%%  %s  %s/s%s", what, line,
	        (int)(100 * (double)done / (double)total), sofar, rate, eta);
}

void
progress_end(void)
{
	if (on && shown > 0)
		fputs("\r\033[K", stderr);
	on = false;
}
