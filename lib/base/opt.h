/* Command lines: one table parses, prints --help, and marks the options that determine the result. */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opt_kind {
	OPT_FLAG, /* bool */
	OPT_INT,  /* int64_t within [min, max] */
	OPT_SEED, /* uint64_t */
	OPT_REAL, /* double within [min, max], finite */
	OPT_TEXT, /* const char * */
	OPT_TEXTS, /* char *, NULL or for free(): an option that may be given again; its values with ; between them */
	OPT_READ, OPT_RENEWED, OPT_WRITTEN, OPT_KEPT, /* const char *: files, see below */
	OPT_CALL, /* void (*)(const char *value): parses the value itself, or dies with EX_USAGE */
};

struct opt {
	char letter;      /* 0: long only */
	const char *name; /* without the dashes; NULL ends the table */
	enum opt_kind kind;
	void *value;      /* where the value goes; holds the default before */
	const char *arg, *help;
	double min, max;  /* min == max: no bounds */
	/* "structure", "optimization", "regularization", "data": the option shapes the result and is
	 * recorded in made_by and listed as a hyperparameter; NULL: it does not (paths, talk, threads) */
	const char *nature;
};

/* Files: OPT_READ is an input; OPT_RENEWED one that --checkpoint may take the place of; OPT_WRITTEN a result, "-" for stdout;
 * OPT_KEPT a result that is written again and again while the program works. opt_parse sees to it that no file is used twice
 * (paths.h); the operands count as inputs that -o may take the place of. */

/* OPT_END ends every table and holds the program's name; the other is the option that most programs have. */
#define OPT_END { 0, 0, OPT_FLAG, 0, 0, __FILE__, 0, 0, 0 }
#define OPT_OUTPUT(where) { 'o', "output", OPT_WRITTEN, &(where), "FILE", \
	"write to FILE instead of stdout; after a failure FILE is unchanged", 0, 0, 0 }

/* Sets `program` to the name of the table's file, and parses options anywhere before "--"; -q, --help and --version are built in (the last two print on
 * stdout and exit 0). Permutes argv so that operands come last; returns the index of the first.
 * `purpose` is one line for --help; `operands` as in "[DATASET]". A wrong use, and text that is recorded but is not UTF-8, dies
 * with EX_USAGE.
 * Between min_operands and max_operands (-1: any number) operands must be given. */
int opt_parse(int argc, char **argv, const struct opt *opts, const char *operands, const char *purpose,
              int min_operands, int max_operands);
/* The operand at `i`, or "-" when there is none: a filter reads stdin. */
const char *opt_operand(int argc, char **argv, int i);
/* The current value of `o` as text, as made_by records it ("0.01", "true"); valid until the next call. */
const char *opt_text(const struct opt *o);
/* Was this option given on the command line? */
bool opt_given(const struct opt *opts, const char *name);
/* Strict numbers in the C locale: the whole text, finite; false otherwise. */
bool parse_int(const char *s, int64_t *v);
bool parse_real(const char *s, double *v);
/* "32x16", or "32" for 32x32: two whole numbers from 1 to `most`. */
bool parse_sides(const char *s, int64_t most, int64_t *a, int64_t *b);
/* A finite number as text in buf, with the fewest digits, but at least the 9 of %.9g, that parse_real reads as the same number: so
 * numbers can be compared by their texts. */
const char *real_text(double v, char *buf, size_t size);

#endif
