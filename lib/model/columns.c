#include "model/columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/utf8.h"
#include "model/model.h"

enum { COLUMNS_MAX = 256, SPARE_CELLS = 1 << 16, STREAM_BYTE = 0x93 }; /* a stream begins with a msgpack array of three, which is no text */

double
columns_value(const struct columns *c, int row, int column)
{
	return c->value[row * c->name.n + column];
}

/* The cells of a row that is added. */
static double *
add_row(struct columns *c)
{
	const size_t n = (size_t)c->name.n;

	if (c->rows % 64 == 0)
		c->value = xrealloc(c->value, ((size_t)c->rows + 64) * n, sizeof *c->value);
	double *row = c->value + (size_t)c->rows++ * n;
	for (size_t i = 0; i < n; i++)
		row[i] = NAN;
	return row;
}

static int
column_of(struct columns *c, const char *name, const char *from)
{
	const int i = names_find(&c->name, name);

	if (i >= 0)
		return i;
	if (c->name.n == COLUMNS_MAX)
		die(EX_DATAERR, "%s: has more than %d columns", from, COLUMNS_MAX);
	names_add(&c->name, xstrdup(name));
	return c->name.n - 1;
}

/* ---- a model ---- */

/* A number takes at least a byte in a file, so that memory stays in proportion where most cells are empty. */
static void
check_cells(const struct columns *c, int rows, size_t size, const char *from)
{
	if ((double)rows * c->name.n > (double)size + SPARE_CELLS)
		die(EX_DATAERR, "%s: most cells of its %d columns and %d rows would be empty", from, c->name.n, rows);
}

/* All keys first: the number of columns is the width of a row. */
static void
from_model(struct columns *c, void *data, size_t size, const char *from)
{
	FILE *f = fmemopen(data, size, "r");
	struct model m;
	struct meta event;

	if (!f)
		die(EX_OSERR, "%s: %m", from);
	model_read_from(&m, f, from);
	for (int pass = 0; pass < 2; pass++) {
		if (pass)
			check_cells(c, m.events.n, size, from);
		for (int i = 0; i < m.events.n; i++) {
			events_get(&m.events, i, &event);
			double *row = pass ? add_row(c) : NULL;
			for (int k = 0; k < event.n; k++) {
				const int at = column_of(c, event.entry[k].key, from);
				if (row)
					meta_real(&event, event.entry[k].key, &row[at]);
			}
			meta_free(&event);
		}
	}
	model_free(&m);
}

/* ---- a table of text ---- */

static _Noreturn void
not_ours(const char *from)
{
	die(EX_DATAERR, "%s: is neither a model nor a table of text that begins with a line of names", from);
}

static bool
is_text(const char *line)
{
	for (const char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' && *p != '\t')
			return false;
	return utf8_is(line, strlen(line));
}

static void
take_names(struct columns *c, char *line, const char *separator, const char *from)
{
	char *name;

	if (!is_text(line) || !*line)
		not_ours(from);
	while ((name = strsep(&line, separator))) {
		const int before = c->name.n;
		if (column_of(c, name, from) < before)
			die(EX_DATAERR, "%s: has two columns %s", from, name);
	}
}

/* number: of the line, for messages */
static void
take_row(struct columns *c, char *line, const char *separator, const char *from, int number)
{
	double *row = add_row(c), v;
	char *cell;
	int k = 0;

	while ((cell = strsep(&line, separator))) {
		if (k == c->name.n)
			die(EX_DATAERR, "%s: line %d has more cells than the %d names of the first line", from, number, c->name.n);
		row[k++] = parse_real(cell, &v) ? v : NAN;
	}
	if (k < c->name.n)
		die(EX_DATAERR, "%s: line %d has %d cells; the first line has %d names", from, number, k, c->name.n);
}

static int
cells_of(const char *line, char separator)
{
	int n = 1;

	for (; *line; line++)
		n += *line == separator;
	return n;
}

static void
from_text(struct columns *c, char *data, const char *from)
{
	const char *separator = NULL;
	int number = 0;

	for (char *line = data, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line[strcspn(line, "\r")] = '\0';
		if (!number++) {
			separator = strchr(line, '\t') ? "\t" : ",";
			take_names(c, line, separator, from);
		} else if (*line && (next || cells_of(line, *separator) == c->name.n)) {
			take_row(c, line, separator, from, number);
		}
	}
}

/* ---- JSON: an object of lists of numbers, as of Keras's History ---- */

static bool
take(char **at, char c)
{
	*at += strspn(*at, " \t\r\n");
	if (**at != c)
		return false;
	++*at;
	return true;
}

/* A name between quotes, without escapes; the caller frees. */
static char *
take_name(char **at, const char *from)
{
	if (!take(at, '"'))
		not_ours(from);
	const size_t n = strcspn(*at, "\"\\\n");
	if (n == 0 || (*at)[n] != '"')
		not_ours(from);
	char *name = text("%.*s", (int)n, *at);
	*at += n + 1;
	return name;
}

/* What is not a number, as null and NaN, is a gap. */
static double
take_number(char **at)
{
	double v;

	*at += strspn(*at, " \t\r\n");
	const size_t n = strcspn(*at, ",]} \t\r\n");
	char *word = text("%.*s", (int)n, *at);
	if (!parse_real(word, &v))
		v = NAN;
	free(word);
	*at += n;
	return v;
}

/* Puts the list after a name into a column, -1: into none. Returns its length. */
static int
take_list(struct columns *c, char **at, int column, const char *from)
{
	int n = 0;

	if (!take(at, ':') || !take(at, '['))
		not_ours(from);
	while (!take(at, ']')) {
		if (n && !take(at, ','))
			not_ours(from);
		const double v = take_number(at);
		if (column >= 0)
			c->value[n * c->name.n + column] = v;
		n++;
	}
	return n;
}

/* The longest list says how many rows there are. */
static void
from_json(struct columns *c, char *data, size_t size, const char *from)
{
	for (int pass = 0, most = 0; pass < 2; pass++) {
		char *at = data + 1;
		do {
			char *name = take_name(&at, from);
			const int column = column_of(c, name, from), n = take_list(c, &at, pass ? column : -1, from);
			most = n > most ? n : most;
			free(name);
		} while (take(&at, ','));
		if (!take(&at, '}'))
			not_ours(from);
		check_cells(c, most, size, from);
		while (c->rows < most)
			add_row(c);
	}
}

void
columns_from(struct columns *c, char *data, size_t size, const char *from)
{
	*c = (struct columns){ 0 };
	if (size == 0)
		die(EX_DATAERR, "%s: is empty", from);
	if ((unsigned char)*data == STREAM_BYTE)
		from_model(c, data, size, from);
	else if (strlen(data) < size)
		not_ours(from);
	else if (*data == '{')
		from_json(c, data, size, from);
	else
		from_text(c, data, from);
}

void
columns_free(struct columns *c)
{
	for (int i = 0; i < c->name.n; i++)
		free((char *)c->name.name[i]);
	names_free(&c->name);
	free(c->value);
	*c = (struct columns){ 0 };
}
