#include "base/opt.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/paths.h"
#include "base/utf8.h"

enum { OPTS_MAX = 64, BUILT_IN = 3, FIRST_VALUE = 256 };

static const struct opt built_in[BUILT_IN] = {
	{ 'q', "quiet", OPT_FLAG, &quiet, NULL, "say nothing but errors", 0, 0, NULL },
	{ 0, "help", OPT_FLAG, NULL, NULL, "print this help and exit", 0, 0, NULL },
	{ 0, "version", OPT_FLAG, NULL, NULL, "print the version and exit", 0, 0, NULL },
};
static bool given[OPTS_MAX];

static int
count(const struct opt *opts)
{
	int n = 0;

	while (opts[n].name)
		n++;
	return n;
}

static bool
is_text(const struct opt *o)
{
	return o->kind >= OPT_TEXT && o->kind <= OPT_KEPT;
}

/* A default outside of the bounds means "not given". */
static bool
has_default(const struct opt *o)
{
	if (is_text(o))
		return *(const char **)o->value != NULL;
	double v = o->kind == OPT_INT ? (double)*(int64_t *)o->value : o->kind == OPT_REAL ? *(double *)o->value : NAN;
	return !isnan(v) && (o->min == o->max || (v >= o->min && v <= o->max));
}

static void
print_option(const struct opt *o)
{
	char left[64];
	char letter[8] = "    ";

	if (o->letter)
		snprintf(letter, sizeof letter, "-%c, ", o->letter);
	snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->arg ? " " : "", o->arg ? o->arg : "");
	printf("  %-32s %s", left, o->help);
	if (has_default(o))
		printf(" (%s)", opt_text(o));
	putchar('\n');
}

static void
print_help(const struct opt *opts, const char *operands, const char *purpose)
{
	printf("usage: %s [options]%s%s\n%s\n\noptions:\n", program, *operands ? " " : "", operands, purpose);
	for (int i = 0; i < count(opts); i++)
		print_option(&opts[i]);
	for (int i = 0; i < BUILT_IN; i++)
		print_option(&built_in[i]);
	printf("\nmanual: man %s\n", program);
}

static _Noreturn void
finish(void)
{
	if (fflush(stdout) || ferror(stdout))
		die(EX_IOERR, "<stdout>: %m");
	exit(EX_OK);
}

bool
parse_int(const char *s, int64_t *v)
{
	char *end;

	errno = 0;
	intmax_t x = strtoimax(s, &end, 10);
	if (end == s || *end || errno || x < INT64_MIN || x > INT64_MAX || *s == ' ' || *s == '+')
		return false;
	*v = x;
	return true;
}

bool
parse_real(const char *s, double *v)
{
	char *end;

	/* programs never call setlocale, so the decimal point is a point; nan, inf and hexadecimal are refused */
	if (strspn(s, "0123456789.eE+-") != strlen(s))
		return false;
	double x = strtod(s, &end);
	if (end == s || *end || !isfinite(x))
		return false;
	*v = x;
	return true;
}

bool
parse_sides(const char *s, int64_t most, int64_t *a, int64_t *b)
{
	char *copy = xstrdup(s), *x = strchr(copy, 'x');

	if (x)
		*x = '\0';
	const bool fits = parse_int(copy, a) && parse_int(x ? x + 1 : copy, b) && *a >= 1 && *b >= 1 && *a <= most && *b <= most;
	free(copy);
	return fits;
}

const char *
real_text(double v, char *buf, size_t size)
{
	double back;

	for (int digits = 9; digits <= 17; digits++) {
		snprintf(buf, size, "%.*g", digits, v);
		if (parse_real(buf, &back) && back == v)
			break;
	}
	return buf;
}

static void
check_bounds(const struct opt *o, double v, const char *value)
{
	if (o->min != o->max && (v < o->min || v > o->max))
		die(EX_USAGE, "--%s %s: must be between %.9g and %.9g", o->name, value, o->min, o->max);
}

static void
add_text(char **all, const char *value)
{
	char *before = *all;

	*all = before ? text("%s;%s", before, value) : xstrdup(value);
	free(before);
}

static void
set(const struct opt *o, const char *value)
{
	uint64_t *seed = o->value;
	char *end;

	if (o->nature && value && !utf8_is(value, strlen(value)))
		die(EX_USAGE, "--%s %s: not UTF-8; give it as UTF-8", o->name, value);
	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)o->value = true;
		break;
	case OPT_INT:
		if (!parse_int(value, o->value))
			die(EX_USAGE, "--%s %s: not a whole number", o->name, value);
		check_bounds(o, (double)*(int64_t *)o->value, value);
		break;
	case OPT_SEED:
		errno = 0;
		*seed = strtoull(value, &end, 10);
		if (strspn(value, "0123456789") != strlen(value) || !*value || *end || errno)
			die(EX_USAGE, "--%s %s: not a seed; give a whole number from 0 to 2^64 - 1", o->name, value);
		break;
	case OPT_REAL:
		if (!parse_real(value, o->value))
			die(EX_USAGE, "--%s %s: not a number", o->name, value);
		check_bounds(o, *(double *)o->value, value);
		break;
	case OPT_TEXT:
	case OPT_READ:
	case OPT_RENEWED:
	case OPT_WRITTEN:
	case OPT_KEPT:
		*(const char **)o->value = value;
		break;
	case OPT_TEXTS:
		add_text(o->value, value);
		break;
	case OPT_CALL:
		((void (*)(const char *))o->value)(value);
		break;
	}
}

/* getopt_long's tables from ours. A long option's code is FIRST_VALUE + its place. */
static void
tables(const struct opt *opts, int n, struct option *longs, char *shorts)
{
	*shorts++ = ':'; /* distinguishes a missing argument from an unknown option */
	for (int i = 0; i < n + BUILT_IN; i++) {
		const struct opt *o = i < n ? &opts[i] : &built_in[i - n];
		bool has_arg = o->kind != OPT_FLAG;

		longs[i] = (struct option){ o->name, has_arg ? required_argument : no_argument, NULL, FIRST_VALUE + i };
		if (o->letter) {
			*shorts++ = o->letter;
			if (has_arg)
				*shorts++ = ':';
		}
	}
	*shorts = '\0';
	longs[n + BUILT_IN] = (struct option){ 0 };
}

static int
find_letter(const struct opt *opts, int n, int letter)
{
	for (int i = 0; i < n; i++)
		if (opts[i].letter == letter)
			return i;
	return n; /* -q */
}

/* tools/cnn-train.c: cnn-train, even if it is run by another name */
static void
take_name(const struct opt *end)
{
	static char name[64];
	const char *slash = strrchr(end->help, '/');

	snprintf(name, sizeof name, "%s", slash ? slash + 1 : end->help);
	name[strcspn(name, ".")] = '\0';
	program = name;
}

/* The file of an option that has one. */
static bool
file_of(const struct opt *o, struct path *p)
{
	const char *said = o->kind >= OPT_READ && o->kind <= OPT_KEPT ? *(const char **)o->value : NULL;

	*p = (struct path){ .path = said, .use = o->kind == OPT_WRITTEN ? PATH_WRITTEN : o->kind == OPT_KEPT ? PATH_KEPT : PATH_READ };
	if (o->letter == 'o' && !said)
		p->path = "-";
	if (p->path)
		p->said = text("--%s", o->name);
	if (o->kind == OPT_RENEWED)
		p->renewal = "--checkpoint";
	return p->path != NULL;
}

static void
check_files(const struct opt *opts, int operands, char **operand)
{
	struct path *p = xcalloc(OPTS_MAX + (size_t)operands + 1, sizeof *p);
	int n = 0;

	for (int pass = 0; pass < 2; pass++) /* -o first: other results are checked against it */
		for (const struct opt *o = opts; o->name; o++)
			if ((o->letter == 'o') == (pass == 0))
				n += file_of(o, &p[n]);
	for (int i = 0; i <= operands; i++) /* the last: a filter without operand reads stdin */
		p[n++] = (struct path){ .path = i < operands ? operand[i] : "-", .use = PATH_READ, .renewal = "--output" };
	paths_check(p, n);
	free(p);
}

int
opt_parse(int argc, char **argv, const struct opt *opts, const char *operands, const char *purpose,
          int min_operands, int max_operands)
{
	struct option longs[OPTS_MAX + BUILT_IN + 1];
	char shorts[2 * OPTS_MAX + 8];
	int n = count(opts), c;

	take_name(&opts[n]);
	tables(opts, n, longs, shorts);
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == ':')
			die(EX_USAGE, "%s: needs a value; see %s --help", argv[optind - 1], program);
		if (c == '?') {
			if (optopt >= FIRST_VALUE)
				die(EX_USAGE, "%s: takes no value; see %s --help", argv[optind - 1], program);
			if (optopt)
				die(EX_USAGE, "-%c: unknown option; see %s --help", optopt, program);
			die(EX_USAGE, "%s: unknown option; see %s --help", argv[optind - 1], program);
		}
		int i = c >= FIRST_VALUE ? c - FIRST_VALUE : find_letter(opts, n, c);
		if (i == n + 1) {
			print_help(opts, operands, purpose);
			finish();
		}
		if (i == n + 2) {
			printf("%s (cnnutils) %s\n", program, VERSION);
			finish();
		}
		if (i < n)
			given[i] = true;
		set(i < n ? &opts[i] : &built_in[0], optarg);
	}
	if (argc - optind < min_operands)
		die(EX_USAGE, "an operand is missing; usage: %s [options] %s", program, operands);
	if (max_operands >= 0 && argc - optind > max_operands)
		die(EX_USAGE, "%s: one operand too many; usage: %s [options] %s", argv[optind + max_operands], program,
		    operands);
	check_files(opts, argc - optind, argv + optind);
	return optind;
}

const char *
opt_operand(int argc, char **argv, int i)
{
	return i < argc ? argv[i] : "-";
}

const char *
opt_text(const struct opt *o)
{
	static char buf[64];

	switch (o->kind) {
	case OPT_FLAG:
		return *(bool *)o->value ? "true" : "false";
	case OPT_INT:
		snprintf(buf, sizeof buf, "%" PRId64, *(int64_t *)o->value);
		return buf;
	case OPT_SEED:
		snprintf(buf, sizeof buf, "%" PRIu64, *(uint64_t *)o->value);
		return buf;
	case OPT_REAL:
		return real_text(*(double *)o->value, buf, sizeof buf);
	case OPT_TEXT:
	case OPT_TEXTS:
	case OPT_READ:
	case OPT_RENEWED:
	case OPT_WRITTEN:
	case OPT_KEPT:
		return *(const char **)o->value ? *(const char **)o->value : "";
	case OPT_CALL:
		break;
	}
	return "";
}

bool
opt_given(const struct opt *opts, const char *name)
{
	for (int i = 0; opts[i].name; i++)
		if (!strcmp(opts[i].name, name))
			return given[i];
	return false;
}
