/* cnn-history: the training history inside a model as a table */
#include <stdio.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/table.h"
#include "model/history.h"
#include "sys/file.h"

static const char *output;
enum { KEYS_MAX = 256 };

static const struct opt opts[] = {
	OPT_OUTPUT(output),
	OPT_END,
};

/* The keys of all events, each once, in the order they first appear. */
static void
union_of_keys(const struct model *m, const char *path, struct names *keys)
{
	struct meta event;

	for (int i = 0; i < m->events.n; i++) {
		events_get(&m->events, i, &event);
		for (int k = 0; k < event.n; k++)
			if (names_find(keys, event.entry[k].key) < 0)
				names_add(keys, xstrdup(event.entry[k].key));
		meta_free(&event);
		if (keys->n > KEYS_MAX)
			die(EX_DATAERR, "%s: its history has more than %d columns", path, KEYS_MAX);
	}
}

static void
print_row(FILE *out, const struct names *keys, const struct meta *event)
{
	for (int k = 0; k < keys->n; k++) {
		history_cell(out, event, keys->name[k]);
		fputc(k < keys->n - 1 ? '\t' : '\n', out);
	}
}

static void
print_table(FILE *out, const struct model *m, const char *path)
{
	struct names keys = { 0 };
	struct meta event;

	union_of_keys(m, path, &keys);
	for (int k = 0; k < keys.n; k++) {
		put_name(out, keys.name[k]);
		fputc(k < keys.n - 1 ? '\t' : '\n', out);
	}
	for (int i = 0; i < m->events.n; i++) {
		events_get(&m->events, i, &event);
		print_row(out, &keys, &event);
		meta_free(&event);
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
	if (m.events.n == 0)
		note("%s: has no history; it was never trained", file_name_in(path));
	print_table(out, &m, file_name_in(path));
	file_done(out);
	model_free(&m);
	return 0;
}
