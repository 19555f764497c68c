/* A tally as one JSON object */
#include "model/tally.h"

static void
json_matrix(FILE *f, const struct tally *r)
{
	for (int i = 0; i < r->classes; i++)
		for (int j = 0; j < r->classes; j++) {
			fprintf(f, "%s", j ? "," : i ? "],[" : "[[");
			if (r->normalize)
				json_real(f, class_part(&r->c, i, j));
			else
				fprintf(f, "%lld", (long long)r->c.m[i][j]);
		}
	fprintf(f, "]]");
}

static void
json_classes(FILE *f, const struct tally *r)
{
	for (int c = 0; c < r->classes; c++) {
		fprintf(f, "%s{\"name\":", c ? "," : "[");
		json_text(f, r->first.about.classes.name[c]);
		json_field(f, "accuracy", class_recall(&r->c, c));
		json_field(f, "precision", class_precision(&r->c, c));
		json_field(f, "recall", class_recall(&r->c, c));
		json_field(f, "f1", class_f1(&r->c, c));
		fprintf(f, ",\"support\":%lld}", (long long)r->c.support[c]);
	}
	fprintf(f, "]");
}

static void
json_ranked(FILE *f, const struct tally *r)
{
	int order[CLASSES_MAX] = { 0 };

	for (int i = 0; i < r->ranked; i++) {
		class_order(r->classes, r->p[i], order);
		fprintf(f, "%s{", i ? "," : "[");
		if (r->name[i]) {
			fprintf(f, "\"file\":");
			json_text(f, r->name[i]);
			putc(',', f);
		}
		if (!r->unlabelled) {
			fprintf(f, "\"true\":");
			json_text(f, r->first.about.classes.name[r->label[i]]);
			putc(',', f);
		}
		for (int k = 0; k < r->classes && k < r->top; k++) {
			fprintf(f, "%s{\"class\":", k ? "," : "\"top\":[");
			json_text(f, r->first.about.classes.name[order[k]]);
			json_field(f, "p", (double)r->p[i][order[k]]);
			putc('}', f);
		}
		fprintf(f, "]}");
	}
	fprintf(f, "]");
}

void
tally_json(FILE *f, const struct tally *r)
{
	if (r->unlabelled) {
		fprintf(f, "{\"rows\":%lld,\"ranked\":", (long long)r->n);
		json_ranked(f, r);
		fprintf(f, "}\n");
		return;
	}
	fprintf(f, "{\"rows\":%lld", (long long)r->n);
	json_field(f, "accuracy", confusion_accuracy(&r->c));
	json_field(f, "loss", confusion_loss(&r->c));
	if (r->top) {
		fprintf(f, ",\"top\":{\"k\":%lld", (long long)r->top);
		json_field(f, "accuracy", tally_in_top(r));
		putc('}', f);
	}
	fprintf(f, ",\"classes\":");
	json_classes(f, r);
	fprintf(f, ",\"%s\":", r->normalize ? "normalized" : "confusion");
	json_matrix(f, r);
	if (r->top && r->n <= RANKED_ROWS) {
		fprintf(f, ",\"ranked\":");
		json_ranked(f, r);
	}
	fprintf(f, "}\n");
}
