/* What a stream says of itself before its rows */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "cnn1/stream.h"

size_t
tensor_row_size(const struct tensor *t)
{
	return (size_t)shape_count(&t->shape, 1) * dtype_size(t->dtype);
}

bool
tensor_is_labels(const struct tensor *t)
{
	return t->dtype == DT_U1 && t->shape.n == 1;
}

bool
kind_aligned(const char *kind)
{
	return !strcmp(kind, "dataset") || !strcmp(kind, "predictions") || !strcmp(kind, "activations");
}

void
header_copy(struct header *to, const struct header *from)
{
	struct header h = { .tensors = from->tensors, .made = from->made };

	memcpy(h.kind, from->kind, sizeof h.kind);
	h.tensor = xcalloc((size_t)h.tensors, sizeof *h.tensor);
	if (h.tensors)
		memcpy(h.tensor, from->tensor, (size_t)h.tensors * sizeof *h.tensor);
	meta_copy(&h.meta, &from->meta);
	meta_copy(&h.other, &from->other);
	h.made_by = xcalloc((size_t)h.made, sizeof *h.made_by);
	for (int i = 0; i < h.made; i++)
		meta_copy(&h.made_by[i], &from->made_by[i]);
	*to = h;
}

void
header_forget_made(struct header *h)
{
	for (int i = 0; i < h->made; i++)
		meta_free(&h->made_by[i]);
	free(h->made_by);
	h->made_by = NULL;
	h->made = 0;
}

void
header_free(struct header *h)
{
	header_forget_made(h);
	free(h->tensor);
	meta_free(&h->meta);
	meta_free(&h->other);
	*h = (struct header){ 0 };
}

/* Names become file names and lines of text elsewhere. */
bool
tensor_name_fits(const char *p, size_t n)
{
	if (n == 0 || n > TENSOR_NAME_MAX || p[0] == '/' || !utf8_is(p, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)p[i] < ' ' || p[i] == 0x7f)
			return false;
		if ((unsigned char)p[i] == 0xc2 && i + 1 < n && (unsigned char)p[i + 1] < 0xa0)
			return false; /* U+0080..U+009F: some terminals obey them, too */
		bool starts = i == 0 || p[i - 1] == '/';
		if (starts && n - i >= 2 && p[i] == '.' && p[i + 1] == '.' && (n - i == 2 || p[i + 2] == '/'))
			return false;
	}
	return true;
}

int
header_add(struct header *h, const char *name, enum dtype dtype, const struct shape *shape)
{
	if (!tensor_name_fits(name, strlen(name)))
		die(EX_DATAERR, "tensor name \"%.64s\": must be 1 to %d printable characters in UTF-8, without / in front or .. between",
		    name, TENSOR_NAME_MAX);
	h->tensor = xrealloc(h->tensor, (size_t)h->tensors + 1, sizeof *h->tensor);
	struct tensor *t = &h->tensor[h->tensors];
	*t = (struct tensor){ .dtype = dtype, .shape = *shape };
	strcpy(t->name, name);
	return h->tensors++;
}

int
header_find(const struct header *h, const char *name)
{
	for (int t = 0; t < h->tensors; t++)
		if (!strcmp(h->tensor[t].name, name))
			return t;
	return -1;
}

void
header_made(struct header *h, const struct opt *opts, const uint64_t *seed, const char *arithmetic, int inputs,
            const char *const *ids)
{
	struct meta made = { 0 }, options = { 0 };

	for (const struct opt *o = opts; o && o->name; o++)
		if (o->nature && o->kind != OPT_CALL && *opt_text(o))
			meta_set_text(&options, o->name, opt_text(o));
	meta_set_text(&made, "program", program);
	meta_set_text(&made, "version", VERSION);
	meta_set_meta(&made, "options", &options);
	if (seed)
		meta_set_uint(&made, "seed", *seed);
	if (arithmetic)
		meta_set_text(&made, "arithmetic", arithmetic);
	meta_set_texts(&made, "inputs", inputs, (char *const *)ids);
	meta_free(&options);
	h->made_by = xrealloc(h->made_by, (size_t)h->made + 1, sizeof *h->made_by);
	h->made_by[h->made++] = made;
}
