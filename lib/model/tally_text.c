/* A tally for people */
#include <math.h>

#include "base/die.h"
#include "base/table.h"
#include "model/tally.h"

static void
print_score(FILE *f, int width, double v)
{
	if (isnan(v))
		fprintf(f, "%*s", width, "-");
	else
		fprintf(f, "%*.4f", width, v);
}

static void
print_matrix(FILE *f, const struct tally *r)
{
	int name = classes_width(&r->first.about.classes, 4), wide = classes_width(&r->first.about.classes, 6);

	fprintf(f, "%-*s  predicted\n%-*s", name, "", name, "true");
	for (int c = 0; c < r->classes; c++) {
		putc(' ', f);
		put_cell(f, r->first.about.classes.name[c], wide);
	}
	putc('\n', f);
	for (int i = 0; i < r->classes; i++) {
		put_cell(f, r->first.about.classes.name[i], -name);
		for (int j = 0; j < r->classes; j++)
			if (r->normalize)
				print_score(f, 1 + wide, class_part(&r->c, i, j));
			else
				fprintf(f, "%*lld", 1 + wide, (long long)r->c.m[i][j]);
		putc('\n', f);
	}
}

static void
print_classes(FILE *f, const struct tally *r)
{
	int name = classes_width(&r->first.about.classes, 5);

	fprintf(f, "%-*s%10s%11s%10s%10s%10s\n", name, "class", "accuracy", "precision", "recall", "F1", "support");
	for (int c = 0; c < r->classes; c++) {
		put_cell(f, r->first.about.classes.name[c], -name);
		print_score(f, 10, class_recall(&r->c, c)); /* of one class, accuracy and recall are the same */
		print_score(f, 11, class_precision(&r->c, c));
		print_score(f, 10, class_recall(&r->c, c));
		print_score(f, 10, class_f1(&r->c, c));
		fprintf(f, "%10lld\n", (long long)r->c.support[c]);
	}
}

/* Columns for the names of files; 0: no row has one. */
static int
file_width(const struct tally *r)
{
	int width = 0;

	for (int i = 0; i < r->ranked; i++)
		width = r->name[i] ? wider(width, r->name[i]) : width;
	return width < CLASS_SHOWN ? width : CLASS_SHOWN;
}

static void
print_ranked(FILE *f, const struct tally *r)
{
	int order[CLASSES_MAX] = { 0 }, name = classes_width(&r->first.about.classes, 5), file = file_width(r);

	fprintf(f, "%5s  ", "row");
	if (file)
		fprintf(f, "%-*s  ", file < 4 ? 4 : file, "file");
	if (!r->unlabelled)
		fprintf(f, "%-*s  ", name, "true");
	fprintf(f, "most probable\n");
	for (int i = 0; i < r->ranked; i++) {
		class_order(r->classes, r->p[i], order);
		fprintf(f, "%5d", i);
		if (file) {
			fprintf(f, "  ");
			put_cell(f, r->name[i] ? r->name[i] : "", -(file < 4 ? 4 : file));
		}
		if (!r->unlabelled) {
			fprintf(f, "  ");
			put_cell(f, r->first.about.classes.name[r->label[i]], -name);
		}
		for (int k = 0; k < r->classes && k < r->top; k++) {
			fprintf(f, "  ");
			put_cell(f, r->first.about.classes.name[order[k]], -name);
			fprintf(f, " %.4f", (double)r->p[i][order[k]]);
		}
		putc('\n', f);
	}
}

void
tally_text(FILE *f, const struct tally *r)
{
	if (r->unlabelled) {
		print_ranked(f, r);
		if (r->n > r->ranked)
			note("the first %d of %lld rows; tensor-pick --rows chooses others", r->ranked, (long long)r->n);
		return;
	}
	print_matrix(f, r);
	putc('\n', f);
	print_classes(f, r);
	fprintf(f, "\naccuracy  %.4f  (%lld of %lld)\n", confusion_accuracy(&r->c), (long long)r->c.score.correct, (long long)r->n);
	fprintf(f, "loss      %.4f\n", confusion_loss(&r->c));
	if (r->top)
		fprintf(f, "top %-5lld %.4f\n", (long long)r->top, tally_in_top(r));
	if (r->top && r->n <= RANKED_ROWS) {
		putc('\n', f);
		print_ranked(f, r);
	}
}
