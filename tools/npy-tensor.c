/* npy-tensor: arrays of NumPy (.npy, .npz) as a stream */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/utf8.h"
#include "cnn1/stream.h"
#include "format/npy.h"
#include "model/dataset.h"
#include "sys/file.h"

static const char *kind, *class_list, *like, *standardized, *output;

static const struct opt opts[] = {
	{ 'k', "kind", OPT_TEXT, &kind, "KIND", "tensors, dataset, predictions or activations; default: tensors, or that of --like",
	  0, 0, "data" },
	{ 'c', "classes", OPT_TEXT, &class_list, "A,B,...", "names of the classes, the first for label 0", 0, 0, "data" },
	{ 'l', "like", OPT_READ, &like, "FILE", "take all but the numbers from this stream: kind, order of tensors, meta, history",
	  0, 0, NULL },
	{ 0, "standardized", OPT_TEXT, &standardized, "image|FILE", "the images were standardized, each by itself or like FILE", 0, 0,
	  NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

enum { BLOCK = 1 << 20, ALIGNED_MAX = 64 };

/* An array that becomes a tensor: where it is, and what its header says. */
struct source {
	const struct zip *zip;
	int member;
	char *name;
	struct npy_in in;
	struct npy first;    /* as it was when its header was read first */
	enum dtype dtype;    /* of the tensor */
	struct shape shape;
	size_t kept;         /* bytes in memory from its first row to its last, for a compressed file of any size */
};

struct sources {
	int n, files;
	struct source *source;
	struct zip **file;
};

/* ---- operands ---- */

/* "out/x.npy" is x, "conv2d/kernel.npy" in an archive is conv2d/kernel */
static char *
tensor_name(const char *file, bool member)
{
	const char *base = strrchr(file, '/') && !member ? strrchr(file, '/') + 1 : file;
	size_t n = strlen(base);

	if (n > 4 && !strcmp(base + n - 4, ".npy"))
		n -= 4;
	else if (member)
		die(EX_DATAERR, "%s: a member of the archive is not a .npy", file);
	return text("%.*s", (int)n, base);
}

static void
source_open(struct source *s)
{
	if (s->in.from)
		return;
	npy_open(&s->in, unzip_open(s->zip, s->member));
	if (s->shape.n && (s->in.a.dtype != s->first.dtype || !shape_equal(&s->in.a.shape, &s->first.shape, 0)))
		die(EX_DATAERR, "%s: its type or shape changed while it was read", s->zip->name);
}

static void
add_source(struct sources *all, const struct zip *zip, int member, char *name)
{
	for (int i = 0; i < all->n; i++)
		if (!strcmp(all->source[i].name, name))
			die(EX_DATAERR, "%s: a second tensor %s; give another name as NAME=FILE", zip->name, name);
	if (!utf8_is(name, strlen(name)))
		die(EX_DATAERR, "%s: a tensor's name %s is not UTF-8; give another name as NAME=FILE", zip->name, name);
	if (all->n == TENSORS_MAX)
		die(EX_DATAERR, "%s: more than %d tensors", zip->name, TENSORS_MAX);
	all->source = xrealloc(all->source, (size_t)all->n + 1, sizeof *all->source);
	struct source *s = &all->source[all->n++];
	*s = (struct source){ .zip = zip, .member = member, .name = name };
	source_open(s);
	s->first = s->in.a;
	s->dtype = s->in.a.dtype;
	s->shape = s->in.a.shape;
	s->kept = unzip_deflated(s->in.from) ? npy_kept(&s->in) : 0;
	/* opened again when its turn comes: thousands of arrays need not be open at once */
	unzip_close(s->in.from);
	s->in.from = NULL;
}

static void
add_file(struct sources *all, const char *operand)
{
	const char *equals = strchr(operand, '='), *path = equals ? equals + 1 : operand;
	char *name = equals ? text("%.*s", (int)(equals - operand), operand) : NULL;
	struct zip *zip = xcalloc(1, sizeof *zip);
	FILE *f = file_seekable(file_in(path), file_name_in(path));

	if (zip_is(f, file_name_in(path)))
		zip_open(zip, f, file_name_in(path));
	else
		zip_plain(zip, f, file_name_in(path));
	if (zip->members == 0) /* folders are none */
		die(EX_DATAERR, "%s: an archive without any array", zip->name);
	if (name && zip->members > 1)
		die(EX_USAGE, "%s: holds %d arrays, which have names; expected one", operand, zip->members);
	if (!name && zip->member->plain && !strcmp(path, "-"))
		name = xstrdup("tensor");
	for (int i = 0; i < zip->members; i++)
		add_source(all, zip, i, name ? name : tensor_name(zip->member->plain ? path : zip->member[i].name, !zip->member->plain));
	all->file = xrealloc(all->file, (size_t)all->files + 1, sizeof *all->file);
	all->file[all->files++] = zip;
}

static struct source *
find(const struct sources *all, const char *name)
{
	for (int i = 0; i < all->n; i++)
		if (!strcmp(all->source[i].name, name))
			return &all->source[i];
	return NULL;
}

/* ---- the header ---- */

static void
set_classes(struct meta *meta)
{
	struct classes classes;

	classes_parse(class_list, &classes);
	classes_set(meta, &classes);
	classes_free(&classes);
}

/* Labels of Keras are (n, 1), those that NumPy made are of any whole type; ours are u1 (n). */
static void
fit_labels(struct source *y)
{
	if (y->shape.n == 2 && y->shape.d[1] == 1)
		y->shape.n = 1;
	if (y->dtype == DT_I4 || y->dtype == DT_I8)
		y->dtype = DT_U1;
	if (y->shape.n == 2)
		die(EX_DATAERR, "%s: y has %lld numbers a row; if they are one-hot, save np.argmax(y, axis=1), the labels", y->zip->name,
		    (long long)y->shape.d[1]);
	if (y->shape.n != 1 || y->dtype != DT_U1)
		die(EX_DATAERR, "%s: y is %s with %d dimensions; labels are whole numbers, one a row: see .astype('u1')", y->zip->name,
		    dtype_name(y->dtype), y->shape.n);
}

static void
check_dataset(const struct sources *all, const struct header *h)
{
	const struct source *x = find(all, "x"), *y = find(all, "y");

	if (!x)
		die(EX_DATAERR, "no array is called x; a dataset holds x and y: give them as x=FILE y=FILE");
	if ((x->dtype != DT_U1 && x->dtype != DT_F4) || x->shape.n < 2)
		die(EX_DATAERR, "%s: x is %s with %d dimensions; images are u1 or f4, one a row: see .astype('f4')", x->zip->name,
		    dtype_name(x->dtype), x->shape.n);
	if (y && !meta_find(&h->meta, "classes"))
		die(EX_USAGE, "--classes is missing; name the labels of y");
}

/* --standardized: the word that standardize would have left. */
static void
state_standardized(const struct sources *all, struct meta *meta)
{
	const struct source *x = find(all, "x");
	struct meta how = { 0 };

	if (strcmp(kind, "dataset") && strcmp(kind, "model"))
		die(EX_USAGE, "--standardized %s: only for a dataset or a model, and this is %s", standardized, kind);
	if (x && x->dtype == DT_U1)
		die(EX_DATAERR, "%s: x is u1, which is raw; standardized images are f4", x->zip->name);
	if (strcmp(standardized, "image"))
		standardized_of(standardized, &how);
	else
		meta_set_text(&how, "per", "image");
	meta_set_meta(meta, "standardized", &how);
	meta_free(&how);
}

/* Rows of all are read in turns, so that all arrays in Fortran order are in memory at the same time. */
static void
check_kept(const struct sources *all)
{
	size_t kept = 0;
	int arrays = 0;

	for (int i = 0; i < all->n; i++) {
		kept += all->source[i].kept;
		arrays += all->source[i].kept > 0;
	}
	if (kept > NPY_KEPT_MAX)
		die(EX_DATAERR, "%s: %d arrays compressed and in Fortran order, %zu MB; save them with np.ascontiguousarray",
		    all->source[0].zip->name, arrays, kept / 1000000);
}

static void
check_aligned(const struct sources *all)
{
	const struct source *first = &all->source[0];

	check_kept(all);
	if (all->n > ALIGNED_MAX)
		die(EX_DATAERR, "%s: %d tensors; a %s has at most %d", first->zip->name, all->n, kind, ALIGNED_MAX);
	for (int i = 1; i < all->n; i++)
		if (all->source[i].shape.d[0] != first->shape.d[0])
			die(EX_DATAERR, "%s has %lld rows, %s %lld; a %s has the same in all", first->name,
			    (long long)first->shape.d[0], all->source[i].name, (long long)all->source[i].shape.d[0], kind);
}

/* The same tensors as the stream that was given as a model, in its order; only numbers of rows may differ, and in a model
 * not even these. */
static void
follow(struct sources *all, const struct header *h)
{
	struct source *sorted = xcalloc((size_t)h->tensors, sizeof *sorted);
	bool model = !strcmp(h->kind, "model");

	for (int t = 0; t < h->tensors; t++) {
		const struct tensor *x = &h->tensor[t];
		const struct source *s = find(all, x->name);
		char want[200], got[200];
		if (!s)
			die(EX_DATAERR, "no array is called %s, as %s has one", x->name, like);
		if (s->dtype != x->dtype || !shape_equal(&s->shape, &x->shape, model ? 0 : 1))
			die(EX_DATAERR, "%s: %s is %s %s; in %s it is %s %s", s->zip->name, s->name, dtype_name(s->dtype),
			    shape_text(&s->shape, got, sizeof got), like, dtype_name(x->dtype),
			    shape_text(&x->shape, want, sizeof want));
		sorted[t] = *s;
	}
	for (int i = 0; i < all->n; i++)
		if (header_find(h, all->source[i].name) < 0)
			die(EX_DATAERR, "%s: %s has no tensor %s", all->source[i].zip->name, like, all->source[i].name);
	free(all->source);
	all->source = sorted;
}

/* Kind, meta and made_by of the stream; its events, to be written in front of the rows. */
static void
read_like(struct header *h, char id[ID_SIZE], struct events *events)
{
	struct stream *s = stream_open(like);
	enum record r;

	stream_object(s);
	header_copy(h, stream_header(s));
	while ((r = stream_next(s)) != RECORD_END)
		if (r == RECORD_EVENT)
			events_add(events, stream_event(s));
	strcpy(id, stream_id(s));
	stream_close(s);
}

static void
make_header(struct sources *all, struct header *h, const char *id)
{
	if (kind && !kind_aligned(kind) && strcmp(kind, "tensors") && strcmp(kind, h->kind))
		die(EX_USAGE, "--kind %s: expected tensors, dataset, predictions or activations%s", kind,
		    strcmp(kind, "model") ? "" : "; a model needs --like MODEL");
	if (!kind)
		kind = like ? xstrdup(h->kind) : "tensors";
	snprintf(h->kind, sizeof h->kind, "%s", kind);
	if (class_list)
		set_classes(&h->meta);
	if ((!strcmp(kind, "dataset") || !strcmp(kind, "predictions")) && find(all, "y"))
		fit_labels(find(all, "y"));
	if (like)
		follow(all, h);
	if (!strcmp(kind, "dataset"))
		check_dataset(all, h);
	if (standardized)
		state_standardized(all, &h->meta);
	if (kind_aligned(kind))
		check_aligned(all);
	h->tensors = 0;
	for (int i = 0; i < all->n; i++)
		header_add(h, all->source[i].name, all->source[i].dtype, &all->source[i].shape);
	header_forget_made(h); /* seeds and data of the numbers that are replaced */
	header_made(h, opts, NULL, NULL, like ? 1 : 0, &id);
}

/* ---- rows ---- */

static void
narrow(const struct source *s, const char *wide, int64_t i0, int64_t n, char *to)
{
	for (int64_t i = 0; i < n; i++) {
		double v = dtype_get(s->in.a.dtype, wide + (size_t)i * dtype_size(s->in.a.dtype));
		if (v < 0 || v > UINT8_MAX)
			die(EX_DATAERR, "%s: row %lld: label %.0f; expected 0 to %d", s->zip->name, (long long)(i0 + i), v, UINT8_MAX);
		to[i] = (char)(uint8_t)v;
	}
}

/* Weights: every reader of the model would refuse numbers that are not finite. */
static void
check_finite(const struct source *s, size_t n, const float *w)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(w[i]))
			die(EX_DATAERR, "%s: %s holds a number that is not finite, which a model cannot have", s->zip->name, s->name);
}

/* Rows i0..i0+n of a source into buf, which `wide` helps to convert. */
static void
read_rows(struct source *s, const struct about *a, int64_t i0, int64_t n, char *buf, char *wide)
{
	size_t row = (size_t)shape_count(&s->shape, 1);

	source_open(s);
	if (s->dtype == s->in.a.dtype) {
		npy_read(&s->in, buf, (size_t)n * row * dtype_size(s->dtype));
	} else {
		npy_read(&s->in, wide, (size_t)n * row * dtype_size(s->in.a.dtype));
		narrow(s, wide, i0, n, buf);
	}
	if (!strcmp(kind, "model") && s->dtype == DT_F4)
		check_finite(s, (size_t)n * row, (const float *)(const void *)buf);
	if (a->classes.n > 0 && !strcmp(s->name, "y"))
		dataset_check_labels(s->zip->name, a, i0, n, (uint8_t *)buf);
}

/* Bytes of the largest row of sources first..last-1, as it is in its file or in the stream. */
static size_t
largest_row(const struct sources *all, int first, int last)
{
	size_t most = 1;

	for (const struct source *s = all->source + first; s < all->source + last; s++) {
		const size_t from = dtype_size(s->in.a.dtype), to = dtype_size(s->dtype);
		const size_t row = (size_t)shape_count(&s->shape, 1) * (from > to ? from : to);
		most = row > most ? row : most;
	}
	return most;
}

/* Sources first..last-1, their rows in turn. */
static void
copy(struct stream *out, const struct sources *all, const struct about *a, int first, int last)
{
	const size_t row = largest_row(all, first, last);
	const int64_t block = row < BLOCK ? (int64_t)(BLOCK / row) : 1;
	char *buf = xcalloc((size_t)block, row), *wide = xcalloc((size_t)block, row);
	for (int64_t i = 0, n, rows = all->source[first].shape.d[0]; i < rows; i += n) {
		n = block < rows - i ? block : rows - i;
		for (int t = first; t < last; t++) {
			read_rows(&all->source[t], a, i, n, buf, wide);
			stream_put(out, t, n, buf);
		}
	}
	for (int t = first; t < last; t++) {
		source_open(&all->source[t]);
		npy_close(&all->source[t].in);
	}
	free(buf);
	free(wide);
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "[[NAME=]FILE...]", "Make a stream from NumPy arrays (.npy, .npz).", 0, -1);
	struct sources all = { 0 };
	struct header h = { 0 };
	struct events events = { 0 };
	struct about about = { 0 };
	char id[ID_SIZE];

	add_file(&all, opt_operand(argc, argv, operand));
	for (int i = operand + 1; i < argc; i++)
		add_file(&all, argv[i]);
	if (like)
		read_like(&h, id, &events);
	make_header(&all, &h, id);
	if (!strcmp(kind, "dataset"))
		about_from_meta(like ? file_name_in(like) : "--classes", &h.meta, &about);

	struct stream *out = stream_out(file_out(output, true), file_name_out(output), &h);
	stream_put_events(out, &events);
	if (kind_aligned(kind))
		copy(out, &all, &about, 0, all.n);
	for (int t = 0; t < all.n && !kind_aligned(kind); t++)
		copy(out, &all, &about, t, t + 1);
	stream_end(out);
	return 0;
}
