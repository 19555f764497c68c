/* A tally as tab-separated tables */
#include <math.h>

#include "base/table.h"
#include "model/tally.h"

static void
put_ratio(FILE *f, double v)
{
	if (isnan(v))
		fprintf(f, "\t-");
	else
		fprintf(f, "\t%.9g", v);
}

void
tally_tsv(FILE *f, const struct tally *r)
{
	fprintf(f, "true");
	for (int c = 0; c < r->classes; c++) {
		putc('\t', f);
		put_name(f, r->first.about.classes.name[c]);
	}
	putc('\n', f);
	for (int i = 0; i < r->classes; i++) {
		put_name(f, r->first.about.classes.name[i]);
		for (int j = 0; j < r->classes; j++)
			if (r->normalize)
				put_ratio(f, class_part(&r->c, i, j));
			else
				fprintf(f, "\t%lld", (long long)r->c.m[i][j]);
		putc('\n', f);
	}
}

void
tally_scores_tsv(FILE *f, const struct tally *r)
{
	fprintf(f, "rows\taccuracy\tloss%s\n", r->top ? "\ttop" : "");
	fprintf(f, "%lld\t%.9g\t%.9g", (long long)r->n, confusion_accuracy(&r->c), confusion_loss(&r->c));
	if (r->top)
		fprintf(f, "\t%.9g", tally_in_top(r));
	putc('\n', f);
}

void
tally_classes_tsv(FILE *f, const struct tally *r)
{
	fprintf(f, "class\tsupport\tprecision\trecall\tf1\n");
	for (int c = 0; c < r->classes; c++) {
		put_name(f, r->first.about.classes.name[c]);
		fprintf(f, "\t%lld", (long long)r->c.support[c]);
		put_ratio(f, class_precision(&r->c, c));
		put_ratio(f, class_recall(&r->c, c));
		put_ratio(f, class_f1(&r->c, c));
		putc('\n', f);
	}
}
