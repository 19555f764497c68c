#include "model/history.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/die.h"
#include "base/table.h"
#include "sys/file.h"

static const char *const columns[] = { "epoch", "step", "lr", "loss", "accuracy", "val_loss", "val_accuracy", NULL };
enum { COLUMNS = sizeof columns / sizeof *columns - 1 };
static const char seconds_columns[] = "seconds\tseconds_per_step", train_columns[] = "\ttrain_loss\ttrain_accuracy";
enum { OLD_MAX = 64 << 20 }; /* bytes of an old file worth looking into */

/* ---- events ---- */

void
history_event(struct meta *event, const struct epoch_row *row, const struct score *train)
{
	*event = (struct meta){ 0 };
	meta_set_int(event, "epoch", row->epoch);
	meta_set_int(event, "step", row->step);
	meta_set_real(event, "lr", row->lr);
	meta_set_real(event, "loss", row->loss);
	meta_set_real(event, "accuracy", row->accuracy);
	if (!isnan(row->val_loss)) {
		meta_set_real(event, "val_loss", row->val_loss);
		meta_set_real(event, "val_accuracy", row->val_accuracy);
	}
	if (train) {
		meta_set_real(event, "train_loss", train->loss / (double)train->n);
		meta_set_real(event, "train_accuracy", train->correct / (double)train->n);
	}
}

void
history_reached(const struct model *m, int64_t *epochs, int64_t *steps)
{
	const int64_t most = INT64_C(1) << 53; /* no sum of these overflows */
	struct meta event;
	int64_t v;

	*epochs = *steps = 0;
	for (int i = 0; i < m->events.n; i++) {
		events_get(&m->events, i, &event);
		if (meta_int(&event, "epoch", &v) && v > *epochs && v < most)
			*epochs = v;
		if (meta_int(&event, "step", &v) && v > *steps && v < most)
			*steps = v;
		meta_free(&event);
	}
}

static bool
is_after(const struct meta *event, int64_t epoch)
{
	int64_t v;

	return epoch == 0 || (meta_int(event, "epoch", &v) && v > epoch);
}

int
history_best(const struct model *m, const char *key, int sign, int64_t after)
{
	struct meta event;
	double top = 0, v;
	int best = -1;

	for (int i = 0; i < m->events.n; i++) {
		events_get(&m->events, i, &event);
		if (is_after(&event, after) && meta_real(&event, key, &v) && (best < 0 || sign * v > sign * top)) {
			best = i;
			top = v;
		}
		meta_free(&event);
	}
	return best;
}

void
history_cell(FILE *f, const struct meta *event, const char *key)
{
	const struct entry *e = meta_find(event, key);
	int64_t i;
	double v;
	char *s;

	if (!e)
		return;
	if (meta_int(event, key, &i)) {
		fprintf(f, "%" PRId64, i);
	} else if (meta_real(event, key, &v)) {
		fprintf(f, "%.9g", v);
	} else if (meta_text(event, key, &s)) {
		put_name(f, s);
		free(s);
	} else {
		json_raw(f, e->raw, e->size);
	}
}

/* ---- the file ---- */

/* The cells that an event gives, with the tab after them; the caller frees. */
static char *
event_cells(const struct meta *event)
{
	char *s;
	size_t n;
	FILE *f = file_memory(&s, &n);

	for (int i = 0; columns[i]; i++) {
		history_cell(f, event, columns[i]);
		fputc('\t', f);
	}
	file_memory_done(f, &s);
	return s;
}

/* The old contents of the file, "" if there was none, as for stdout. */
static char *
read_old(const char *path)
{
	struct stat st;

	if (!strcmp(path, "-") || stat(path, &st) || !S_ISREG(st.st_mode) || st.st_size > OLD_MAX)
		return xstrdup("");
	FILE *f = fopen(path, "re");
	if (!f)
		return xstrdup("");
	char *s = xcalloc((size_t)st.st_size + 1, 1);
	s[fread(s, 1, (size_t)st.st_size, f)] = '\0';
	if (ferror(f))
		die(EX_IOERR, "%s: %m", path);
	fclose(f);
	return s;
}

/* The rows of the old file, sorted: thousands of events each look for theirs. */
struct old {
	char *text;
	size_t rows;
	const char **row;
};

/* An epoch in front, all columns, and the two of seconds. */
static bool
is_row(const char *line)
{
	int tabs = 0;

	for (const char *c = line; (c = strchr(c, '\t')); c++)
		tabs++;
	return *line >= '0' && *line <= '9' && tabs + 1 >= COLUMNS + 2;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct old
old_open(const char *path)
{
	struct old o = { .text = read_old(path) };

	for (char *line = o.text, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (!is_row(line))
			continue;
		if (o.rows % 1024 == 0)
			o.row = xrealloc(o.row, o.rows + 1024, sizeof *o.row);
		o.row[o.rows++] = line;
	}
	if (o.rows)
		qsort(o.row, o.rows, sizeof *o.row, by_text);
	return o;
}

static void
old_free(struct old *o)
{
	free(o->row);
	free(o->text);
}

static int
by_beginning(const void *cells, const void *row)
{
	return strncmp(cells, *(const char *const *)row, strlen(cells));
}

/* The two cells of seconds in the old file's row that begins with `cells`; "\t" if there is none. */
static char *
old_seconds(const struct old *o, const char *cells)
{
	const char *const *found = o->rows ? bsearch(cells, o->row, o->rows, sizeof *o->row, by_beginning) : NULL;

	if (!found)
		return xstrdup("\t");
	const char *seconds = *found + strlen(cells);
	const size_t first = strspn(seconds, "0123456789.e+-");
	const size_t both = seconds[first] == '\t' ? first + 1 + strspn(seconds + first + 1, "0123456789.e+-") : 0;
	return both && strchr("\t", seconds[both]) ? text("%.*s", (int)both, seconds) : xstrdup("\t");
}

static void
write_row(struct history *h, const struct meta *event, const char *cells, const char *seconds)
{
	fputs(cells, h->f);
	fputs(seconds, h->f);
	if (h->train) {
		fputc('\t', h->f);
		history_cell(h->f, event, "train_loss");
		fputc('\t', h->f);
		history_cell(h->f, event, "train_accuracy");
	}
	fputc('\n', h->f);
}

static void
flush(struct history *h)
{
	if (fflush(h->f) || ferror(h->f))
		die(EX_IOERR, "%s: %m", h->path);
}

void
history_open(struct history *h, const char *path, const struct model *m, bool train)
{
	*h = (struct history){ .path = path, .train = train };
	if (!path)
		return;
	struct old old = old_open(path);
	h->path = file_name_out(path);
	h->f = strcmp(path, "-") ? fopen(path, "we") : stdout;
	if (!h->f)
		die(errno == ENOMEM ? EX_OSERR : EX_CANTCREAT, "%s: %m", path);
	for (int i = 0; columns[i]; i++)
		fprintf(h->f, "%s\t", columns[i]);
	fprintf(h->f, "%s%s\n", seconds_columns, train ? train_columns : "");
	for (int i = 0; i < m->events.n; i++) {
		struct meta event;
		events_get(&m->events, i, &event);
		char *cells = event_cells(&event), *seconds = old_seconds(&old, cells);
		write_row(h, &event, cells, seconds);
		free(seconds);
		free(cells);
		meta_free(&event);
	}
	flush(h);
	old_free(&old);
}

void
history_add(struct history *h, const struct meta *event, double seconds, double pace)
{
	if (!h->f)
		return;
	char *cells = event_cells(event);
	char *a = isnan(seconds) ? xstrdup("") : text("%.6g", seconds), *b = isnan(pace) ? xstrdup("") : text("%.6g", pace);
	char *both = text("%s\t%s", a, b);
	write_row(h, event, cells, both);
	flush(h);
	free(both);
	free(b);
	free(a);
	free(cells);
}

void
history_close(struct history *h)
{
	if (h->f == stdout)
		file_done(stdout);
	else if (h->f && fclose(h->f) && errno != EINTR) /* all is flushed: then it is closed all the same */
		die(EX_IOERR, "%s: %m", h->path);
	h->f = NULL;
}
