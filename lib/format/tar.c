#include "format/tar.h"

#include <stdlib.h>
#include <string.h>

/* POSIX.1-1988 ustar: one block of 512 bytes a header, numbers in octal digits */
struct tar_block {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
enum { BLOCK = 512, PAX_MAX = 64 << 10 };
_Static_assert(sizeof(struct tar_block) == BLOCK, "a tar header is one block");

static bool
fail(struct tar *t, const char *why)
{
	const char *deeper = gunzip_wrong(t->in);

	t->wrong = deeper ? deeper : why;
	return false;
}

void
tar_start(struct tar *t, struct gunzip *in)
{
	*t = (struct tar){ .in = in };
}

/* Octal digits between optional blanks; false for anything else, so GNU's base-256 (8 GB and more) too. */
static bool
octal(const char *s, size_t n, uint64_t *v)
{
	size_t i = 0, digits = 0;

	while (i < n && s[i] == ' ')
		i++;
	for (*v = 0; i < n && s[i] >= '0' && s[i] <= '7'; i++, digits++)
		*v = *v * 8 + (uint64_t)(s[i] - '0');
	return digits > 0 && (i == n || s[i] == ' ' || s[i] == '\0');
}

static bool
sum_right(const struct tar_block *b)
{
	const unsigned char *p = (const unsigned char *)b;
	uint64_t stated, sum = 0;

	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= offsetof(struct tar_block, sum) && i < offsetof(struct tar_block, type) ? ' ' : p[i];
	return octal(b->sum, sizeof b->sum, &stated) && stated == sum;
}

static bool
take(struct tar *t, void *buf, uint64_t n)
{
	return gunzip_read(t->in, buf, n) == n && !gunzip_wrong(t->in) ? true : fail(t, "truncated archive");
}

static bool
skip(struct tar *t, uint64_t n)
{
	char buf[16 << 10];

	for (uint64_t m; n; n -= m) {
		m = n < sizeof buf ? n : sizeof buf;
		if (!take(t, buf, m))
			return false;
	}
	return true;
}

bool
tar_read(struct tar *t, void *buf, uint64_t n)
{
	if (n > t->left)
		return fail(t, "member shorter than expected");
	t->left -= n;
	return take(t, buf, n);
}

/* The contents of a long-name or pax member, as a string. */
static char *
take_text(struct tar *t)
{
	if (t->size > PAX_MAX) {
		fail(t, "extended header larger than 64 KiB");
		return NULL;
	}
	char *s = calloc(t->size + 1, 1);
	if (!s)
		fail(t, "out of memory");
	else if (!tar_read(t, s, t->size)) {
		free(s);
		s = NULL;
	}
	return s;
}

static bool
set_name(struct tar *t, const char *name, size_t n)
{
	if (n > TAR_NAME_MAX)
		return fail(t, "member name longer than 1023 bytes");
	memcpy(t->name, name, n);
	t->name[n] = '\0';
	return true;
}

/* pax records: "LENGTH KEY=VALUE\n", where LENGTH counts the whole record. Only path and size concern us. */
static bool
pax(struct tar *t, char *s, size_t n, uint64_t *size)
{
	for (char *end; n; s += end - s) {
		char *key;
		unsigned long length = strtoul(s, &key, 10);
		if (*key != ' ' || length > n || (size_t)(key + 1 - s) >= length || s[length - 1] != '\n')
			return fail(t, "damaged pax header");
		end = s + length;
		n -= length;
		key++;
		end[-1] = '\0';
		if (!strncmp(key, "path=", 5) && !set_name(t, key + 5, strlen(key + 5)))
			return false;
		if (!strncmp(key, "size=", 5))
			*size = strtoull(key + 5, NULL, 10);
	}
	return true;
}

static bool
extended(struct tar *t, char type, uint64_t *size)
{
	char *s = take_text(t);
	bool ok = false;

	if (!s)
		return false;
	if (type == 'L')
		ok = set_name(t, s, strlen(s));
	else
		ok = type == 'g' || pax(t, s, t->size, size);
	free(s);
	return ok;
}

/* The name in the block itself: prefix/name, neither necessarily terminated. */
static bool
short_name(struct tar *t, const struct tar_block *b)
{
	char s[sizeof b->prefix + 1 + sizeof b->name + 1] = "";
	size_t n = 0;

	if (!memcmp(b->magic, "ustar", 6) && *b->prefix) {
		n = strnlen(b->prefix, sizeof b->prefix);
		memcpy(s, b->prefix, n);
		s[n++] = '/';
	}
	size_t m = strnlen(b->name, sizeof b->name);
	memcpy(s + n, b->name, m);
	return set_name(t, s, n + m);
}

static bool
harmless(const char *path)
{
	if (*path == '/')
		return false;
	for (const char *p = path; *p; p += strcspn(p, "/"), p += strspn(p, "/"))
		if (!strncmp(p, "..", 2) && (p[2] == '/' || !p[2]))
			return false;
	return true;
}

static bool
all_zero(const void *p, size_t n)
{
	const char *c = p;

	return !*c && !memcmp(c, c + 1, n - 1);
}

bool
tar_next(struct tar *t)
{
	uint64_t pax_size = UINT64_MAX;
	struct tar_block b;

	*t->name = '\0';
	while (skip(t, t->left + t->padding)) {
		t->left = t->padding = 0;
		size_t got = gunzip_read(t->in, &b, BLOCK);
		/* a block of zeros ends the archive; so does, by old custom, the end of the file */
		if (!gunzip_wrong(t->in) && (got == 0 || (got == BLOCK && all_zero(&b, BLOCK))))
			return t->members ? false : fail(t, "not an archive, or an empty one");
		if (got < BLOCK)
			return fail(t, "truncated archive");
		if (!sum_right(&b) || !octal(b.size, sizeof b.size, &t->size))
			return fail(t, t->members ? "damaged tar header" : "not a tar archive");
		if (++t->members > TAR_MEMBERS_MAX)
			return fail(t, "more than 10000 members");
		bool meta = b.type == 'L' || b.type == 'K' || b.type == 'x' || b.type == 'g';
		if (!meta && pax_size != UINT64_MAX)
			t->size = pax_size;
		if (t->size >> 40)
			return fail(t, "member larger than a terabyte");
		t->left = t->size;
		t->padding = (BLOCK - t->size % BLOCK) % BLOCK;
		if (meta && b.type != 'K') {
			if (!extended(t, b.type, &pax_size))
				return false;
		} else if (!meta) {
			if (!*t->name && !short_name(t, &b))
				return false;
			t->regular = (b.type == '0' || b.type == '\0') && harmless(t->name);
			/* links and devices have no contents, even if they state a size */
			if (b.type >= '1' && b.type <= '6')
				t->size = t->left = t->padding = 0;
			return true;
		}
	}
	return false;
}

const char *
tar_base(const struct tar *t)
{
	const char *slash = strrchr(t->name, '/');

	return slash ? slash + 1 : t->name;
}
