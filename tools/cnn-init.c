/* cnn-init: a network text to a model with initial weights */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "model/adapt.h"
#include "model/model.h"
#include "model/whiten.h"
#include "net/initializer.h"
#include "sys/file.h"

static uint64_t seed = 1;
static const char *adapt_path, *whiten_path, *output;

static const struct opt opts[] = {
	{ 's', "seed", OPT_SEED, &seed, "SEED", "seed of the initial weights (1)", 0, 0, NULL },
	{ 0, "adapt", OPT_READ, &adapt_path, "DATASET", "set the normalization layer to mean and variance of DATASET", 0, 0, NULL },
	{ 0, "whiten", OPT_READ, &whiten_path, "DATASET", "set the first conv2d to whiten the patches of DATASET", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

enum { TEXT_MAX = 1 << 20 };

static char *
read_text(const char *path)
{
	size_t n;
	char *s = file_all(path, TEXT_MAX, &n);

	if (n > TEXT_MAX)
		die(EX_DATAERR, "%s: longer than 1 MiB; is it a network text?", file_name_in(path));
	if (strlen(s) != n)
		die(EX_DATAERR, "%s: holds a zero byte; expected a network text, see net(5)", file_name_in(path));
	return s;
}

/* Here and not where models are read: of a file the weights are there. */
static void
check_cost(const struct network *net, const char *name)
{
	int64_t rows, cols;

	for (int i = 0; i < net->layers; i++)
		for (int k = 0; k < net->layer[i].params; k++)
			if (initializer_takes_too_long(&net->layer[i].param[k], &rows, &cols))
				die(EX_DATAERR, "%s: line %d: an orthogonal matrix of %lldx%lld would take too long; at most 2048x2048, or as "
				    "much work (see net(5)); take glorot_uniform", name, net->layer[i].line, (long long)rows, (long long)cols);
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "[NET]", "Turn a network text into a model with initial weights.", 0, 1);
	const char *path = opt_operand(argc, argv, operand);
	char *net = read_text(path);
	struct model m = { 0 };
	char id[2][ID_SIZE];
	const char *const ids[] = { id[0], id[1] };
	int inputs = 0;

	const char *wrong = network_build(&m.net, net);
	if (wrong)
		die(EX_DATAERR, "%s: %s", file_name_in(path), wrong);
	check_cost(&m.net, file_name_in(path));
	m.w = network_weights(&m.net);
	network_init(&m.net, m.w, seed);
	if (adapt_path)
		adapt(&m, file_name_in(path), adapt_path, id[inputs++]);
	if (whiten_path)
		whiten(&m, file_name_in(path), whiten_path, id[inputs++]);
	header_made(&m.head, opts, &seed, NULL, inputs, ids);
	model_write(&m, file_out(output, true), file_name_out(output));
	model_free(&m);
	free(net);
	return 0;
}
