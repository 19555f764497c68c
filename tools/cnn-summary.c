/* cnn-summary: the layers of a model as Keras prints them, with their cost; or all hyperparameters */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/table.h"
#include "model/compute.h"
#include "model/model.h"
#include "model/plan_text.h"
#include "model/stages.h"
#include "net/field.h"
#include "net/parse.h"
#include "net/train.h"
#include "sys/file.h"

static bool hyperparameters, plan, tsv;
static int64_t batch = 32;
static const char *output;
static FILE *out;

static const struct opt opts[] = {
	{ 'H', "hyperparameters", OPT_FLAG, &hyperparameters, NULL, "list every hyperparameter with its value and nature", 0, 0, NULL },
	{ 'p', "plan", OPT_FLAG, &plan, NULL, "list every step of training and evaluation, and the memory it works in", 0, 0, NULL },
	{ 't', "tsv", OPT_FLAG, &tsv, NULL, "tab-separated, for programs", 0, 0, NULL },
	{ 'b', "batch", OPT_INT, &batch, "N", "batch size for the memory of training", 1, 65536, NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

/* ---- text of numbers ---- */

/* 132010 as "132,010" */
static const char *
commas(int64_t v, char *buf)
{
	char digits[32];
	int n = snprintf(digits, sizeof digits, "%" PRId64, v), used = 0;

	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			buf[used++] = ',';
		buf[used++] = digits[i];
	}
	buf[used] = '\0';
	return buf;
}

/* bytes as Keras writes them: 515.66 KB, with units of 1024 */
static const char *
bytes(double v, char *buf)
{
	static const char *const unit[] = { "B", "KB", "MB", "GB", "TB" };
	int u = 0;

	for (; v >= 1024 && u < 4; u++)
		v /= 1024;
	sprintf(buf, "%.2f %s", v, unit[u]);
	return buf;
}

/* ---- one row a layer ---- */

struct row {
	char layer[96], shape[96], field[32];
	char *inputs; /* names of the layers it reads */
	int64_t params, work, activations;
};

static char *
input_names(const struct layer *l)
{
	char *names = NULL;
	size_t size;
	FILE *f = file_memory(&names, &size);

	for (int k = 0; k < l->inputs; k++)
		fprintf(f, "%s%s", k ? ", " : "", l->input[k]->name);
	file_memory_done(f, &names);
	return names;
}

static void
make_row(struct row *r, const struct layer *l, const struct field *f)
{
	const struct shape batched = shape_of_rows(-1, &l->out);

	snprintf(r->layer, sizeof r->layer, "%s (%s)", l->name, l->type->keras);
	shape_text(&batched, r->shape, sizeof r->shape);
	r->params = layer_count_params(l, true);
	r->work = l->type->work ? l->type->work(l) : 0;
	r->activations = shape_count(&l->out, 0) * (int64_t)sizeof(float);
	r->inputs = input_names(l);
	if (f->all)
		snprintf(r->field, sizeof r->field, "all");
	else
		snprintf(r->field, sizeof r->field, "%" PRId64 "x%" PRId64, f->h, f->w);
}

/* One for each layer but the input; returns how many. */
static int
make_rows(const struct network *net, struct row *rows)
{
	struct field *field = xcalloc((size_t)net->layers, sizeof *field);

	network_fields(net, field);
	for (int i = 1; i < net->layers; i++)
		make_row(&rows[i - 1], &net->layer[i], &field[i]);
	free(field);
	return net->layers - 1;
}

/* Does any layer read another than the line before? */
static bool
branches(const struct network *net)
{
	for (int i = 1; i < net->layers; i++)
		if (net->layer[i].inputs != 1 || net->layer[i].input[0] != &net->layer[i - 1])
			return true;
	return false;
}

static void
rule(int width, char c)
{
	for (int i = 0; i < width; i++)
		putc(c, out);
	putc('\n', out);
}

/* As Keras does, only networks that branch have the last column. */
static void
print_table(const struct row *rows, int n, bool connected)
{
	int layer = 12, shape = 12, inputs = 12;
	char a[32], b[32], c[32];

	for (int i = 0; i < n; i++) {
		layer = wider(layer, rows[i].layer);
		shape = wider(shape, rows[i].shape);
		inputs = wider(inputs, rows[i].inputs);
	}
	fprintf(out, "%-*s  %-*s  %12s  %14s  %11s  %9s%s\n", layer, "Layer (type)", shape, "Output Shape", "Param #",
	        "Multiply-adds", "Activations", "Sees", connected ? "  Connected to" : "");
	const int width = layer + shape + 12 + 14 + 11 + 9 + 5 * 2 + (connected ? inputs + 2 : 0);
	rule(width, '=');
	for (int i = 0; i < n; i++)
		fprintf(out, "%-*s  %-*s  %12s  %14s  %11s  %9s%s%s\n", layer, rows[i].layer, shape, rows[i].shape,
		        commas(rows[i].params, a), commas(rows[i].work, b), bytes((double)rows[i].activations, c), rows[i].field,
		        connected ? "  " : "", connected ? rows[i].inputs : "");
	rule(width, '=');
}

static void
print_totals(const struct network *net, const struct row *rows, int n)
{
	int64_t fixed = (int64_t)(net->weights - net->trained), work = 0;
	char a[32], b[32];

	for (int i = 0; i < n; i++)
		work += rows[i].work;
	fprintf(out, "Total params: %s (%s)\n", commas((int64_t)net->weights, a), bytes(4.0 * (double)net->weights, b));
	fprintf(out, "Trainable params: %s (%s)\n", commas((int64_t)net->trained, a), bytes(4.0 * (double)net->trained, b));
	fprintf(out, "Non-trainable params: %s (%s)\n", commas(fixed, a), bytes(4.0 * (double)fixed, b));
	fprintf(out, "Multiply-adds per image, forward: %s\n", commas(work, a));
	fprintf(out, "Memory to train with batch %" PRId64 ": %s\n", batch, bytes((double)train_memory(net, batch), a));
}

static void
print_tsv(const struct row *rows, int n)
{
	fprintf(out, "layer\toutput_shape\tparams\tmultiply_adds\tactivation_bytes\treceptive_field\tconnected_to\n");
	for (int i = 0; i < n; i++)
		fprintf(out, "%s\t%s\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\t%s\n", rows[i].layer, rows[i].shape, rows[i].params,
		        rows[i].work, rows[i].activations, rows[i].field, rows[i].inputs);
}

static void
summary(const struct network *net)
{
	struct row *rows = xcalloc((size_t)net->layers, sizeof *rows);
	int n = make_rows(net, rows);

	if (tsv) {
		print_tsv(rows, n);
	} else {
		print_table(rows, n, branches(net));
		print_totals(net, rows, n);
	}
	for (int i = 0; i < n; i++)
		free(rows[i].inputs);
	free(rows);
}

static void
print_plan(const struct model *m)
{
	struct plan p;

	plan_sketch(&p, &m->net, want_training((int)batch));
	plan_text(out, &p, tsv);
	plan_free(&p);
}

/* ---- hyperparameters ---- */

static void
print_hyperparameter(const char *of, const char *name, const char *value, const char *nature)
{
	static const int columns[] = { 28, 20, 16, 0 };
	const char *const cells[] = { of, name, value, nature };

	for (int i = 0; i < 4; i++) {
		put_cell(out, cells[i], -wider(tsv ? 0 : columns[i], cells[i]));
		fputs(i == 3 ? "\n" : tsv ? "\t" : "  ", out);
	}
}

static void
print_layers(const struct network *net)
{
	char value[128];

	for (int i = 0; i < net->layers; i++) {
		const struct layer *l = &net->layer[i];
		for (int k = 0; l->type->options && l->type->options[k].name; k++)
			print_hyperparameter(l->name, l->type->options[k].name, layer_option_text(l, k, value, sizeof value),
			                     l->type->options[k].nature);
		if (l->from)
			print_hyperparameter(l->name, "from", l->from, "structure");
		if (l->frozen || l->trains)
			print_hyperparameter(l->name, "trainable", l->frozen ? "false" : l->trains, "optimization");
	}
}

static void
print_stage(void *ctx, const char *stage, const char *option, const char *value, const char *nature)
{
	char *of = text("training %s", stage);

	(void)ctx;
	print_hyperparameter(of, option, value, nature);
	free(of);
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "[MODEL]", "Print the layers of a model, their sizes, parameters and cost.", 0, 1);
	struct model m;

	compute_start(0);
	out = file_out(output, false);
	model_read(&m, opt_operand(argc, argv, operand));
	if (hyperparameters) {
		print_hyperparameter(tsv ? "of" : "Of", tsv ? "name" : "Name", tsv ? "value" : "Value", tsv ? "nature" : "Nature");
		print_layers(&m.net);
		stages_each(&m.head.meta, print_stage, NULL);
	} else if (plan) {
		print_plan(&m);
	} else {
		summary(&m.net);
	}
	file_done(out);
	model_free(&m);
	return 0;
}
