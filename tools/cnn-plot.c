/* cnn-plot: curves of models and histories, drawn by gnuplot */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/die.h"
#include "base/opt.h"
#include "model/figure.h"
#include "sys/child.h"
#include "sys/file.h"
#include "sys/growing.h"

static const char usual[] = "loss+val_loss,accuracy+val_accuracy";
static const char *columns = usual, *x, *format, *size, *output;
static bool grouped, live;

static const struct opt opts[] = {
	{ 'c', "columns", OPT_TEXT, &columns, "PANEL,...", "a panel for each; COLUMN+COLUMN puts several into one", 0, 0, NULL },
	{ 'x', "x", OPT_TEXT, &x, "COLUMN", "draw against this column (epoch)", 0, 0, NULL },
	{ 'g', "group", OPT_FLAG, &grouped, NULL, "one curve of the files NAME-sSEED: their mean and deviation", 0, 0, NULL },
	{ 'l', "live", OPT_FLAG, &live, NULL, "draw again whenever a FILE changes", 0, 0, NULL },
	{ 'f', "format", OPT_TEXT, &format, "FORMAT", "text, png, svg or pdf (by the name of -o; else text)", 0, 0, NULL },
	{ 's', "size", OPT_TEXT, &size, "WxH", "pixels of the picture, or characters of a panel", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

/* ---- the form of the result ---- */

enum { SIDE_MAX = 10000, WINDOW_LEAST = 40, PANEL_LEAST = 12 };
#define PAPER " noenhanced font 'sans,10' background rgb 'white'"

static const struct form {
	const char *name, *terminal;
	int64_t width, height; /* of a panel */
	double unit;           /* gnuplot's for sizes, in ours */
	bool characters;
} forms[] = {
	{ "text", "dumb nofeed noenhanced", 79, 22, 1, true },
	{ "png", "pngcairo" PAPER, 460, 380, 1, false },
	{ "svg", "svg" PAPER, 460, 380, 1, false },
	{ "pdf", "pdfcairo" PAPER, 460, 380, 1 / 90.0, false },
	{ NULL, NULL, 0, 0, 0, false },
};

static const struct form *
form_named(const char *name)
{
	const struct form *f = forms;

	while (f->name && strcmp(f->name, name))
		f++;
	return f;
}

static const struct form *
choose_form(void)
{
	const char *dot = output ? strrchr(output, '.') : NULL;
	const struct form *f = form_named(format ? format : dot ? dot + 1 : "text");

	if (format && !f->name)
		die(EX_USAGE, "--format %.40s: expected text, png, svg or pdf", format);
	return f->name ? f : forms;
}

/* A terminal is filled, all panels on it. */
static struct drawing
choose_look(const struct form *form, int panels)
{
	int64_t width = form->characters ? form->width : panels * form->width, height = form->height;
	struct winsize window;

	if (size) {
		if (!parse_sides(size, SIDE_MAX, &width, &height))
			die(EX_USAGE, "--size %.40s: expected WIDTHxHEIGHT of at most %d", size, SIDE_MAX);
	} else if (form->characters && !output && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) && window.ws_col > WINDOW_LEAST) {
		width = window.ws_col - 1;
		height = window.ws_row / panels > PANEL_LEAST ? (window.ws_row - 1) / panels : PANEL_LEAST;
	}
	return (struct drawing){ form->terminal, (double)width * form->unit, (double)height * form->unit, form->characters };
}

/* ---- tables ---- */

static struct figure figure;
static const char **path; /* of each table */

/* Where -sSEED begins in a name; its end if it does not. */
static size_t
seed_at(const char *name)
{
	const size_t n = strlen(name);
	size_t digits = 0;

	while (digits < n && strchr("0123456789", name[n - digits - 1]))
		digits++;
	return digits && n > digits + 2 && !strncmp(name + n - digits - 2, "-s", 2) ? n - digits - 2 : n;
}

/* "out/5/adam-s2.tsv" to "adam-s2", with --group to "adam" */
static char *
label_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	char *label = xstrdup(!strcmp(file, "-") ? "stdin" : slash ? slash + 1 : file), *dot = strrchr(label, '.');

	if (dot && dot > label)
		*dot = '\0';
	if (grouped)
		label[seed_at(label)] = '\0';
	return label;
}

/* LABEL=FILE, unless the whole is the name of a file. */
static void
take_operand(int i, const char *operand)
{
	const char *equals = strchr(operand, '=');

	if (equals && access(operand, F_OK)) {
		figure.table[i].label = text("%.*s", (int)(equals - operand), operand);
		operand = equals + 1;
	} else {
		figure.table[i].label = label_of(operand);
	}
	path[i] = operand;
}

static void
take_operands(int n, char **operand)
{
	static char *standard[] = { "-" };

	if (n == 0) {
		n = 1;
		operand = standard;
	}
	figure.tables = n;
	figure.table = xcalloc((size_t)n, sizeof *figure.table);
	path = xcalloc((size_t)n, sizeof *path);
	for (int i = 0; i < n; i++)
		take_operand(i, operand[i]);
}

static void
take_data(int i, char *data, size_t n)
{
	columns_free(&figure.table[i].columns);
	columns_from(&figure.table[i].columns, data, n, file_name_in(path[i]));
	free(data);
}

/* ---- panels ---- */

static void
add_column(struct panel *p, const char *column)
{
	if (p->columns == PANEL_COLUMNS_MAX)
		die(EX_USAGE, "--columns: %d columns in a panel at most", PANEL_COLUMNS_MAX);
	p->column[p->columns++] = column;
}

static void
take_columns(void)
{
	char *rest = xstrdup(columns), *word, *column; /* stays: the panels hold its words */

	while ((word = strsep(&rest, ","))) {
		if (figure.panels == PANELS_MAX)
			die(EX_USAGE, "--columns: %d panels at most", PANELS_MAX);
		struct panel *p = &figure.panel[figure.panels++];
		while ((column = strsep(&word, "+")))
			add_column(p, column);
	}
}

static char *
columns_there(void)
{
	const struct names *has = &figure.table[0].columns.name;
	char *list = xstrdup("");

	for (int i = 0; i < has->n; i++) {
		char *longer = text("%s%s%s", list, i ? ", " : "", has->name[i]);
		free(list);
		list = longer;
	}
	return list;
}

static void
need_column(const char *option, const char *column)
{
	if (!figure_has(&figure, column))
		die(EX_USAGE, "--%s %.100s: no such column; %s has %s", option, column, file_name_in(path[0]), columns_there());
}

/* Of the usual columns those that are there are drawn; of others all must be there. */
static void
check_columns(void)
{
	if (x)
		need_column("x", x);
	for (int i = 0; columns != usual && i < figure.panels; i++)
		for (int k = 0; k < figure.panel[i].columns; k++)
			need_column("columns", figure.panel[i].column[k]);
	figure_keep_known(&figure);
	if (!figure.panels)
		die(EX_USAGE, "%s: has neither loss nor accuracy; choose --columns of %s", file_name_in(path[0]), columns_there());
}

/* ---- drawing ---- */

static FILE *
script(const struct drawing *look)
{
	FILE *f = file_temporary("gnuplot's script");

	figure_script(f, &figure, look);
	file_flush(f);
	rewind(f);
	return f;
}

/* A PDF holds the time, but the same curves shall be the same bytes. */
static void
forget_time(char *data, size_t n)
{
	static const char key[] = "/CreationDate (D:";
	char *p = memmem(data, n, key, sizeof key - 1);

	for (p = p ? p + sizeof key - 1 : data + n; p < data + n && *p >= '0' && *p <= '9'; p++)
		*p = '0';
}

/* gnuplot fills lines with blanks, and parts panels by form feeds: both go. Returns the length. */
static size_t
trim(char *data, size_t n)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		while (strchr("\n\f", data[i]) && to > 0 && data[to - 1] == ' ')
			to--;
		if (data[i] != '\f')
			data[to++] = data[i];
	}
	while (to > 0 && data[to - 1] == ' ')
		to--;
	return to;
}

static char *
run_gnuplot(const struct drawing *look, size_t *n)
{
	char *const command[] = { "gnuplot", "-d", "-", NULL };
	char *data, said[256];
	FILE *f = script(look);
	const int status = run_filter(command, f, &data, n, said, sizeof said);
	const char *first = said + strspn(said, "\n");

	fclose(f);
	if (status == RUN_MISSING)
		die(EX_UNAVAILABLE, "gnuplot: is not installed; install it (Debian: gnuplot-nox), or see the numbers with cnn-history");
	if (status != 0 || *n == 0)
		die(EX_UNAVAILABLE, "gnuplot: failed with status %d: %.*s", status, (int)strcspn(first, "\n"), first);
	return data;
}

static void
draw(const struct form *form)
{
	static bool again;
	size_t n;

	check_columns();
	const struct drawing look = choose_look(form, figure.panels);
	char *data = run_gnuplot(&look, &n);
	forget_time(data, n);
	if (form->characters)
		n = trim(data, n);
	FILE *f = file_out(output, !form->characters);
	if (again && !output && isatty(STDOUT_FILENO))
		fputs("\033[H\033[2J", f);
	again = true;
	file_write(f, data, n);
	if (output)
		file_done(f);
	else
		file_flush(f);
	free(data);
}

static void
draw_once(const struct form *form)
{
	for (int i = 0; i < figure.tables; i++) {
		size_t n;
		char *data = file_all(path[i], SIZE_MAX / 4, &n);
		take_data(i, data, n);
		if (!figure.table[i].columns.rows)
			die(EX_DATAERR, "%s: no epoch yet; try again when the first is over", file_name_in(path[i]));
	}
	draw(form);
}

static bool
all_have_rows(void)
{
	for (int i = 0; i < figure.tables; i++)
		if (!figure.table[i].columns.rows)
			return false;
	return true;
}

/* True if any table changed. */
static bool
look_again(struct growing *file, bool *ended)
{
	bool changed = false;

	for (int i = 0; i < figure.tables; i++) {
		char *data;
		size_t n;
		if (growing_look(&file[i], &data, &n)) {
			take_data(i, data, n);
			changed = true;
		}
		*ended |= file[i].ended;
	}
	return changed;
}

/* The end of stdin is the end; files never end. */
static void
follow(const struct form *form)
{
	struct growing *file = xcalloc((size_t)figure.tables, sizeof *file);
	bool ended = false;

	for (int i = 0; i < figure.tables; i++)
		file[i] = growing_open(path[i]);
	for (; !ended; growing_wait(file, figure.tables))
		if (look_again(file, &ended) && all_have_rows())
			draw(form);
	if (!all_have_rows())
		die(EX_DATAERR, "<stdin>: ended before the first epoch; did the program before it fail?");
	free(file);
}

int
main(int argc, char **argv)
{
	const int operand = opt_parse(argc, argv, opts, "[[LABEL=]FILE...]", "Draw the curves of models and histories with gnuplot.", 0, -1);
	const struct form *form = choose_form();

	figure.x = x;
	take_operands(argc - operand, argv + operand);
	take_columns();
	(live ? follow : draw_once)(form);
	if (!output)
		file_done(stdout);
	return 0;
}
