/* repeat TIMES: the object on stdin with all its rows so often, as one object */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "cnn1/stream.h"
#include "sys/file.h"

/* All rows of all tensors, in memory. */
struct kept_file {
	int64_t n;
	char **data;
	size_t *row;
};

static struct kept_file
keep(struct stream *in)
{
	const struct header *h = stream_header(in);
	struct kept_file k = { .data = xcalloc((size_t)h->tensors, sizeof *k.data), .row = xcalloc((size_t)h->tensors, sizeof *k.row) };
	struct rows r;

	for (int t = 0; t < h->tensors; t++)
		k.row[t] = (size_t)shape_count(&h->tensor[t].shape, 1) * dtype_size(h->tensor[t].dtype);
	while (stream_read(in, &r)) {
		for (int t = 0; t < h->tensors; t++) {
			k.data[t] = xrealloc(k.data[t], (size_t)(k.n + r.n), k.row[t]);
			memcpy(k.data[t] + (size_t)k.n * k.row[t], r.data[t], (size_t)r.n * k.row[t]);
		}
		k.n += r.n;
	}
	return k;
}

int
main(int argc, char **argv)
{
	program = "repeat";
	if (argc != 2)
		die(EX_USAGE, "usage: repeat TIMES");
	const int64_t times = atoll(argv[1]);
	struct stream *in = stream_in(stdin, "<stdin>");
	struct header h;
	stream_object(in);
	header_copy(&h, stream_header(in));
	struct kept_file k = keep(in);
	for (int t = 0; t < h.tensors; t++)
		h.tensor[t].shape.d[0] = times * k.n;

	struct stream *out = stream_out(file_out(NULL, true), "<stdout>", &h);
	for (int64_t i = 0; i < times; i++)
		stream_write(out, &(struct rows){ .n = k.n, .data = (void **)k.data });
	stream_end(out);
	return 0;
}
