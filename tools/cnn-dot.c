/* cnn-dot: the network of a model as a Graphviz graph */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "model/model.h"
#include "net/parse.h"
#include "sys/file.h"

static bool horizontal;
static const char *output;

static const struct opt opts[] = {
	{ 'H', "horizontal", OPT_FLAG, &horizontal, NULL, "draw from left to right instead of from top to bottom", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

/* Light fills under black text: they stay apart in print. What a layer is shows in its table, so that a new layer needs no
 * line here. */
static const char *
colour(const struct layer *l)
{
	bool fixed = false;

	if (!strcmp(l->type->name, "input"))
		return "#ffffff";
	for (int k = 0; k < l->params; k++)
		fixed |= l->param[k].fixed;
	if (fixed)
		return "#d9d2e9"; /* keeps averages: normalization */
	if (l->params > 0)
		return l->type->window ? "#cfe2f3" : "#fce5cd"; /* convolution, dense */
	if (l->type->window)
		return "#d9ead3"; /* pool */
	if (l->type->idle && l->type->idle(l, false) && l->type->options && l->type->options[0].name &&
	    strcmp(l->type->options[0].nature, "structure"))
		return "#f4cccc"; /* only while training: dropout, augmentation */
	return "#f3f3f3";
}

/* Inside of a quoted string of the DOT language. */
static void
print_escaped(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', f);
		fputc(*s, f);
	}
}

static bool
is_standard(const struct layer *l, int k, const char *value)
{
	const char *standard = l->type->options[k].standard;
	char other[128];

	/* the default may be the value of an earlier option: strides=pool */
	for (int i = 0; standard && i < k; i++)
		if (!strcmp(standard, l->type->options[i].name))
			return !strcmp(layer_option_text(l, i, other, sizeof other), value);
	return standard && !strcmp(standard, value);
}

/* The main options are always shown, the others if they differ from the default. */
static void
print_options(FILE *f, const struct layer *l)
{
	static const char *const always[] = { "filters", "kernel", "pool", "units", "rate", "activation" };
	const char *before = "\\n";
	char value[128];

	for (int k = 0; l->type->options && l->type->options[k].name; k++) {
		const char *name = l->type->options[k].name;
		bool shown = !l->type->options[k].standard;
		layer_option_text(l, k, value, sizeof value);
		for (size_t i = 0; i < sizeof always / sizeof *always; i++)
			shown |= !strcmp(name, always[i]);
		if ((!shown && is_standard(l, k, value)) || !strcmp(value, "linear") || !strcmp(name, "shape"))
			continue;
		fprintf(f, "%s%s ", before, name);
		print_escaped(f, value);
		before = ", ";
	}
}

static void
print_node(FILE *f, const struct layer *l, int i)
{
	char shape[128];

	fprintf(f, "\tlayer%d [label=\"", i);
	print_escaped(f, l->name);
	if (i > 0)
		fprintf(f, " (%s)", l->type->keras);
	print_options(f, l);
	fprintf(f, "\\n%s", shape_text(&l->out, shape, sizeof shape));
	if (l->params)
		fprintf(f, "\\n%" PRId64 " parameters", layer_count_params(l, true));
	fprintf(f, "\", fillcolor=\"%s\"];\n", colour(l));
}

static void
print_graph(FILE *f, const struct network *net)
{
	fprintf(f, "digraph network {\n");
	fprintf(f, "\tgraph [rankdir=%s, label=\"%zu parameters\", labelloc=b, fontname=\"Helvetica\"];\n",
	        horizontal ? "LR" : "TB", net->weights);
	fprintf(f, "\tnode [shape=box, style=filled, color=\"#666666\", fontname=\"Helvetica\", fontsize=11];\n");
	fprintf(f, "\tedge [color=\"#666666\", arrowsize=0.7];\n");
	for (int i = 0; i < net->layers; i++)
		print_node(f, &net->layer[i], i);
	for (int i = 1; i < net->layers; i++)
		for (int k = 0; k < net->layer[i].inputs; k++)
			fprintf(f, "\tlayer%d -> layer%d;\n", (int)(net->layer[i].input[k] - net->layer), i);
	fprintf(f, "}\n");
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "[MODEL]", "Print the network of a model as a Graphviz graph.", 0, 1);
	struct model m;

	model_read(&m, opt_operand(argc, argv, operand));
	FILE *out = file_out(output, false);
	print_graph(out, &m.net);
	file_done(out);
	model_free(&m);
	return 0;
}
