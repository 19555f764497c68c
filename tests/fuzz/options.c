/* Options and the numbers in them: the input's lines are a command line, and each of them also the value of every option that reads
 * more than one number. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/opt.h"
#include "fuzz.h"
#include "model/dataset.h"
#include "model/groups.h"
#include "sys/ranges.h"
#include "model/train_options.h"

enum { ARGS = 32, CLASSES = 3 };

static bool flag;
static int64_t count, whole;
static uint64_t seed;
static double share, ratio;
static const char *word;
static char *words;
static struct ranges picked;

static void
set_rows(const char *value)
{
	if (!ranges_parse(&picked, value))
		die(EX_USAGE, "--rows %s: not a list of rows", value);
}

static const struct opt opts[] = {
	{ 'f', "flag", OPT_FLAG, &flag, NULL, "yes or no", 0, 0, NULL },
	{ 'n', "count", OPT_INT, &count, "N", "within bounds", 1, 100, "data" },
	{ 'w', "whole", OPT_INT, &whole, "N", "without bounds", 0, 0, NULL },
	{ 's', "seed", OPT_SEED, &seed, "SEED", "a seed", 0, 0, NULL },
	{ 0, "share", OPT_REAL, &share, "S", "within bounds", 0, 0.99, "data" },
	{ 'x', "ratio", OPT_REAL, &ratio, "X", "without bounds", 0, 0, NULL },
	{ 't', "text", OPT_TEXT, &word, "TEXT", "any text", 0, 0, NULL },
	{ 0, "texts", OPT_TEXTS, &words, "TEXT", "any texts", 0, 0, "data" },
	{ 'r', "rows", OPT_CALL, set_rows, "RANGES", "rows", 0, 0, NULL },
	OPT_END,
};

/* The input as strings. */
static int
cut(char *s, char **argv)
{
	int n = 0;

	while (s && n < ARGS)
		argv[n++] = strsep(&s, "\n");
	argv[n] = NULL;
	return n;
}

static char **args;
static int arg_count;

static void
parse_options(const uint8_t *data, size_t size)
{
	char *argv[ARGS + 2] = { (char *)"fuzz" };
	(void)data;
	(void)size;

	count = 1;
	share = 0;
	ratio = 0;
	word = words = NULL;
	picked = (struct ranges){ 0 }; /* of a run that died nothing is left: fuzz_run frees it */
	memcpy(argv + 1, args, (size_t)(arg_count + 1) * sizeof *argv);
	optind = 0; /* GNU: starts again */
	int operand = opt_parse(arg_count + 1, argv, opts, "[FILE]", "parses", 0, -1);
	MUST(operand >= 1 && operand <= arg_count + 1);
	MUST(count >= 1 && count <= 100 && share >= 0 && share <= 0.99 && isfinite(ratio));
	for (const struct opt *o = opts; o->name; o++)
		fuzz_touch(opt_text(o), strlen(opt_text(o)));
	ranges_free(&picked);
	free(words);
}

static const char *value;

static void
parse_numbers(const uint8_t *data, size_t size)
{
	int64_t i;
	double x;
	struct ranges r = { 0 };
	(void)data;
	(void)size;

	if (parse_int(value, &i)) {
		char back[32];
		snprintf(back, sizeof back, "%lld", (long long)i);
		MUST(strtoll(back, NULL, 10) == i);
	}
	if (parse_real(value, &x))
		MUST(isfinite(x));
	if (!ranges_parse(&r, value)) {
		ranges_free(&r);
		return;
	}
	MUST(r.n >= 1 && ranges_least(&r) >= 0);
	for (int k = 0; k < r.n; k++) {
		MUST(r.range[k].from >= 0 && r.range[k].from < r.range[k].to);
		MUST(k == 0 || r.range[k].from > r.range[k - 1].to);
		MUST(ranges_hold(&r, r.range[k].from) && !ranges_hold(&r, r.range[k].to));
	}
	int64_t held = 0;
	for (int64_t k = 0; k < 100; k++)
		held += ranges_hold(&r, k);
	MUST(ranges_count(&r, 100) == held);
	ranges_free(&r);
}

static void
parse_schedule(const uint8_t *data, size_t size)
{
	struct train_options p = { 0 };
	(void)data;
	(void)size;

	train_options_schedule(value, &p);
	MUST(p.schedule.factor >= 0 && p.schedule.factor <= 1 && p.schedule.every >= 1 && p.schedule.every <= EPOCHS_MAX &&
	     p.schedule.points >= 0 && p.schedule.points <= POINTS_MAX);
}

static void
parse_warmup(const uint8_t *data, size_t size)
{
	struct train_options p = { 0 };
	(void)data;
	(void)size;

	train_options_warmup(value, &p);
	MUST(p.warmup >= 1);
}

static void
parse_steps(const uint8_t *data, size_t size)
{
	struct train_options p = { .batch = 3 };
	int64_t epochs = 0;
	(void)data;
	(void)size;

	train_options_steps(value, 10, &p, &epochs);
	MUST(p.steps >= 1 && p.steps <= 4 * p.epochs && p.steps > 4 * (p.epochs - 1) && epochs == p.epochs && epochs <= EPOCHS_MAX);
}

static void
parse_lookahead(const uint8_t *data, size_t size)
{
	struct tuning said = { .lookahead = value };
	struct optim o;
	(void)data;
	(void)size;

	train_options_optimizer("sgd", &said, &o);
	MUST(o.lookahead >= 1 && o.lookahead <= EPOCHS_MAX && o.slow_part > 0 && o.slow_part <= 1);
	free((char *)said.lr);
	free((char *)said.weight_decay);
}

static void
parse_mixing(const uint8_t *data, size_t size)
{
	struct train_options p = { 0 };
	const char *mixup = value, *none = NULL;
	(void)data;
	(void)size;

	train_options_mixing(&mixup, &none, &p);
	MUST(p.mixing == MIX_UP && p.mix_alpha > 0);
	free((char *)mixup);
}

static void
parse_plateau(const uint8_t *data, size_t size)
{
	struct train_options p = { 0 };
	(void)data;
	(void)size;

	train_options_plateau(value, &p);
	MUST(p.plateau >= 1 && p.plateau <= EPOCHS_MAX && p.plateau_factor > 0 && p.plateau_factor < 1);
}

static void
parse_class_weights(const uint8_t *data, size_t size)
{
	static uint8_t y[4] = { 0, 1, 1, 0 };
	const struct dataset d = { .n = 4, .classes = CLASSES, .y = y };
	double weight[CLASSES_MAX];
	struct train_options p = { 0 };
	(void)data;
	(void)size;

	train_options_class_weights(value, &d, "train", weight, &p);
	for (int i = 0; i < CLASSES; i++)
		MUST(weight[i] >= 0 && weight[i] <= 1e6);
}

static bool
within(const struct optim_group *g)
{
	return g->lr >= 0 && g->lr <= OPTIM_LR_MAX && g->decay >= 0 && g->decay <= OPTIM_DECAY_MAX;
}

/* What is recorded reads as the same groups. */
static void
parse_groups(const uint8_t *data, size_t size)
{
	struct optim o[2];
	char *said = xstrdup(value);
	(void)data;
	(void)size;

	for (int i = 0; i < 2; i++) {
		optim_standard(&o[i], optim_find("adamw"));
		groups_parse(&said, &o[i]);
	}
	MUST(o[0].groups >= 2 && o[0].groups == o[1].groups);
	for (int k = 1; k < o[0].groups; k++) {
		const struct optim_group *a = &o[0].group[k], *b = &o[1].group[k];
		MUST(within(a) && a->lr == b->lr && a->decay == b->decay && !strcmp(a->pattern, b->pattern));
	}
	optim_free(&o[0]);
	optim_free(&o[1]);
	free(said);
}

/* The value as the rate, the first and the last number of every optimizer. */
static void
parse_optimizer(const uint8_t *data, size_t size)
{
	struct optim o;
	(void)data;
	(void)size;

	for (const struct optim_type *t = optim_types; t->name; t++) {
		struct tuning said = { .lr = value, .weight_decay = value, .clip_norm = value, .ema = value };
		if (!isnan(t->epsilon))
			said.epsilon = value;
		train_options_optimizer(t->name, &said, &o);
		MUST(o.clip_norm > 0 && o.groups == 1 && within(&o.group[0]));
		MUST(isnan(o.group[0].epsilon) || o.group[0].epsilon >= OPTIM_EPSILON_MIN);
		MUST(o.ema > 0 && o.ema < 1);
		const char **texts[] = { &said.lr, &said.momentum, &said.beta1, &said.beta2, &said.epsilon, &said.weight_decay, &said.clip_norm, &said.ema };
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
			free((char *)*texts[i]); /* each was replaced by a text of its own */
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parsers[])(const uint8_t *, size_t) = {
		parse_numbers, parse_schedule, parse_warmup, parse_steps, parse_lookahead, parse_mixing, parse_plateau, parse_class_weights, parse_optimizer, parse_groups,
	};
	char *argv[ARGS + 1], *s = malloc(size + 1);
	const size_t memory = (16 << 10) + 8 * size;

	memcpy(s, data, size);
	s[size] = '\0';
	args = argv;
	arg_count = cut(s, argv);
	int status = fuzz_run(parse_options, data, size, memory);
	MUST(status == 0 || status == EX_USAGE);
	value = argv[0];
	for (size_t i = 0; i < sizeof parsers / sizeof *parsers; i++) {
		status = fuzz_run(parsers[i], data, size, memory);
		MUST(status == 0 || status == EX_USAGE);
	}
	free(s);
	return 0;
}
