/* data FILE: GB/s of reading and writing the stream FILE, and of memcpy, in turns, the best of ROUNDS. Everything counts the
 * bytes it takes and the bytes it gives: a copy both, reading the file's and the rows', writing the rows' and the file's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/die.h"
#include "timing.h"
#include "sys/file.h"
#include "cnn1/stream.h"

enum { ROUNDS = 20 };
static const size_t COPY = (size_t)256 << 20;

static double
copy_speed(char *to, const char *from)
{
	const double start = seconds();

	memcpy(to, from, COPY);
	__asm__ volatile("" : : "r"(to) : "memory");
	return 2.0 * (double)COPY / (seconds() - start);
}

static size_t
rows_bytes(const struct header *h, int64_t n)
{
	size_t bytes = 0;

	for (int t = 0; t < h->tensors; t++)
		bytes += (size_t)(n * shape_count(&h->tensor[t].shape, 1)) * dtype_size(h->tensor[t].dtype);
	return bytes;
}

/* Reads `path`; the bytes taken and given. */
static double
read_speed(const char *path)
{
	struct rows r;
	size_t bytes = 0;
	FILE *f = file_in(path);
	const double start = seconds();
	struct stream *in = stream_in(f, path);

	while (stream_object(in))
		while (stream_read(in, &r))
			bytes += rows_bytes(stream_header(in), r.n);
	const double t = seconds() - start;
	bytes += (size_t)ftell(f);
	stream_free(in);
	return (double)bytes / t;
}

/* Writes the first object's first rows again and again, as many bytes as a copy has, to a file in memory whose pages exist
 * from the second round on. */
static double
write_speed(const char *path, int memory)
{
	struct rows r;
	struct stream *in = stream_in(file_in(path), path);

	if (!stream_object(in) || !stream_read(in, &r))
		die(EX_DATAERR, "%s: no rows", path);
	struct header h = *stream_header(in);
	const size_t piece = rows_bytes(&h, r.n);
	const int pieces = (int)(COPY / piece) + 1;
	for (int t = 0; t < h.tensors; t++)
		h.tensor[t].shape.d[0] = pieces * r.n;
	lseek(memory, 0, SEEK_SET);
	FILE *f = fdopen(dup(memory), "wb");
	if (!f)
		die(EX_OSERR, "fdopen fails");
	const double start = seconds();
	struct stream *out = stream_out(f, "<memory>", &h);
	for (int i = 0; i < pieces; i++, r.i0 += r.n)
		stream_write(out, &r);
	stream_end_object(out);
	fflush(f);
	const double t = seconds() - start;
	stream_free(out);
	stream_free(in);
	return ((double)piece * pieces + (double)lseek(memory, 0, SEEK_CUR)) / t;
}

static void
keep(double *best, double speed)
{
	*best = speed > *best ? speed : *best;
}

int
main(int argc, char **argv)
{
	double copy = 0, in = 0, out = 0;

	program = "data";
	if (argc != 2)
		die(EX_USAGE, "usage: data FILE");
	char *a = malloc(COPY), *b = malloc(COPY);
	const int memory = memfd_create("bench", 0);
	if (!a || !b || memory < 0)
		die(EX_OSERR, "no memory");
	memset(a, 1, COPY);
	memset(b, 2, COPY);
	for (int r = 0; r < ROUNDS; r++) {
		keep(&copy, copy_speed(a, b));
		keep(&in, read_speed(argv[1]));
		keep(&out, write_speed(argv[1], memory));
	}
	printf("memcpy\t%.3f\nstream read\t%.3f\nstream write\t%.3f\n", copy * 1e-9, in * 1e-9, out * 1e-9);
	return 0;
}
