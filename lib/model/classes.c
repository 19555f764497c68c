#include "model/classes.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/table.h"

/* ---- names that only look the same ---- */

/* The Latin letters that Unicode knows as one character and as a letter and a mark (UnicodeData.txt, U+00C0 to U+017F and
 * U+01CD to U+01D4): letters, and in the same order what they are with the mark. Each has two bytes in UTF-8, the marks, too. */
static const struct {
	const char *mark, *letters, *marked;
} latin[] = {
	{ "\u0300", "AEIOUaeiou", "ÀÈÌÒÙàèìòù" },
	{ "\u0301", "AEIOUYaeiouyCcLlNnRrSsZz", "ÁÉÍÓÚÝáéíóúýĆćĹĺŃńŔŕŚśŹź" },
	{ "\u0302", "AEIOUaeiouCcGgHhJjSsWwYy", "ÂÊÎÔÛâêîôûĈĉĜĝĤĥĴĵŜŝŴŵŶŷ" },
	{ "\u0303", "ANOanoIiUu", "ÃÑÕãñõĨĩŨũ" },
	{ "\u0304", "AaEeIiOoUu", "ĀāĒēĪīŌōŪū" },
	{ "\u0306", "AaEeGgIiOoUu", "ĂăĔĕĞğĬĭŎŏŬŭ" },
	{ "\u0307", "CcEeGgIZz", "ĊċĖėĠġİŻż" },
	{ "\u0308", "AEIOUaeiouyY", "ÄËÏÖÜäëïöüÿŸ" },
	{ "\u030a", "AaUu", "ÅåŮů" },
	{ "\u030b", "OoUu", "ŐőŰű" },
	{ "\u030c", "CcDdEeLlNnRrSsTtZzAaIiOoUu", "ČčĎďĚěĽľŇňŘřŠšŤťŽžǍǎǏǐǑǒǓǔ" },
	{ "\u0327", "CcGgKkLlNnRrSsTt", "ÇçĢģĶķĻļŅņŖŗŞşŢţ" },
	{ "\u0328", "AaEeIiUu", "ĄąĘęĮįŲų" },
};
enum { LATIN = sizeof latin / sizeof *latin, BYTES = 2 };

/* The letter and the mark of the character at s, written to `to`; false: it is not such a character. */
static bool
take_apart(const char *s, char to[1 + BYTES])
{
	for (int i = 0; i < LATIN; i++)
		for (const char *m = latin[i].marked; *m; m += BYTES)
			if (!strncmp(s, m, BYTES)) {
				to[0] = latin[i].letters[(m - latin[i].marked) / BYTES];
				memcpy(to + 1, latin[i].mark, BYTES);
				return true;
			}
	return false;
}

/* s with these letters as two characters (NFD); the caller frees. */
static char *
apart(const char *s)
{
	char *to = xcalloc(strlen(s) + 1, 1 + BYTES), *at = to;

	while (*s) {
		if (take_apart(s, at)) {
			at += 1 + BYTES;
			s += BYTES;
		} else {
			*at++ = *s++;
		}
	}
	return to;
}

static bool
alike(const char *a, const char *b)
{
	char *x = apart(a), *y = apart(b);
	bool same = !strcmp(x, y);

	free(x);
	free(y);
	return same;
}

int
class_like(const char *s, int n, char *const *name)
{
	for (int i = 0; i < n; i++)
		if (alike(s, name[i]))
			return i;
	return -1;
}

/* ---- a list ---- */

static void
add(const char *list, const char *one, struct classes *c)
{
	const int like = class_like(one, c->n, c->name);

	if (!*one)
		die(EX_USAGE, "--classes %s: a name is empty", list);
	if (like >= 0 && strcmp(one, c->name[like]))
		die(EX_USAGE, "--classes %s: %s and %s look the same, but are encoded differently (NFC and NFD); leave one out", list,
		    c->name[like], one);
	if (like >= 0)
		die(EX_USAGE, "--classes %s: %s is given twice; give each class a name of its own", list, one);
	if (c->n == CLASSES_MAX)
		die(EX_USAGE, "--classes: more than %d", CLASSES_MAX);
	c->name[c->n++] = xstrdup(one);
}

void
classes_parse(const char *list, struct classes *c)
{
	char *copy = xstrdup(list), *rest = copy;

	c->n = 0;
	for (char *one; (one = strsep(&rest, ","));)
		add(list, one, c);
	free(copy);
}

bool
classes_get(const struct meta *m, struct classes *c)
{
	c->n = 0;
	return !meta_find(m, "classes") || meta_texts(m, "classes", CLASSES_MAX, &c->n, c->name);
}

void
classes_set(struct meta *m, const struct classes *c)
{
	meta_set_texts(m, "classes", c->n, c->name);
}

int
classes_width(const struct classes *c, int at_least)
{
	int width = at_least;

	for (int i = 0; i < c->n; i++)
		width = wider(width, c->name[i]);
	return width < CLASS_SHOWN ? width : CLASS_SHOWN;
}

void
classes_free(struct classes *c)
{
	while (c->n > 0)
		free(c->name[--c->n]);
}

/* ---- one class ---- */

static char message[512];

static const char *
wrong(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof message, fmt, args);
	va_end(args);
	return message;
}

/* The first place of the name, -1: nowhere; *last: the last place. */
static int
by_name(const char *word, int n, char *const *name, int *last)
{
	int first = -1;

	for (int i = 0; i < n; i++)
		if (!strcmp(name[i], word)) {
			first = first < 0 ? i : first;
			*last = i;
		}
	return first;
}

static int
by_number(const char *word, int count)
{
	int64_t number;

	return parse_int(word, &number) && number >= 0 && number < count ? (int)number : -1;
}

static const char *
not_found(const char *word, int n, char *const *name)
{
	const int like = class_like(word, n, name);

	if (like < 0)
		return wrong("no class '%.100s'", word);
	return wrong("no class '%.100s', but number %d looks the same, encoded differently (NFC and NFD); write number:%d", word, like,
	             like);
}

const char *
class_find(const char *word, int n, char *const *name, int count, int *found)
{
	const bool names_only = !strncmp(word, "name:", 5), numbers_only = !strncmp(word, "number:", 7);
	const char *bare = word + (names_only ? 5 : numbers_only ? 7 : 0);
	int last = -1, named = numbers_only ? -1 : by_name(bare, n, name, &last), number = names_only ? -1 : by_number(bare, count);

	if (named < 0 && number < 0)
		return not_found(bare, numbers_only ? 0 : n, name);
	if (named != last)
		return wrong("classes %d and %d are both called %.100s; write number:%d or number:%d", named, last, bare, named, last);
	if (named >= 0 && number >= 0 && named != number)
		return wrong("%s is the name of class %d and the number of another; write name:%s or number:%s", bare, named, bare, bare);
	*found = named >= 0 ? named : number;
	return NULL;
}
