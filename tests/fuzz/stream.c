/* The stream reader, over whole objects: checksums of records are made right first, and with them what the end says of the contents,
 * so that the bytes after both are reached. What was read is written again and must be the same to a second reader. */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "fuzz.h"
#include "cnn1/digest.h"
#include "sys/file.h"

static FILE *copy; /* of what was read, as the writer writes it; only its id is used, not its bytes */
static char ids[8][ID_SIZE], said[8][ID_SIZE]; /* of the first objects: computed, and as the input says */
static int objects;

/* ---- reading in three ways ---- */

/* Every record, and the id by ourselves: that of today, and in `ids` the one of the kind that the stream has. */
static void
read_object(struct stream *s, struct stream *out, char id[ID_SIZE])
{
	const struct header *h = stream_header(s);
	struct digest *contents = digest_start(h->tensors, true);
	int64_t *rows = xcalloc((size_t)h->tensors, sizeof *rows);
	enum record r;

	while ((r = stream_next(s)) != RECORD_END) {
		const struct piece *p = stream_piece(s);
		if (r == RECORD_EVENT) {
			json_meta(stdout, stream_event(s));
			stream_put_event(out, stream_event(s));
			continue;
		}
		size_t size = (size_t)p->n * (size_t)shape_count(&h->tensor[p->t].shape, 1) * dtype_size(h->tensor[p->t].dtype);
		MUST(p->t < h->tensors && p->i0 == rows[p->t]);
		digest_rows(contents, p->t, p->data, size);
		rows[p->t] += p->n;
		/* aligned kinds keep what is ahead in memory: that is the reader's bound below, not the writer's */
		if (!stream_aligned(s))
			stream_put(out, p->t, p->n, p->data);
	}
	digest_id(h, rows, contents, ID_DIGITS, id);
	if (objects < 8) {
		strcpy(said[objects], stream_id(s));
		digest_id(h, rows, contents, strlen(said[objects]), ids[objects]);
	}
	digest_free(contents);
	free(rows);
}

static void
show(const struct header *h)
{
	char shape[200];

	for (int t = 0; t < h->tensors; t++)
		printf("%s %s\n", h->tensor[t].name, shape_text(&h->tensor[t].shape, shape, sizeof shape));
	json_meta(stdout, &h->meta);
	json_meta(stdout, &h->other);
	for (int i = 0; i < h->made; i++)
		json_meta(stdout, &h->made_by[i]);
}

static void
read_records(const uint8_t *data, size_t size)
{
	struct stream *s = stream_in(fuzz_file(data, size), "input");

	for (objects = 0; stream_object(s); objects++) {
		struct header h;
		header_copy(&h, stream_header(s));
		show(&h);
		struct stream *out = stream_out(copy, "copy", &h);
		char id[ID_SIZE];
		read_object(s, out, id);
		if (!stream_aligned(s)) {
			stream_end_object(out);
			file_flush(copy); /* which lets go of the end, held back until nothing can fail */
			MUST(!strcmp(stream_id(out), id));
		}
		stream_free(out);
		header_free(&h);
	}
	stream_close(s);
}

/* Checking the contents against the id; what is wrong is only found at the end. */
static void
read_verified(const uint8_t *data, size_t size)
{
	struct stream *s = stream_in(fuzz_file(data, size), "input");

	stream_verify(s);
	while (stream_object(s))
		;
	stream_close(s);
}

static void
read_rows(const uint8_t *data, size_t size)
{
	struct stream *s = stream_in(fuzz_file(data, size), "input");
	struct rows r;

	while (stream_object(s)) {
		const struct header *h = stream_header(s);
		int64_t next = 0;
		while (stream_aligned(s) && stream_read(s, &r)) {
			MUST(r.i0 == next && r.n > 0);
			next += r.n;
			for (int t = 0; t < h->tensors; t++)
				fuzz_touch(r.data[t],
				           (size_t)r.n * (size_t)shape_count(&h->tensor[t].shape, 1) * dtype_size(h->tensor[t].dtype));
		}
	}
	stream_close(s);
}

/* ---- */

/* The id that a stream of one object says becomes the right one; false if the same text is elsewhere, too. */
static bool
seal_id(uint8_t *p, size_t n)
{
	const size_t digits = strlen(said[0]);
	uint8_t *at = memmem(p, n, said[0], digits);

	MUST(at);
	uint8_t *rest = at + digits;
	if (memmem(rest, (size_t)(p + n - rest), said[0], digits))
		return false;
	memcpy(at, ids[0], digits);
	fuzz_seal_records(p, n);
	return true;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	return fuzz_mutate_records(data, size, most, seed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a tensor's description of 20 bytes becomes 340, and 112 to hash it; a record is decoded, and its maps copied */
	const size_t memory = (200 << 10) + 200 * size;
	uint8_t *p = malloc(size + 1);

	if (!copy)
		setvbuf(copy = fuzz_sink(), NULL, _IONBF, 0);
	memcpy(p, data, size);
	fuzz_seal_records(p, size);
	int status = fuzz_run(read_records, p, size, memory);
	int rows_status = fuzz_run(read_rows, p, size, memory);
	MUST(status == 0 || status == EX_DATAERR);
	MUST(rows_status == 0 || rows_status == EX_DATAERR);
	if (status == 0 && objects <= 8) {
		bool same = true;
		for (int i = 0; i < objects; i++)
			same = same && !strcmp(ids[i], said[i]);
		MUST(fuzz_run(read_verified, p, size, memory) == (same ? 0 : EX_DATAERR));
		if (objects == 1 && seal_id(p, size))
			MUST(fuzz_run(read_verified, p, size, memory) == 0);
	}
	free(p);
	return 0;
}
