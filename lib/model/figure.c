#include "model/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/moments.h"
#include "base/table.h"

bool
figure_has(const struct figure *g, const char *column)
{
	for (int i = 0; i < g->tables; i++)
		if (names_find(&g->table[i].columns.name, column) >= 0)
			return true;
	return false;
}

static struct panel
known_columns(const struct figure *g, const struct panel *p)
{
	struct panel known = { 0 };

	for (int k = 0; k < p->columns; k++)
		if (figure_has(g, p->column[k]))
			known.column[known.columns++] = p->column[k];
	return known;
}

void
figure_keep_known(struct figure *g)
{
	const int before = g->panels;

	g->panels = 0;
	for (int i = 0; i < before; i++) {
		const struct panel p = known_columns(g, &g->panel[i]);
		if (p.columns)
			g->panel[g->panels++] = p;
	}
}

/* ---- curves ---- */

static void
find_curves(struct figure *g)
{
	struct names labels = { 0 };

	g->curves = xrealloc(g->curves, (size_t)g->tables, sizeof *g->curves);
	for (int i = 0; i < g->tables; i++) {
		int c = names_find(&labels, g->table[i].label);
		if (c < 0) {
			c = labels.n;
			names_add(&labels, g->table[i].label);
			g->curves[c] = (struct curve){ .label = g->table[i].label };
		}
		g->curves[c].runs++;
		g->table[i].curve = c;
	}
	g->n_curves = labels.n;
	names_free(&labels);
}

struct point {
	double x, y;
};

static double
x_of(const struct figure *g, const struct columns *c, int row)
{
	const int at = names_find(&c->name, g->x ? g->x : "epoch");

	return at >= 0 ? columns_value(c, row, at) : g->x ? NAN : row + 1;
}

/* The points of a column in all tables of a curve; the caller frees. */
static struct point *
collect(const struct figure *g, int curve, const char *column, int *n)
{
	struct point *p = xcalloc(1, sizeof *p);

	*n = 0;
	for (int i = 0; i < g->tables; i++) {
		const struct columns *c = &g->table[i].columns;
		const int at = g->table[i].curve == curve ? names_find(&c->name, column) : -1;
		if (at < 0)
			continue;
		p = xrealloc(p, (size_t)*n + (size_t)c->rows + 1, sizeof *p);
		for (int row = 0; row < c->rows; row++) {
			p[*n] = (struct point){ x_of(g, c, row), columns_value(c, row, at) };
			*n += !isnan(p[*n].x) && !isnan(p[*n].y);
		}
	}
	return p;
}

/* Ties in x are in the order of y, so that a sum does not depend on the order of the tables. */
static int
by_x(const void *a, const void *b)
{
	const struct point *p = a, *q = b;

	return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : (p->y > q->y) - (p->y < q->y);
}

/* A line for the n points of one x: x, mean, and the ends of the band. */
static void
put_point(FILE *f, const struct point *p, int n)
{
	double *y = xcalloc((size_t)n, sizeof *y);

	for (int i = 0; i < n; i++)
		y[i] = p[i].y;
	const struct moments m = moments_of((size_t)n, y);
	const double deviation = moments_sample_deviation(&m);
	fprintf(f, "%.9g %.9g %.9g %.9g\n", p->x, m.mean, m.mean - deviation, m.mean + deviation);
	free(y);
}

/* A block of data. The rows of a curve of one table keep their order. */
static void
put_points(FILE *f, const struct figure *g, int curve, const char *column, int block)
{
	const bool several = g->curves[curve].runs > 1;
	int n;
	struct point *p = collect(g, curve, column, &n);

	if (several)
		qsort(p, (size_t)n, sizeof *p, by_x);
	fprintf(f, "$c%d << END\n", block);
	for (int i = 0, same; i < n; i += same) {
		for (same = 1; several && i + same < n && p[i + same].x == p[i].x;)
			same++;
		put_point(f, p + i, same);
	}
	fputs(n ? "END\n" : "NaN NaN NaN NaN\nEND\n", f);
	free(p);
}

/* One of the lines of a panel. */
struct trace {
	int block, curve, column, colour, dash; /* block: the number of its data */
};

/* ---- words ---- */

/* In single quotes gnuplot reads nothing but '', for a quote. */
static void
put_quoted(FILE *f, const char *s)
{
	char *safe = shown(s);

	fputc('\'', f);
	for (const char *p = safe; *p; p++)
		fputs(*p == '\'' ? "''" : (char[]){ *p, '\0' }, f);
	fputc('\'', f);
	free(safe);
}

/* The columns of histories; the last is for all others. */
static const struct meaning {
	const char *column, *what, *of;
} meanings[] = {
	{ "loss", "loss", "training" },
	{ "val_loss", "loss", "validation" },
	{ "train_loss", "loss", "training, evaluated" },
	{ "accuracy", "accuracy", "training" },
	{ "val_accuracy", "accuracy", "validation" },
	{ "train_accuracy", "accuracy", "training, evaluated" },
	{ NULL, NULL, NULL },
};

static const struct meaning *
meaning_of(const char *column)
{
	const struct meaning *m = meanings;

	while (m->column && strcmp(m->column, column))
		m++;
	return m;
}

/* What all columns of a panel measure; NULL if they differ, or it is not known. */
static const char *
measure_of(const struct panel *p)
{
	const char *what = meaning_of(p->column[0])->what;

	for (int k = 1; what && k < p->columns; k++) {
		const char *other = meaning_of(p->column[k])->what;
		if (!other || strcmp(other, what))
			return NULL;
	}
	return what;
}

static char *
y_label(const struct panel *p)
{
	const struct meaning *m = meaning_of(p->column[0]);

	if (p->columns > 1)
		return xstrdup(measure_of(p) ? measure_of(p) : "");
	return m->column ? text("%s %s", m->of, m->what) : xstrdup(p->column[0]);
}

static char *
legend(const struct figure *g, const struct panel *p, const struct trace *l)
{
	const struct curve *c = &g->curves[l->curve];
	const char *name = p->column[l->column], *column = measure_of(p) ? meaning_of(name)->of : name;

	if (p->columns > 1 && g->n_curves == 1)
		return xstrdup(column);
	char *label = c->runs > 1 ? text("%s (%d runs)", c->label, c->runs) : xstrdup(c->label);
	if (p->columns == 1)
		return label;
	char *both = text("%s, %s", label, column);
	free(label);
	return both;
}

/* ---- the script ---- */

static const char *const colours[] = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#333333", "#b8a800" };
enum { COLOURS = sizeof colours / sizeof *colours }; /* which the colour-blind can tell apart (Okabe and Ito) */

static void
put_head(FILE *f, const struct figure *g, const struct drawing *look)
{
	fprintf(f, "set encoding utf8\nset terminal %s size %.4g,%.4g\n", look->terminal, look->width, look->height);
	fputs("set border 3\nset tics nomirror\nset key outside top center horizontal\nset xlabel ", f);
	put_quoted(f, g->x ? g->x : "epoch");
	fputc('\n', f);
	if (!look->characters)
		fprintf(f, "set grid linetype 1 linecolor rgb '#e4e4e4'\nset multiplot layout 1,%d\n", g->panels);
}

/* Epochs are whole: a short axis has no tics between them. */
static void
put_tics(FILE *f, const struct figure *g)
{
	double most = 0;

	for (int i = 0; i < g->tables; i++)
		for (int row = 0; row < g->table[i].columns.rows; row++)
			most = fmax(most, x_of(g, &g->table[i].columns, row));
	if (!g->x && most <= 10)
		fputs("set xtics 1\n", f);
}

/* One curve has a colour for each column; several have a colour each, and a dash for each column. */
static struct trace *
lines_of(const struct figure *g, const struct panel *p, int block)
{
	struct trace *l = xcalloc((size_t)g->n_curves * (size_t)p->columns, sizeof *l), *next = l;
	const bool alone = g->n_curves == 1;

	for (int c = 0; c < g->n_curves; c++)
		for (int k = 0; k < p->columns; k++)
			*next++ = (struct trace){ block++, c, k, (alone ? k : c) % COLOURS, alone ? 1 : k + 1 };
	return l;
}

static void
put_bands(FILE *f, const struct figure *g, const struct trace *l, int n)
{
	for (int i = 0; i < n; i++)
		if (g->curves[l[i].curve].runs > 1)
			fprintf(f, "$c%d using 1:3:4 with filledcurves fillcolor rgb '%s' fillstyle transparent solid 0.2 noborder notitle, ",
			        l[i].block, colours[l[i].colour]);
}

static void
put_lines(FILE *f, const struct figure *g, const struct panel *p, const struct trace *l, int n, bool characters)
{
	for (int i = 0; i < n; i++) {
		char *title = legend(g, p, &l[i]);
		fprintf(f, "%s$c%d using 1:2 with ", i ? ", " : "", l[i].block);
		if (characters)
			fputs("lines", f);
		else
			fprintf(f, "linespoints linecolor rgb '%s' dashtype %d linewidth 1.8 pointtype 7 pointsize 0.35",
			        colours[l[i].colour], l[i].dash);
		fputs(" title ", f);
		put_quoted(f, title);
		free(title);
	}
	fputc('\n', f);
}

/* Bands first: they cover no line. block: the number of the first block of data; returns the next. */
static int
put_panel(FILE *f, const struct figure *g, const struct panel *p, const struct drawing *look, int block)
{
	const int n = g->n_curves * p->columns;
	char *label = y_label(p);
	struct trace *l = lines_of(g, p, block);

	for (int i = 0; i < n; i++)
		put_points(f, g, l[i].curve, p->column[l[i].column], l[i].block);
	fputs(look->characters ? "set title " : "set ylabel ", f);
	put_quoted(f, label);
	fputs("\nplot ", f);
	if (!look->characters)
		put_bands(f, g, l, n);
	put_lines(f, g, p, l, n, look->characters);
	free(l);
	free(label);
	return block + n;
}

void
figure_script(FILE *f, struct figure *g, const struct drawing *look)
{
	int block = 0;

	find_curves(g);
	put_head(f, g, look);
	put_tics(f, g);
	for (int i = 0; i < g->panels; i++)
		block = put_panel(f, g, &g->panel[i], look, block);
	if (!look->characters)
		fputs("unset multiplot\n", f);
}
