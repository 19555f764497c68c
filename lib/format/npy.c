#include "format/npy.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"

enum {
	PREFIX = 10,          /* magic of 6 bytes, version, length of the dict */
	ALIGN = 64,
	ROWS_DIGITS = 21,     /* np.save leaves room for so many, so that rows can be added in place */
	DICT_MAX = 10000,     /* NumPy's own limit */
};
static const char magic[] = "\x93NUMPY";

/* ---- writing ---- */

size_t
npy_header(enum dtype dtype, const struct shape *shape, char buf[NPY_HEADER])
{
	char *dict = buf + PREFIX, rows[32];
	size_t room = NPY_HEADER - PREFIX;

	int n = snprintf(dict, room, "{'descr': '%c%s', 'fortran_order': False, 'shape': (", dtype == DT_U1 ? '|' : '<',
	                 dtype_name(dtype));
	for (int i = 0; i < shape->n; i++)
		n += snprintf(dict + n, room - (size_t)n, "%lld%s", (long long)shape->d[i],
		              i + 1 < shape->n ? ", " : shape->n == 1 ? "," : "");
	n += snprintf(dict + n, room - (size_t)n, "), }");
	n += ROWS_DIGITS - snprintf(rows, sizeof rows, "%lld", (long long)shape->d[0]);
	size_t size = (PREFIX + (size_t)n + 1 + ALIGN - 1) / ALIGN * ALIGN;
	char *end = dict + strlen(dict);
	memset(end, ' ', (size_t)(buf + size - end));
	buf[size - 1] = '\n';
	memcpy(buf, magic, 6);
	memcpy(buf + 6, (char[]){ 1, 0, (char)(size - PREFIX), (char)((size - PREFIX) >> 8) }, 4);
	return size;
}

/* ---- the dict: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } ---- */

struct text {
	const char *p, *end;
};

static const char *
wrong(const char *fmt, ...)
{
	static char why[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof why, fmt, args);
	va_end(args);
	return why;
}

static void
skip_space(struct text *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t' || *t->p == '\n'))
		t->p++;
}

static bool
take(struct text *t, char c)
{
	skip_space(t);
	if (t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

static bool
take_word(struct text *t, const char *word)
{
	size_t n = strlen(word);

	if (!take(t, *word) || (size_t)(t->end - t->p) < n - 1 || memcmp(t->p, word + 1, n - 1))
		return false;
	t->p += n - 1;
	return true;
}

static bool
take_string(struct text *t, char *to, size_t size)
{
	char quote = take(t, '\'') ? '\'' : take(t, '"') ? '"' : 0;
	size_t n = 0;

	while (quote && t->p < t->end && *t->p != quote && n + 1 < size)
		to[n++] = *t->p++;
	to[n] = '\0';
	return quote && take(t, quote);
}

/* Types of NumPy that streams hold as another. */
static const struct other {
	const char *name;
	enum dtype as;
	size_t size;
	bool is_signed;
} others[] = {
	{ "b1", DT_U1, 1, true }, { "i1", DT_I4, 1, true }, { "i2", DT_I4, 2, true }, { "u2", DT_I4, 2, false },
	{ "u4", DT_I8, 4, false }, { "u8", DT_I8, 8, false },
};

static bool
set_type(struct npy *a, const char *name)
{
	const int own = dtype_parse(name);

	for (size_t i = 0; own < 0 && i < sizeof others / sizeof *others; i++)
		if (!strcmp(name, others[i].name)) {
			a->dtype = others[i].as;
			a->size = others[i].size;
			a->is_signed = others[i].is_signed;
			return true;
		}
	if (own < 0)
		return false;
	a->dtype = (enum dtype)own;
	a->size = dtype_size(a->dtype);
	a->is_signed = true;
	return true;
}

static const char *
take_type(struct text *t, struct npy *a)
{
	char type[16];

	if (!take_string(t, type, sizeof type))
		return "its elements are records; save one field at a time";
	const char *rest = strchr("<>=|", *type) && *type ? type + 1 : type;
	if (*rest == 'O')
		return "it holds Python objects; save it with .astype('f4')";
	if (!set_type(a, rest))
		return wrong("its numbers are %s; streams hold u1 i4 i8 f4 f8: save it with .astype('f4') or .astype('i4')", type);
	a->swapped = *type == '>' && a->size > 1;
	return NULL;
}

static const char *
take_shape(struct text *t, struct npy *a)
{
	struct shape *s = &a->shape;

	if (!take(t, '('))
		return "shape is not a tuple";
	for (s->n = 0; !take(t, ')');) {
		int64_t d = 0;
		skip_space(t);
		if (s->n == RANK_MAX)
			return wrong("more than %d dimensions", RANK_MAX);
		if (t->p == t->end || !isdigit((unsigned char)*t->p))
			return "shape holds something other than sizes";
		while (t->p < t->end && isdigit((unsigned char)*t->p)) {
			if (d > INT64_MAX / 10 - 1)
				return "shape overflows";
			d = 10 * d + (*t->p++ - '0');
		}
		if (t->p < t->end && *t->p == 'L') /* Python 2 */
			t->p++;
		s->d[s->n++] = d;
		if (!take(t, ',')) {
			if (!take(t, ')'))
				return "shape is not a tuple";
			break;
		}
	}
	int64_t count = shape_count(s, 0);
	if (count < 0 || count > INT64_MAX / (int64_t)sizeof(double))
		return "shape overflows";
	return NULL;
}

static const char *
take_value(struct text *t, const char *key, struct npy *a)
{
	if (!strcmp(key, "descr"))
		return take_type(t, a);
	if (!strcmp(key, "shape"))
		return take_shape(t, a);
	if (strcmp(key, "fortran_order"))
		return wrong("its header has an unknown key: %s", key);
	a->fortran = take_word(t, "True");
	return a->fortran || take_word(t, "False") ? NULL : "fortran_order is neither True nor False";
}

const char *
npy_parse(const char *dict, size_t n, struct npy *a)
{
	struct text t = { dict, dict + n };
	char key[16];

	*a = (struct npy){ 0 };
	if (!take(&t, '{'))
		return "its header is not a dict";
	int keys = 0;
	bool seen[256] = { false }; /* by the first letter: they differ in it */
	while (!take(&t, '}')) {
		if (!take_string(&t, key, sizeof key) || !take(&t, ':'))
			return "its header is not a dict";
		const char *why = take_value(&t, key, a);
		if (why)
			return why;
		keys += !seen[(unsigned char)*key];
		seen[(unsigned char)*key] = true;
		if (!take(&t, ',')) {
			if (!take(&t, '}'))
				return "its header is not a dict";
			break;
		}
	}
	skip_space(&t);
	if (keys != 3)
		return "its header lacks descr, fortran_order or shape";
	return t.p == t.end ? NULL : "its header has text after the dict";
}

/* ---- reading ---- */

/* A dimension at least: streams know no scalars. */
static void
fit_rank(struct shape *s)
{
	if (s->n == 0)
		*s = (struct shape){ 1, { 1 } };
}

static size_t
array_bytes(const struct npy *a)
{
	return (size_t)shape_count(&a->shape, 0) * a->size;
}

/* C order from Fortran order: the same numbers, the last index fastest. */
static void
turn(const struct npy *a, const char *from, char *to)
{
	size_t size = a->size, step[RANK_MAX], at = 0;
	int64_t i[RANK_MAX] = { 0 }, count = shape_count(&a->shape, 0);
	int n = a->shape.n;

	for (int k = 0; k < n; k++)
		step[k] = k ? step[k - 1] * (size_t)a->shape.d[k - 1] : 1;
	for (int64_t c = 0; c < count; c++) {
		memcpy(to + (size_t)c * size, from + at * size, size);
		for (int k = n - 1; k >= 0; k--) {
			at += step[k];
			if (++i[k] < a->shape.d[k])
				break;
			at -= step[k] * (size_t)a->shape.d[k];
			i[k] = 0;
		}
	}
}

static bool
is_turned(const struct npy *a)
{
	return a->fortran && a->shape.n > 1;
}

static void
read_turned(struct npy_in *in)
{
	size_t bytes = array_bytes(&in->a);

	char *from = xcalloc(bytes, 1);
	in->whole = xcalloc(bytes, 1);
	unzip_read(in->from, from, bytes);
	turn(&in->a, from, in->whole);
	free(from);
}

static size_t
dict_size(struct unzip *u)
{
	unsigned char p[12];
	const char *name = unzip_name(u);

	if (unzip_left(u) < PREFIX)
		die(EX_DATAERR, "%s: too short for a NumPy array", name);
	unzip_read(u, p, 8);
	if (memcmp(p, magic, 6))
		die(EX_DATAERR, "%s: is neither a NumPy array (.npy) nor an archive of them (.npz)", name);
	if (p[6] < 1 || p[6] > 3 || p[7] != 0)
		die(EX_DATAERR, "%s: version %d.%d of the format is unknown; known are 1.0, 2.0 and 3.0", name, p[6], p[7]);
	int digits = p[6] == 1 ? 2 : 4;
	unzip_read(u, p, (size_t)digits);
	size_t n = 0;
	for (int i = digits; i-- > 0;)
		n = n << 8 | p[i];
	if (n > DICT_MAX)
		die(EX_DATAERR, "%s: a header of %zu bytes; at most %d", name, n, DICT_MAX);
	return n;
}

void
npy_open(struct npy_in *in, struct unzip *from)
{
	char dict[DICT_MAX];

	*in = (struct npy_in){ .from = from };
	size_t n = dict_size(from);
	unzip_read(from, dict, n);
	const char *why = npy_parse(dict, n, &in->a);
	if (why)
		die(EX_DATAERR, "%s: %s", unzip_name(from), why);
	fit_rank(&in->a.shape);
	if (array_bytes(&in->a) != unzip_left(from))
		die(EX_DATAERR, "%s: its shape means %zu bytes, but %llu follow the header", unzip_name(from),
		    array_bytes(&in->a), (unsigned long long)unzip_left(from));
	if (unzip_deflated(from) && npy_kept(in) > NPY_KEPT_MAX)
		die(EX_DATAERR, "%s: compressed and in Fortran order, %zu MB; save it with np.ascontiguousarray",
		    unzip_name(from), npy_kept(in) / 1000000);
}

size_t
npy_kept(const struct npy_in *in)
{
	return is_turned(&in->a) ? array_bytes(&in->a) : 0;
}

static void
swap(char *p, size_t bytes, size_t size)
{
	for (char *end = p + bytes; p < end; p += size)
		for (size_t i = 0; i < size / 2; i++) {
			char c = p[i];
			p[i] = p[size - 1 - i];
			p[size - 1 - i] = c;
		}
}

static void
read_raw(struct npy_in *in, char *to, size_t bytes)
{
	if (is_turned(&in->a)) {
		if (!in->whole)
			read_turned(in);
		memcpy(to, in->whole + in->used, bytes);
	} else {
		unzip_read(in->from, to, bytes);
	}
	in->used += bytes;
	if (in->a.swapped)
		swap(to, bytes, in->a.size);
}

/* A whole number of so many bytes, low byte first; without a sign those from 2^63 on come out below 0. */
static int64_t
whole_number(const struct npy *a, const char *from)
{
	uint64_t v = 0;

	for (size_t i = a->size; i-- > 0;)
		v = v << 8 | (unsigned char)from[i];
	if (a->is_signed && a->size < sizeof v && v >> (8 * a->size - 1))
		v -= UINT64_C(1) << 8 * a->size;
	return (int64_t)v;
}

/* `to` holds n numbers of the file's type after its first bytes. They are converted from the first on, in place: there are so
 * many of them that the larger numbers never overwrite one that is still to be read. */
static void
widen(const struct npy_in *in, char *to, size_t n)
{
	const size_t size = dtype_size(in->a.dtype);
	const char *from = to + n * (size - in->a.size);

	for (size_t i = 0; i < n; i++) {
		const int64_t v = whole_number(&in->a, from + i * in->a.size);
		if (v < 0 && !in->a.is_signed)
			die(EX_DATAERR, "%s: holds %llu; streams hold at most 2^63 - 1", unzip_name(in->from), (unsigned long long)v);
		const int32_t small = (int32_t)v;
		memcpy(to + i * size, size == sizeof small ? (const void *)&small : &v, size);
	}
}

void
npy_read(struct npy_in *in, void *to, size_t bytes)
{
	const size_t size = dtype_size(in->a.dtype), n = bytes / size;

	read_raw(in, (char *)to + n * (size - in->a.size), n * in->a.size);
	if (in->a.size != size || !in->a.is_signed)
		widen(in, to, n);
}

void
npy_close(struct npy_in *in)
{
	unzip_verify(in->from);
	unzip_close(in->from);
	free(in->whole);
	*in = (struct npy_in){ 0 };
}
