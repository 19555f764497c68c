/* tensor-npy: the tensors of a stream as NumPy's .npy and .npz */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/die.h"
#include "base/opt.h"
#include "cnn1/stream.h"
#include "format/npy.h"
#include "sys/file.h"

static const char *tensor;
static bool npz;
static const char *output;

static const struct opt opts[] = {
	{ 't', "tensor", OPT_TEXT, &tensor, "NAME", "only this tensor", 0, 0, NULL },
	{ 'z', "npz", OPT_FLAG, &npz, NULL, "an archive (.npz) of all tensors instead of one array (.npy)", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

enum { ALL = -1, BLOCK = 1 << 20 };

/* The tensor to write, or ALL. */
static int
choose(const struct stream *in)
{
	const struct header *h = stream_header(in);
	char known[512] = "";
	size_t used = 0;

	if (tensor)
		return stream_tensor(in, tensor);
	if (npz)
		return ALL;
	if (h->tensors == 1)
		return 0;
	for (int t = 0; t < h->tensors && used < sizeof known; t++)
		used += (size_t)snprintf(known + used, sizeof known - used, " %s", h->tensor[t].name);
	die(EX_USAGE, "%s: holds %d tensors; choose one with --tensor NAME, or take all with --npz; it has:%s",
	    stream_name(in), h->tensors, known);
}

static size_t
header_of(const struct stream *in, int t, char header[NPY_HEADER])
{
	struct shape shape = stream_header(in)->tensor[t].shape;

	shape.d[0] = stream_rows(in, t);
	return npy_header(stream_header(in)->tensor[t].dtype, &shape, header);
}

/* ---- one array whose rows are known: straight through ---- */

static void
pass(struct stream *in, int one, FILE *out)
{
	const struct tensor *x = &stream_header(in)->tensor[one];
	char header[NPY_HEADER];
	enum record r;

	file_write(out, header, npy_header(x->dtype, &x->shape, header));
	while ((r = stream_next(in)) != RECORD_END)
		if (r == RECORD_DATA && stream_piece(in)->t == one)
			file_write(out, stream_piece(in)->data, (size_t)stream_piece(in)->n * tensor_row_size(x));
}

/* ---- otherwise rows are kept in a temporary file: an array begins with their number, and an archive holds one array after
 * the other, while a stream may alternate between tensors ---- */

struct chunk {
	int t;
	off_t at;
	size_t size;
	size_t next; /* of the same tensor; 0: none, as nothing follows itself */
};

struct kept {
	FILE *f;
	off_t size;
	size_t chunks, room;
	struct chunk *chunk;
	size_t *first, *last; /* of each tensor: place in chunk[] + 1 */
	uint32_t *crc;        /* of each tensor's numbers */
};

static void
add_chunk(struct kept *k, int t, size_t size)
{
	if (k->last[t] && k->last[t] == k->chunks) { /* continues where the last one of this tensor ended */
		k->chunk[k->chunks - 1].size += size;
		return;
	}
	if (k->chunks == k->room) {
		k->room = 2 * k->room + 64;
		k->chunk = xrealloc(k->chunk, k->room, sizeof *k->chunk);
	}
	k->chunk[k->chunks++] = (struct chunk){ t, k->size, size, 0 };
	if (k->last[t])
		k->chunk[k->last[t] - 1].next = k->chunks;
	else
		k->first[t] = k->chunks;
	k->last[t] = k->chunks;
}

static void
keep(struct stream *in, int one, struct kept *k)
{
	const struct header *h = stream_header(in);
	enum record r;

	*k = (struct kept){ .f = file_temporary(stream_name(in)) };
	k->first = xcalloc((size_t)h->tensors, sizeof *k->first);
	k->last = xcalloc((size_t)h->tensors, sizeof *k->last);
	k->crc = xcalloc((size_t)h->tensors, sizeof *k->crc);
	while ((r = stream_next(in)) != RECORD_END) {
		const struct piece *p = stream_piece(in);
		if (r != RECORD_DATA || (one != ALL && p->t != one))
			continue;
		size_t size = (size_t)p->n * tensor_row_size(&h->tensor[p->t]);
		if (fwrite(p->data, 1, size, k->f) != size)
			die(EX_IOERR, "%s: cannot keep its rows: %m; set TMPDIR to a directory with more space", stream_name(in));
		add_chunk(k, p->t, size);
		k->crc[p->t] = (uint32_t)crc32_z(k->crc[p->t], p->data, size);
		k->size += (off_t)size;
	}
	if (fflush(k->f))
		die(EX_IOERR, "%s: cannot keep its rows: %m; set TMPDIR to a directory with more space", stream_name(in));
}

/* put(ctx, data, n) gets the numbers of tensor t. */
static void
bring(const struct kept *k, int t, void (*put)(void *ctx, const void *data, size_t n), void *ctx)
{
	static char buf[BLOCK];

	for (size_t c = k->first[t]; c; c = k->chunk[c - 1].next) {
		if (fseeko(k->f, k->chunk[c - 1].at, SEEK_SET))
			die(EX_IOERR, "temporary file: %m");
		for (size_t left = k->chunk[c - 1].size, n; left > 0; left -= n) {
			n = fread(buf, 1, left < BLOCK ? left : BLOCK, k->f);
			if (n == 0)
				die(EX_IOERR, "temporary file: cannot read back");
			put(ctx, buf, n);
		}
	}
}

static void
put_file(void *out, const void *data, size_t n)
{
	file_write(out, data, n);
}

static void
put_zip(void *zip, const void *data, size_t n)
{
	zip_put(zip, data, n);
}

static void
archive_one(const struct stream *in, int t, const struct kept *k, struct zip_out *zip)
{
	const struct tensor *x = &stream_header(in)->tensor[t];
	char header[NPY_HEADER];
	uint64_t numbers = (uint64_t)stream_rows(in, t) * tensor_row_size(x);

	size_t n = header_of(in, t, header);
	uLong crc = crc32_combine(crc32_z(0, (const Bytef *)header, n), k->crc[t], (z_off_t)numbers);
	char *name = text("%s.npy", x->name);
	zip_begin(zip, name, n + numbers, (uint32_t)crc);
	zip_put(zip, header, n);
	bring(k, t, put_zip, zip);
	free(name);
}

static void
archive(struct stream *in, int one, FILE *out)
{
	struct zip_out zip = { .f = out };
	struct kept k;

	keep(in, one, &k);
	for (int t = 0; t < stream_header(in)->tensors; t++)
		if (one == ALL || t == one)
			archive_one(in, t, &k, &zip);
	zip_finish(&zip);
}

static void
count_and_pass(struct stream *in, int one, FILE *out)
{
	char header[NPY_HEADER];
	struct kept k;

	keep(in, one, &k);
	file_write(out, header, header_of(in, one, header));
	bring(&k, one, put_file, out);
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "[FILE]", "Write tensors as NumPy arrays (.npy, .npz).", 0, 1);
	struct stream *in = stream_open(opt_operand(argc, argv, operand));

	stream_object(in);
	int one = choose(in);
	FILE *out = file_out(output, true);
	if (npz)
		archive(in, one, out);
	else if (stream_header(in)->tensor[one].shape.d[0] < 0)
		count_and_pass(in, one, out);
	else
		pass(in, one, out);
	stream_close(in);
	file_done(out);
	return 0;
}
