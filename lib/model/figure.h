/* A figure of curves, panel beside panel, as a script for gnuplot. */
#ifndef MODEL_FIGURE_H
#define MODEL_FIGURE_H

#include <stdbool.h>
#include <stdio.h>

#include "model/columns.h"

/* Tables with the same label are one curve: the mean of those that have a value at an x, and a band of a sample standard
 * deviation on both sides. */
struct run_table {
	char *label;
	struct columns columns;
	int curve; /* set by figure_script */
};

enum { PANELS_MAX = 12, PANEL_COLUMNS_MAX = 16 };

struct figure {
	int tables;
	struct run_table *table;
	const char *x;     /* the column to draw against; NULL: epoch, or the number of the row where a table has none */
	int panels;
	struct panel {
		int columns;
		const char *column[PANEL_COLUMNS_MAX];
	} panel[PANELS_MAX];
	int n_curves;      /* set by figure_script */
	struct curve {
		const char *label;
		int runs;
	} *curves;
};

/* Columns that no table has are left out, and so are panels without columns. */
void figure_keep_known(struct figure *g);
bool figure_has(const struct figure *g, const char *column);

/* How it shall look. */
struct drawing {
	const char *terminal; /* gnuplot's words for it */
	double width, height; /* in gnuplot's units; of a panel, where it is made of characters, else of the whole */
	bool characters;
};
/* Names of tables and columns come from files: gnuplot reads no command in them. */
void figure_script(FILE *f, struct figure *g, const struct drawing *look);

#endif
