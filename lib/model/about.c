#include "model/about.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"

void
about_free(struct about *a)
{
	classes_free(&a->classes);
	meta_free(&a->standardized);
	memset(a, 0, sizeof *a);
}

/* What is there but cannot be read is not the same as nothing: it would agree with anything. */
void
about_from_meta(const char *name, const struct meta *m, struct about *a)
{
	memset(a, 0, sizeof *a);
	if (!classes_get(m, &a->classes))
		die(EX_DATAERR, "%s: the classes in its header cannot be read; expected a list of at most %d names", name,
		    CLASSES_MAX);
	if (meta_find(m, "standardized") && !meta_meta(m, "standardized", &a->standardized))
		die(EX_DATAERR, "%s: the standardization in its header cannot be read; expected a map", name);
}

static bool
classes_equal(const struct about *a, const struct about *b)
{
	if (a->classes.n == 0 || b->classes.n == 0) /* not known: photos without labels */
		return true;
	if (a->classes.n != b->classes.n)
		return false;
	for (int i = 0; i < a->classes.n; i++)
		if (strcmp(a->classes.name[i], b->classes.name[i]))
			return false;
	return true;
}

/* "raw", "standardized per image", "standardized per dataset" */
static char *
standardization(const struct about *a)
{
	char *per;

	if (a->standardized.n == 0)
		return xstrdup("raw");
	if (!meta_text(&a->standardized, "per", &per))
		return xstrdup("standardized in an unknown way");
	char *s = text("standardized per %s", per);
	free(per);
	return s;
}

/* Would a user see no difference? */
static bool
classes_look_equal(const struct about *a, const struct about *b)
{
	for (int i = 0; i < a->classes.n && a->classes.n == b->classes.n; i++)
		if (class_like(a->classes.name[i], 1, &b->classes.name[i]) < 0)
			return false;
	return a->classes.n == b->classes.n;
}

const char *
about_differ(const struct about *a, const struct about *b)
{
	static char *why;
	char *sa = standardization(a), *sb = standardization(b);

	free(why);
	why = NULL;
	if (!classes_equal(a, b) && classes_look_equal(a, b))
		why = text("classes that look the same, but are encoded differently (NFC and NFD); give both the same --classes");
	else if (!classes_equal(a, b))
		why = text("other classes (%d, first %s; %d, first %s)", a->classes.n,
		           a->classes.n ? a->classes.name[0] : "none", b->classes.n, b->classes.n ? b->classes.name[0] : "none");
	else if (a->untold || b->untold)
		;
	else if (strcmp(sa, sb))
		why = text("one is %s, the other %s", sa, sb);
	else if (!meta_equal(&a->standardized, &b->standardized))
		why = text("standardized with other means or deviations");
	free(sa);
	free(sb);
	return why;
}

void
standardized_of(const char *path, struct meta *how)
{
	struct stream *in = stream_open(path);
	struct about a;

	stream_object(in);
	about_from_meta(stream_name(in), &stream_header(in)->meta, &a);
	if (a.standardized.n == 0)
		die(EX_DATAERR, "%s: does not say how it was standardized; was it?", stream_name(in));
	meta_copy(how, &a.standardized);
	about_free(&a);
	while (stream_object(in)) /* the rest is checked too, so that nothing is taken from a damaged file */
		;
	stream_free(in);
}
