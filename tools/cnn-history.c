/* cnn-history: the training history inside a model as a table */
#include <stdio.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "io/file.h"
#include "io/history.h"
#include "io/table.h"

static const char *output;
enum { KEYS_MAX = 256 };

static const struct opt opts[] = {
	OPT_OUTPUT(output),
	OPT_END,
};

/* The keys of all events, each once, in the order they first appear. */
static int
union_of_keys(const struct model *m, const char *path, const char **keys)
{
	int n = 0;

	for (int i = 0; i < m->events; i++)
		for (int k = 0; k < m->event[i].n; k++) {
			const char *key = m->event[i].entry[k].key;
			int seen = 0;
			while (seen < n && strcmp(keys[seen], key))
				seen++;
			if (seen < n)
				continue;
			if (n == KEYS_MAX)
				die(EX_DATAERR, "%s: its history has more than %d columns", path, KEYS_MAX);
			keys[n++] = key;
		}
	return n;
}

static void
print_table(FILE *out, const struct model *m, const char *path)
{
	const char *keys[KEYS_MAX];
	int n = union_of_keys(m, path, keys);

	for (int k = 0; k < n; k++) {
		put_name(out, keys[k]);
		fputc(k < n - 1 ? '\t' : '\n', out);
	}
	for (int i = 0; i < m->events; i++)
		for (int k = 0; k < n; k++) {
			history_cell(out, &m->event[i], keys[k]);
			fputc(k < n - 1 ? '\t' : '\n', out);
		}
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "[MODEL]", "Print the training history of a model as tab-separated values.", 0, 1);
	const char *path = opt_operand(argc, argv, operand);
	struct model m;

	FILE *out = file_out(output, false);
	model_read(&m, path);
	if (!m.events)
		note("%s: has no history; it was never trained", file_name_in(path));
	print_table(out, &m, file_name_in(path));
	file_done(out);
	model_free(&m);
	return 0;
}
