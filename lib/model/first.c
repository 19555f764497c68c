#include "model/first.h"

#include <string.h>

#include "base/die.h"

/* "holds datasets", "holds predictions" */
static char *
holds(const struct stream *s)
{
	const char *kind = stream_header(s)->kind;
	const size_t n = strlen(kind);

	return text("%s: holds %s%s", stream_name(s), kind, kind[n - 1] == 's' ? "" : "s");
}

static void
check_about(const struct stream *s, const struct about *first, const struct about *a)
{
	const char *differ = about_differ(first, a);

	if (differ)
		die(EX_DATAERR, "%s that differ: %s", holds(s), differ);
}

static void
check_tensor(const struct stream *s, const struct tensor *first, const struct tensor *t)
{
	const struct shape row = shape_rest(&t->shape, 1), first_row = shape_rest(&first->shape, 1);
	char was[200], is[200];

	if (strcmp(first->name, t->name))
		die(EX_DATAERR, "%s that differ: tensor %s is in the place of %s", holds(s), t->name, first->name);
	if (!shape_equal(&first_row, &row, 0))
		die(EX_DATAERR, "%s of different shapes, rows of %s and then of %s", holds(s),
		    shape_text(&first_row, was, sizeof was), shape_text(&row, is, sizeof is));
	if (first->dtype != t->dtype)
		die(EX_DATAERR, "%s of different types, %s and then %s", holds(s), dtype_name(first->dtype), dtype_name(t->dtype));
}

static void
check_some(const struct stream *s, const struct header *first, const char *const *only)
{
	const struct header *h = stream_header(s);

	for (; *only; only++) {
		const int was = header_find(first, *only), is = header_find(h, *only);
		if ((was < 0) != (is < 0))
			die(EX_DATAERR, "%s with %s and without", holds(s), *only);
		if (was >= 0)
			check_tensor(s, &first->tensor[was], &h->tensor[is]);
	}
}

static void
check_all(const struct stream *s, const struct header *first)
{
	const struct header *h = stream_header(s);

	if (h->tensors != first->tensors)
		die(EX_DATAERR, "%s that differ: %d tensors and then %d", holds(s), first->tensors, h->tensors);
	for (int t = 0; t < h->tensors; t++)
		check_tensor(s, &first->tensor[t], &h->tensor[t]);
}

void
first_like(struct first *f, const struct stream *s, struct about *a, const char *const *only)
{
	if (!f->known) {
		*f = (struct first){ .known = true, .about = *a };
		header_copy(&f->head, stream_header(s));
		return;
	}
	check_about(s, &f->about, a);
	if (only)
		check_some(s, &f->head, only);
	else
		check_all(s, &f->head);
	about_free(a);
}
