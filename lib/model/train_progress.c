#include "model/train_progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/die.h"
#include "base/team.h"

enum { CELLS = 20, LINE = 256, COLUMNS = 80 };
static const double REDRAW = 0.1; /* seconds */

static struct {
	int64_t epoch, epochs, first, step, steps; /* first: the step it started from */
	double began, stepped, drawn;
	double batch; /* images a step so far */
	bool open; /* the terminal shows a line without its newline */
} bar;

double
seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool
drawing(void)
{
	return !quiet && isatty(STDERR_FILENO);
}

void
train_progress_start(int64_t epoch, int64_t epochs, int64_t step, int64_t steps)
{
	bar.epoch = epoch;
	bar.epochs = epochs;
	bar.first = bar.step = step;
	bar.steps = steps;
	bar.began = bar.stepped = seconds_now();
	bar.drawn = 0;
}

double
train_progress_pace(void)
{
	return bar.step > bar.first ? (bar.stepped - bar.began) / (double)(bar.step - bar.first) : NAN;
}

static int
add_pace(char *line, int n)
{
	double pace = train_progress_pace();
	int64_t left = bar.steps - bar.step;

	if (isnan(pace))
		return n;
	n += snprintf(line + n, (size_t)(LINE - n), pace < 1 ? " %.3gms/step" : " %.3gs/step", pace < 1 ? 1e3 * pace : pace);
	if (left > 0)
		n += snprintf(line + n, (size_t)(LINE - n), " ETA %.0fs", pace * (double)left);
	return n;
}

/* Of several machines what counts is what they do together. */
static void
add_team(char *line, size_t size)
{
	*line = '\0';
	if (team_size() > 1 && bar.step > bar.first)
		snprintf(line, size, " - %d ranks, %.0f images/s", team_size(), bar.batch / train_progress_pace());
}

/* A line longer than the terminal is wide would not be redrawn in place. */
static void
draw(const char *line)
{
	struct winsize w;
	int columns = !ioctl(STDERR_FILENO, TIOCGWINSZ, &w) && w.ws_col ? w.ws_col : COLUMNS;

	fprintf(stderr, "\r%.*s\033[K", columns - 1, line);
	fflush(stderr);
	bar.open = true;
}

static int
begin_line(char *line)
{
	char cells[CELLS + 1];
	int full = (int)(bar.step * CELLS / bar.steps);

	memset(cells, '=', CELLS);
	memset(cells + full, '.', (size_t)(CELLS - full));
	if (full < CELLS)
		cells[full] = '>';
	cells[CELLS] = '\0';
	int n = snprintf(line, LINE, "Epoch %" PRId64 "/%" PRId64 "  %" PRId64 "/%" PRId64 " [%s]", bar.epoch, bar.epochs,
	                 bar.step, bar.steps, cells);
	return add_pace(line, n);
}

void
train_progress_step(const struct score *running)
{
	char line[LINE], team[LINE / 4];

	bar.step++;
	bar.batch = (double)running->n / (double)bar.step;
	bar.stepped = seconds_now();
	if (bar.stepped - bar.drawn < REDRAW || !drawing())
		return;
	bar.drawn = bar.stepped;
	int n = begin_line(line);
	add_team(team, sizeof team);
	snprintf(line + n, (size_t)(LINE - n), "%s - loss: %.4f - accuracy: %.4f", team, running->loss / (double)running->n,
	         running->correct / (double)running->n);
	draw(line);
}

void
train_progress_end(const struct epoch_row *row)
{
	char line[LINE], team[LINE / 4], validation[LINE / 2] = "";

	if (!isnan(row->val_loss))
		snprintf(validation, sizeof validation, " - val_loss: %.4f - val_accuracy: %.4f", row->val_loss, row->val_accuracy);
	add_team(team, sizeof team);
	if (!drawing()) {
		note("epoch %" PRId64 "/%" PRId64 " - loss: %.4f - accuracy: %.4f%s%s", bar.epoch, bar.epochs, row->loss, row->accuracy,
		     validation, team);
		return;
	}
	int n = begin_line(line);
	snprintf(line + n, (size_t)(LINE - n), " - loss: %.4f - accuracy: %.4f%s%s", row->loss, row->accuracy, validation, team);
	/* this one stays, so it may wrap */
	fprintf(stderr, "\r%s\033[K\n", line);
	fflush(stderr);
	bar.open = false;
}

void
train_progress_break(void)
{
	if (bar.open)
		fputc('\n', stderr);
	bar.open = false;
}
