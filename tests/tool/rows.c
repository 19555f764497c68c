/* rows KIND CLASSES NAME:DTYPE:SHAPE...   a stream from text: each line on stdin has the numbers of one row of all tensors.
 * CLASSES a,b,c (- for none); SHAPE of one row 2x2x3, empty for a single number. With "-" after KIND (dataset-) the head
 * does not say how many rows come. */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "cnn1/stream.h"
#include "sys/file.h"

static void
add_classes(struct header *h, char *list)
{
	char *name[256];
	int n = 0;

	if (!strcmp(list, "-"))
		return;
	for (char *s = strtok(list, ","); s && n < 256; s = strtok(NULL, ","))
		name[n++] = s;
	meta_set_texts(&h->meta, "classes", n, name);
}

static void
add_tensor(struct header *h, char *spec, int64_t rows)
{
	char *dtype = strchr(spec, ':'), *shape = dtype ? strchr(dtype + 1, ':') : NULL;
	struct shape s = { 1, { rows } };

	if (!shape)
		die(EX_USAGE, "%s: expected NAME:DTYPE:SHAPE", spec);
	*dtype++ = *shape++ = '\0';
	for (char *d = strtok(shape, "x"); d && s.n < RANK_MAX; d = strtok(NULL, "x"))
		s.d[s.n++] = atoll(d);
	header_add(h, spec, (enum dtype)dtype_parse(dtype), &s);
}

/* out = the next `numbers` numbers of the line, as dtype */
static char *
parse(char *line, enum dtype dtype, int64_t numbers, char *out)
{
	for (int64_t k = 0; k < numbers; k++, out += dtype_size(dtype)) {
		char *end;
		double v = strtod(line, &end);
		if (end == line)
			die(EX_DATAERR, "a line has too few numbers");
		line = end;
		if (dtype == DT_U1)
			*(uint8_t *)out = (uint8_t)v;
		else if (dtype == DT_I4)
			memcpy(out, &(int32_t){ (int32_t)v }, 4);
		else if (dtype == DT_I8)
			memcpy(out, &(int64_t){ (int64_t)v }, 8);
		else if (dtype == DT_F4)
			memcpy(out, &(float){ (float)v }, 4);
		else
			memcpy(out, &v, 8);
	}
	return line;
}

int
main(int argc, char **argv)
{
	struct header h = { 0 };
	char **line = NULL, *one = NULL;
	size_t room = 0, n = 0;

	program = "rows";
	if (argc < 4)
		die(EX_USAGE, "usage: rows KIND CLASSES NAME:DTYPE:SHAPE...");
	while (getline(&one, &room, stdin) > 0) {
		line = xrealloc(line, n + 1, sizeof *line);
		line[n++] = xstrdup(one);
	}
	bool unknown = argv[1][strlen(argv[1]) - 1] == '-';
	snprintf(h.kind, sizeof h.kind, "%.*s", (int)strlen(argv[1]) - unknown, argv[1]);
	add_classes(&h, argv[2]);
	for (int i = 3; i < argc; i++)
		add_tensor(&h, argv[i], unknown ? -1 : (int64_t)n);

	struct stream *s = stream_out(file_out("-", true), "<stdout>", &h);
	struct rows r = { .n = 1, .data = xcalloc((size_t)h.tensors, sizeof *r.data) };
	for (int t = 0; t < h.tensors; t++)
		r.data[t] = xcalloc((size_t)shape_count(&h.tensor[t].shape, 1), 8);
	for (size_t i = 0; i < n; i++) {
		char *at = line[i];
		for (int t = 0; t < h.tensors; t++)
			at = parse(at, h.tensor[t].dtype, shape_count(&h.tensor[t].shape, 1), r.data[t]);
		stream_write(s, &r);
	}
	stream_end(s);
	return 0;
}
