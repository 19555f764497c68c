/* split: random disjoint parts of a dataset */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/paths.h"
#include "base/rng.h"
#include "base/shares.h"
#include "base/table.h"
#include "cnn1/stream.h"
#include "model/dataset.h"
#include "model/first.h"
#include "sys/file.h"

enum { PARTS_MAX = 64 };

struct part {
	const char *path, *count_text; /* FILE=COUNT, cut at the = */
	int64_t of_class[CLASSES_MAX]; /* rows chosen */
	FILE *file;
	struct stream *out;
};

static uint64_t seed = 1;
static bool stratify, count_first;
static struct part part[PARTS_MAX];
static struct share share[PARTS_MAX]; /* of each part */
static int parts;

static const struct opt opts[] = {
	{ 's', "seed", OPT_SEED, &seed, "SEED", "seed of the random parts (1)", 0, 0, NULL },
	{ 0, "stratify", OPT_FLAG, &stratify, NULL, "give each part its share of every class", 0, 0, "data" },
	{ 0, "count", OPT_FLAG, &count_first, NULL, "count the rows first; several datasets (cat a b) are then one", 0, 0,
	  NULL },
	OPT_END
};

/* "-=5000" looks like an option to getopt; without the dash the empty FILE means stdout. */
static void
hide_dash(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strncmp(argv[i], "-=", 2))
			argv[i]++;
}

static void
add_part(char *operand, char *equals)
{
	*equals = '\0';
	if (parts == PARTS_MAX)
		die(EX_USAGE, "more than %d parts", PARTS_MAX);
	struct part *p = &part[parts];
	*p = (struct part){ .path = *operand ? operand : "-", .count_text = equals + 1 };
	const char *wrong = share_parse(share, parts, p->count_text);
	if (wrong)
		die(EX_USAGE, "%s=%s: %s", p->path, p->count_text, wrong);
	for (int k = 0; k < parts; k++)
		if (share[k].kind == SHARE_REST && share[parts].kind == SHARE_REST)
			die(EX_USAGE, "%s=*: %s takes the rest already", p->path, part[k].path);
	parts++;
}

static void
check_files(const char *input)
{
	struct path p[PARTS_MAX + 1] = { { .path = input, .use = PATH_READ } };

	for (int k = 0; k < parts; k++)
		p[k + 1] = (struct path){ .path = part[k].path, .use = PATH_WRITTEN };
	paths_check(p, parts + 1);
}

/* Operands with = are parts, the one without is the input. */
static const char *
operands(int argc, char **argv, int first)
{
	const char *input = NULL;

	for (int i = first; i < argc; i++) {
		char *equals = strrchr(argv[i], '=');
		if (equals)
			add_part(argv[i], equals);
		else if (input)
			die(EX_USAGE, "%s: neither FILE=COUNT nor the only input", argv[i]);
		else
			input = argv[i];
	}
	if (parts == 0)
		die(EX_USAGE, "no part named; usage: split [options] FILE=COUNT... [DATASET]");
	input = input ? input : "-";
	check_files(input);
	return input;
}

/* Reads all datasets to come, counting rows in all and of each class, and copying them to `copy` if there is one. */
static int64_t
count_rows(struct stream *in, const struct header *unknown, struct first *first, int64_t *of_class, FILE *copy)
{
	struct stream *out = copy ? stream_out(copy, "temporary file", unknown) : NULL;
	int64_t n = 0;
	struct rows r;

	do {
		struct about a = { 0 };
		dataset_about(in, &a);
		first_like(first, in, &a, NULL);
		int y = stream_tensor(in, "y");
		for (; stream_read(in, &r); n += r.n) {
			const uint8_t *label = r.data[y];
			dataset_check_labels(stream_name(in), &first->about, n, r.n, label);
			for (int64_t i = 0; i < r.n; i++)
				of_class[label[i]]++;
			if (out)
				stream_write(out, &r);
		}
	} while (stream_object(in));
	if (out) {
		stream_end_object(out);
		file_flush(copy);
		stream_free(out);
	}
	return n;
}

/* Counts, and returns a stream at its first object again: the same file, or a copy of what cannot be read twice. */
static struct stream *
count_first_of_all(struct stream *in, FILE *f, off_t start, struct first *first, int64_t *of_class, int64_t *rows)
{
	char *name = xstrdup(stream_name(in));
	FILE *copy = start < 0 ? file_temporary(name) : NULL;
	struct header unknown;

	header_copy(&unknown, &first->head);
	for (int t = 0; t < unknown.tensors; t++)
		unknown.tensor[t].shape.d[0] = -1;
	*rows = count_rows(in, &unknown, first, of_class, copy);
	header_free(&unknown);
	if (fseeko(copy ? copy : f, copy ? 0 : start, SEEK_SET))
		die(EX_IOERR, "%s: %m", name);
	stream_free(in);
	in = stream_in(copy ? copy : f, name);
	stream_object(in);
	free(name);
	return in;
}

/* From counts to what each part needs, of each class if stratified, else in all. */
static void
plan(const char *name, const struct about *a, int64_t rows, int64_t *left)
{
	int64_t asked;

	if (rows > SHARE_ROWS)
		die(EX_DATAERR, "%s: %lld rows; split takes at most %lld", name, (long long)rows, (long long)SHARE_ROWS);
	const int over = shares_count(share, parts, rows, &asked);
	if (over >= 0)
		die(EX_DATAERR, "%s: %lld rows asked for (up to %s), but there are only %lld", name, (long long)asked, part[over].path,
		    (long long)rows);
	if (!stratify)
		left[0] = rows;
	shares_group(share, parts, stratify ? a->classes.n : 1, left);
}

/* What a part remembers of how it was made: all counts, and which of them it is; never a path. */
static void
record(struct header *h, int k)
{
	char *counts = xstrdup(part[0].count_text), *longer;
	const char *counts_option;
	int64_t number = k + 1;

	for (int j = 1; j < parts; j++) {
		longer = text("%s,%s", counts, part[j].count_text);
		free(counts);
		counts = longer;
	}
	counts_option = counts;
	const struct opt made[] = {
		{ 0, "stratify", OPT_FLAG, &stratify, NULL, "", 0, 0, "data" },
		{ 0, "counts", OPT_TEXT, &counts_option, "", "", 0, 0, "data" },
		{ 0, "part", OPT_INT, &number, "", "", 0, 0, "data" },
		OPT_END
	};
	header_made(h, made, &seed, NULL, 0, NULL);
	free(counts);
}

static bool
is_pipe(const struct part *p)
{
	struct stat st;

	return !(strcmp(p->path, "-") ? stat(p->path, &st) : fstat(STDOUT_FILENO, &st)) && S_ISFIFO(st.st_mode);
}

/* Rows go to the parts as they come, so a program that reads one pipe to its end before it opens another waits for ever. */
static void
tell_of_pipes(void)
{
	const struct part *first = NULL, *last = NULL;

	for (const struct part *p = part; p < part + parts; p++)
		if (is_pipe(p)) {
			first = first ? first : p;
			last = p;
		}
	if (first != last)
		note("%s and %s are pipes, written in turn: both must be read at the same time", file_name_out(first->path),
		     file_name_out(last->path));
}

static void
open_parts(const struct header *h)
{
	tell_of_pipes();
	for (int k = 0; k < parts; k++) {
		struct part *p = &part[k];
		struct header own;

		header_copy(&own, h);
		for (int t = 0; t < own.tensors; t++)
			own.tensor[t].shape.d[0] = share[k].count;
		record(&own, k);
		p->file = file_out(p->path, true);
		p->out = stream_out(p->file, file_name_out(p->path), &own);
		header_free(&own);
	}
}

static void
close_parts(void)
{
	FILE *f[PARTS_MAX];

	for (int k = 0; k < parts; k++) {
		stream_end_object(part[k].out);
		f[k] = part[k].file;
	}
	files_done(parts, f);
}

static void
take(struct part *p, const struct header *h, const struct rows *r, int64_t i, void **row)
{
	for (int t = 0; t < h->tensors; t++)
		row[t] = (char *)r->data[t] + (size_t)i * tensor_row_size(&h->tensor[t]);
	stream_write(p->out, &(struct rows){ .n = 1, .data = row });
}

/* left: rows to come, of each class if stratified, else all in left[0]. */
static void
deal(struct stream *in, const struct about *a, uint64_t key, int64_t *left, int64_t *row)
{
	const struct header *h = stream_header(in);
	int y = stream_tensor(in, "y");
	void **data = xcalloc((size_t)h->tensors, sizeof *data);
	struct rows r;

	while (stream_read(in, &r)) {
		const uint8_t *label = r.data[y];
		dataset_check_labels(stream_name(in), a, *row, r.n, label);
		for (int64_t i = 0; i < r.n; i++, ++*row) {
			int group = stratify ? label[i] : 0;
			const int k = shares_choose(share, parts, key, (uint64_t)*row, left[group]--, group);
			if (k < 0)
				continue;
			part[k].of_class[label[i]]++;
			take(&part[k], h, &r, i, data);
		}
	}
	free(data);
}

/* One line of the report: of class c, of the titles (-1), or of all classes (their number). */
static void
report_line(const struct about *a, int c, int width)
{
	char *line;
	size_t size;
	FILE *f = file_memory(&line, &size);

	put_cell(f, c < 0 ? "class" : c < a->classes.n ? a->classes.name[c] : "all", -width);
	for (const struct part *p = part; p < part + parts; p++) {
		const char *title = file_name_out(p->path);
		const int wide = wider(7, title);
		fputs("  ", f);
		if (c < 0)
			put_cell(f, title, wide);
		else
			fprintf(f, "%*lld", wide, (long long)(c < a->classes.n ? p->of_class[c] : share[p - part].count));
	}
	file_memory_done(f, &line);
	note("%s", line);
	free(line);
}

static void
report(const struct about *a)
{
	for (int c = -1; c <= a->classes.n; c++)
		report_line(a, c, classes_width(&a->classes, 5));
}

int
main(int argc, char **argv)
{
	hide_dash(argc, argv);
	int operand = opt_parse(argc, argv, opts, "FILE=COUNT... [DATASET]", "Cut a dataset into random disjoint parts.", 1, -1);
	const char *path = operands(argc, argv, operand);

	FILE *f = file_in(path);
	off_t start = ftello(f);
	struct stream *in = stream_in(f, file_name_in(path));
	stream_object(in);
	struct first first = { 0 };
	struct about a = { 0 };
	dataset_about(in, &a);
	first_like(&first, in, &a, NULL);
	int64_t rows = first.head.tensor[stream_tensor(in, "x")].shape.d[0], left[CLASSES_MAX] = { 0 };
	bool counted = stratify || count_first || rows < 0;
	if (counted)
		in = count_first_of_all(in, f, start, &first, left, &rows);
	plan(stream_name(in), &first.about, rows, left);

	int64_t row = 0;
	open_parts(&first.head);
	do {
		if (row > 0 && !counted)
			die(EX_DATAERR, "%s: another dataset follows the first %lld rows; use --count to split all as one",
			    stream_name(in), (long long)row);
		deal(in, &first.about, rng_key(seed, "split", 0), left, &row);
	} while (stream_object(in));
	report(&first.about); /* first: nothing may fail after the end of a stream */
	close_parts();
	return 0;
}
