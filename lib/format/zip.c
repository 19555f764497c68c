#include "format/zip.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/die.h"
#include "sys/file.h"

enum {
	LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50, END64 = 0x06064b50, LOCATOR64 = 0x07064b50,
	LOCAL_SIZE = 30, CENTRAL_SIZE = 46, END_SIZE = 22, END64_SIZE = 56, LOCATOR64_SIZE = 20,
	COMMENT_MAX = 65535, EXTRA64 = 1, STORED = 0, DEFLATED = 8, ENCRYPTED = 1, UTF8 = 1 << 11,
	VERSION_20 = 20, VERSION_45 = 45,  /* what a reader must know: folders and deflate; zip64 */
	FIRST_DAY = 0x21,                  /* 1980-01-01, the earliest that a zip can say: no times in files */
	DEFLATE_MOST = 1032,               /* deflate makes at most 1032 bytes of one: 258 from 2 bits */
	CHUNK = 64 << 10,
};
#define FULL32 UINT32_C(0xffffffff)

/* ---- numbers, low byte first ---- */

static uint64_t
get(const uint8_t *p, int bytes)
{
	uint64_t v = 0;

	for (int i = bytes; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

static uint8_t *
put(uint8_t *p, int bytes, uint64_t v)
{
	for (int i = 0; i < bytes; i++)
		*p++ = (uint8_t)(v >> 8 * i);
	return p;
}

/* ---- the directory ---- */

/* Bytes at..at+n of the file, or as many as there are: returns how many. */
static size_t
some(FILE *f, const char *name, uint64_t offset, void *buf, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = pread(fileno(f), (char *)buf + got, n - got, (off_t)(offset + got));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			die(EX_IOERR, "%s: %m", name);
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return got;
}

/* All of them, or death. */
static void
at(const struct zip *z, uint64_t offset, void *buf, size_t n)
{
	size_t got = some(z->f, z->name, offset, buf, n);

	if (got < n)
		die(EX_DATAERR, "%s: truncated at byte %llu", z->name, (unsigned long long)(offset + got));
}

static uint64_t
file_size(const struct zip *z)
{
	struct stat st;

	if (fstat(fileno(z->f), &st))
		die(EX_IOERR, "%s: %m", z->name);
	return (uint64_t)st.st_size;
}

struct directory {
	uint64_t at, size, entries;
};

/* The end record is last, except for a comment, so it is searched for backwards from the end. */
static uint64_t
find_end(const struct zip *z, uint64_t size, uint8_t end[END_SIZE])
{
	size_t n = size < END_SIZE + COMMENT_MAX ? (size_t)size : END_SIZE + COMMENT_MAX;
	uint8_t *tail = xcalloc(n, 1);

	at(z, size - n, tail, n);
	for (size_t i = n + 1; i-- > END_SIZE;) {
		const uint8_t *p = tail + i - END_SIZE;
		if (get(p, 4) == END && get(p + 20, 2) == n - i) {
			memcpy(end, p, END_SIZE);
			free(tail);
			return size - n + (i - END_SIZE);
		}
	}
	die(EX_DATAERR, "%s: no directory at the end; the archive is truncated or damaged", z->name);
}

static void
find_directory(const struct zip *z, struct directory *d)
{
	uint8_t end[END_SIZE], locator[LOCATOR64_SIZE], end64[END64_SIZE];
	uint64_t end_at = find_end(z, file_size(z), end);

	*d = (struct directory){ get(end + 16, 4), get(end + 12, 4), get(end + 10, 2) };
	if (d->at == FULL32 || d->size == FULL32 || d->entries == 0xffff) {
		if (end_at < LOCATOR64_SIZE)
			die(EX_DATAERR, "%s: the end of the directory is damaged", z->name);
		at(z, end_at - LOCATOR64_SIZE, locator, sizeof locator);
		uint64_t from = get(locator + 8, 8);
		if (get(locator, 4) != LOCATOR64 || from > end_at || end_at - from < END64_SIZE)
			die(EX_DATAERR, "%s: the zip64 end of the directory is damaged", z->name);
		at(z, from, end64, sizeof end64);
		if (get(end64, 4) != END64)
			die(EX_DATAERR, "%s: the zip64 end of the directory is damaged", z->name);
		*d = (struct directory){ get(end64 + 48, 8), get(end64 + 40, 8), get(end64 + 32, 8) };
		end_at = from;
	}
	if (d->at > end_at || d->size > end_at - d->at || d->entries > d->size / CENTRAL_SIZE)
		die(EX_DATAERR, "%s: the directory does not fit into the file", z->name);
	if (d->entries > ZIP_MEMBERS_MAX)
		die(EX_DATAERR, "%s: %llu members; at most %d", z->name, (unsigned long long)d->entries, ZIP_MEMBERS_MAX);
}

/* zip64: sizes and places that are all ones are in an extra field, in this order. */
static bool
read_extra(const uint8_t *extra, size_t n, uint64_t *value[3])
{
	while (n >= 4) {
		size_t size = get(extra + 2, 2);
		if (size > n - 4)
			return false;
		const uint8_t *p = extra + 4, *end = p + size;
		for (int i = 0; i < 3 && get(extra, 2) == EXTRA64; i++)
			if (*value[i] == FULL32) {
				if (end - p < 8)
					return false;
				*value[i] = get(p, 8);
				p += 8;
			}
		extra = end;
		n -= 4 + size;
	}
	return true;
}

static void
check_member(const struct zip *z, const struct zip_member *m, unsigned flags, unsigned method)
{
	if (flags & ENCRYPTED)
		die(EX_DATAERR, "%s: %s is encrypted", z->name, m->name);
	if (method != STORED && method != DEFLATED)
		die(EX_DATAERR, "%s: %s is compressed by method %u; save it with np.savez or np.savez_compressed", z->name,
		    m->name, method);
	if (m->deflated ? m->size / DEFLATE_MOST > m->packed : m->size != m->packed)
		die(EX_DATAERR, "%s: %s: claims to be %llu bytes, stored as %llu", z->name, m->name,
		    (unsigned long long)m->size, (unsigned long long)m->packed);
}

/* One entry of the directory; returns where the next one is. */
static uint64_t
read_entry(struct zip *z, uint64_t pos, uint64_t end)
{
	uint8_t e[CENTRAL_SIZE], extra[COMMENT_MAX], local[LOCAL_SIZE];
	struct zip_member *m = &z->member[z->members];

	if (end - pos < CENTRAL_SIZE)
		die(EX_DATAERR, "%s: the directory is damaged", z->name);
	at(z, pos, e, sizeof e);
	size_t name = get(e + 28, 2), extras = get(e + 30, 2), comment = get(e + 32, 2);
	if (get(e, 4) != CENTRAL || name + extras + comment > end - pos - CENTRAL_SIZE)
		die(EX_DATAERR, "%s: the directory is damaged", z->name);
	if (name > ZIP_NAME_MAX)
		die(EX_DATAERR, "%s: a member's name is longer than %d", z->name, ZIP_NAME_MAX);
	memset(m, 0, sizeof *m); /* there may have been a folder here */
	at(z, pos + CENTRAL_SIZE, m->name, name);
	at(z, pos + CENTRAL_SIZE + name, extra, extras);
	if (strlen(m->name) != name)
		die(EX_DATAERR, "%s: a member's name holds a zero byte", z->name);
	uint64_t local_at = get(e + 42, 4);
	m->deflated = get(e + 10, 2) == DEFLATED;
	m->crc = (uint32_t)get(e + 16, 4);
	m->packed = get(e + 20, 4);
	m->size = get(e + 24, 4);
	if (!read_extra(extra, extras, (uint64_t *[]){ &m->size, &m->packed, &local_at }))
		die(EX_DATAERR, "%s: %s: an extra field is damaged", z->name, m->name);
	check_member(z, m, (unsigned)get(e + 8, 2), (unsigned)get(e + 10, 2));
	if (local_at > end || end - local_at < LOCAL_SIZE)
		die(EX_DATAERR, "%s: %s: lies outside of the file", z->name, m->name);
	at(z, local_at, local, sizeof local);
	m->at = local_at + LOCAL_SIZE + get(local + 26, 2) + get(local + 28, 2);
	if (get(local, 4) != LOCAL || m->at > end || m->packed > end - m->at)
		die(EX_DATAERR, "%s: %s: lies outside of the file, or its header is damaged", z->name, m->name);
	/* a folder's entry ends in / and holds nothing: archives that zip(1) or a file manager made have some */
	z->members += !(name && m->name[name - 1] == '/' && m->size == 0);
	return pos + CENTRAL_SIZE + name + extras + comment;
}

static int
by_place(const void *a, const void *b)
{
	const struct zip_member *const *u = a, *const *v = b;

	return (*u)->at < (*v)->at ? -1 : (*u)->at > (*v)->at;
}

/* Members that share bytes are how a small archive is made to unpack to any size. */
static void
check_overlap(const struct zip *z)
{
	const struct zip_member **m = xcalloc((size_t)z->members, sizeof *m);

	for (int i = 0; i < z->members; i++)
		m[i] = &z->member[i];
	qsort(m, (size_t)z->members, sizeof *m, by_place);
	for (int i = 1; i < z->members; i++)
		if (m[i]->at - m[i - 1]->at < m[i - 1]->packed)
			die(EX_DATAERR, "%s: %s and %s overlap", z->name, m[i - 1]->name, m[i]->name);
	free(m);
}

bool
zip_is(FILE *f, const char *name)
{
	uint8_t p[4];

	return some(f, name, 0, p, sizeof p) == sizeof p && (get(p, 4) == LOCAL || get(p, 4) == END);
}

void
zip_open(struct zip *z, FILE *f, const char *name)
{
	struct directory d;

	*z = (struct zip){ .f = f, .name = name };
	find_directory(z, &d);
	z->member = xcalloc((size_t)d.entries, sizeof *z->member);
	uint64_t pos = d.at;
	for (uint64_t i = 0; i < d.entries; i++)
		pos = read_entry(z, pos, d.at + d.size);
	check_overlap(z);
}

void
zip_plain(struct zip *z, FILE *f, const char *name)
{
	*z = (struct zip){ .f = f, .name = name, .members = 1 };
	z->member = xcalloc(1, sizeof *z->member);
	z->member->plain = true;
	z->member->size = z->member->packed = file_size(z);
}

void
zip_close(struct zip *z)
{
	if (z->f != stdin)
		fclose(z->f);
	free(z->member);
	*z = (struct zip){ 0 };
}

/* ---- contents ---- */

struct unzip {
	const struct zip *z;
	const struct zip_member *m;
	char *name;
	uint64_t packed, size; /* bytes taken from the file, bytes handed out */
	uint32_t crc;
	z_stream zs;
	uint8_t *in;           /* NULL: stored */
};

struct unzip *
unzip_open(const struct zip *z, int member)
{
	struct unzip *u = xcalloc(1, sizeof *u);

	u->z = z;
	u->m = &z->member[member];
	u->name = u->m->plain ? xstrdup(z->name) : text("%s: %s", z->name, u->m->name);
	if (u->m->deflated) {
		u->in = xcalloc(CHUNK, 1);
		if (inflateInit2(&u->zs, -15) != Z_OK) /* negative: bare deflate data */
			die(EX_OSERR, "out of memory (zlib)");
	}
	return u;
}

static void
inflate_some(struct unzip *u, void *buf, size_t n)
{
	u->zs.next_out = buf;
	u->zs.avail_out = (uInt)n;
	while (u->zs.avail_out > 0) {
		if (u->zs.avail_in == 0 && u->packed < u->m->packed) {
			uint64_t left = u->m->packed - u->packed;
			u->zs.avail_in = left < CHUNK ? (uInt)left : CHUNK;
			u->zs.next_in = u->in;
			at(u->z, u->m->at + u->packed, u->in, u->zs.avail_in);
			u->packed += u->zs.avail_in;
		}
		int r = inflate(&u->zs, Z_NO_FLUSH);
		if (r == Z_MEM_ERROR)
			die(EX_OSERR, "out of memory (zlib)");
		if (u->zs.avail_out > 0 && (r != Z_OK || (u->zs.avail_in == 0 && u->packed == u->m->packed)))
			die(EX_DATAERR, "%s: the compressed data are damaged or truncated", u->name);
	}
}

void
unzip_read(struct unzip *u, void *buf, size_t n)
{
	if (n > unzip_left(u))
		die(EX_DATAERR, "%s: truncated: %zu bytes wanted, %llu left", u->name, n, (unsigned long long)unzip_left(u));
	for (size_t done = 0; done < n;) {
		size_t part = n - done < 1 << 30 ? n - done : 1 << 30; /* zlib counts in 32 bits */
		if (u->in)
			inflate_some(u, (char *)buf + done, part);
		else
			at(u->z, u->m->at + u->size, (char *)buf + done, part);
		u->size += part;
		done += part;
	}
	u->crc = (uint32_t)crc32_z(u->crc, buf, n);
}

uint64_t
unzip_left(const struct unzip *u)
{
	return u->m->size - u->size;
}

const char *
unzip_name(const struct unzip *u)
{
	return u->name;
}

bool
unzip_deflated(const struct unzip *u)
{
	return u->m->deflated;
}

void
unzip_verify(struct unzip *u)
{
	if (!u->m->plain && u->crc != u->m->crc)
		die(EX_DATAERR, "%s: CRC does not match; the archive is damaged", u->name);
}

void
unzip_close(struct unzip *u)
{
	if (!u)
		return;
	if (u->in)
		inflateEnd(&u->zs);
	free(u->in);
	free(u->name);
	free(u);
}

/* ---- writing ---- */

static void
out(struct zip_out *z, const void *data, size_t n)
{
	file_write(z->f, data, n);
	z->at += n;
}

static uint64_t
low32(uint64_t v)
{
	return v < FULL32 ? v : FULL32;
}

/* What local headers and the directory say alike: from the version needed to the length of the name. */
static uint8_t *
put_common(uint8_t *p, const struct zip_member *m, bool large)
{
	unsigned flags = 0;

	for (const char *c = m->name; *c; c++)
		flags |= *c & 0x80 ? UTF8 : 0;
	p = put(p, 2, large ? VERSION_45 : VERSION_20);
	p = put(p, 2, flags);
	p = put(p, 2, STORED);
	p = put(p, 2, 0);
	p = put(p, 2, FIRST_DAY);
	p = put(p, 4, m->crc);
	p = put(p, 4, low32(m->size));
	p = put(p, 4, low32(m->size));
	return put(p, 2, strlen(m->name));
}

void
zip_begin(struct zip_out *z, const char *name, uint64_t size, uint32_t crc)
{
	uint8_t head[LOCAL_SIZE], extra[20];

	assert(z->left == 0 && z->members < ZIP_MEMBERS_MAX && strlen(name) <= ZIP_NAME_MAX);
	z->member = xrealloc(z->member, (size_t)z->members + 1, sizeof *z->member);
	struct zip_member *m = &z->member[z->members++];
	*m = (struct zip_member){ .at = z->at, .size = size, .packed = size, .crc = crc };
	strcpy(m->name, name);

	bool large = size >= FULL32;
	put(put_common(put(head, 4, LOCAL), m, large), 2, large ? sizeof extra : 0);
	put(put(put(put(extra, 2, EXTRA64), 2, 16), 8, size), 8, size);
	out(z, head, sizeof head);
	out(z, name, strlen(name));
	if (large)
		out(z, extra, sizeof extra);
	z->left = size;
}

void
zip_put(struct zip_out *z, const void *data, size_t n)
{
	assert(n <= z->left);
	out(z, data, n);
	z->left -= n;
}

static void
put_entry(struct zip_out *z, const struct zip_member *m)
{
	uint8_t e[CENTRAL_SIZE], extra[28], *p = extra + 4;
	bool large = m->size >= FULL32 || m->at >= FULL32;

	if (m->size >= FULL32)
		p = put(put(p, 8, m->size), 8, m->size);
	if (m->at >= FULL32)
		p = put(p, 8, m->at);
	size_t size = (size_t)(p - extra);
	put(put(extra, 2, EXTRA64), 2, size - 4);
	p = put(put(e, 4, CENTRAL), 2, large ? VERSION_45 : VERSION_20);
	p = put(put_common(p, m, large), 2, large ? size : 0);
	p = put(put(p, 2 + 2 + 2, 0), 4, 0); /* no comment, first disk, no attributes */
	put(p, 4, low32(m->at));
	out(z, e, sizeof e);
	out(z, m->name, strlen(m->name));
	if (large)
		out(z, extra, size);
}

static void
put_end64(struct zip_out *z, uint64_t directory, uint64_t size)
{
	uint8_t e[END64_SIZE], l[LOCATOR64_SIZE], *p;
	uint64_t here = z->at;

	p = put(put(e, 4, END64), 8, END64_SIZE - 12);
	p = put(put(p, 2, VERSION_45), 2, VERSION_45);
	p = put(put(p, 4, 0), 4, 0);
	p = put(put(p, 8, (uint64_t)z->members), 8, (uint64_t)z->members);
	put(put(p, 8, size), 8, directory);
	out(z, e, sizeof e);
	put(put(put(put(l, 4, LOCATOR64), 4, 0), 8, here), 4, 1);
	out(z, l, sizeof l);
}

void
zip_finish(struct zip_out *z)
{
	uint8_t e[END_SIZE], *p;
	uint64_t directory = z->at;

	assert(z->left == 0);
	for (int i = 0; i < z->members; i++)
		put_entry(z, &z->member[i]);
	uint64_t size = z->at - directory;
	if (directory >= FULL32 || size >= FULL32)
		put_end64(z, directory, size);
	p = put(put(e, 4, END), 4, 0);
	p = put(put(p, 2, (uint64_t)z->members), 2, (uint64_t)z->members);
	put(put(put(p, 4, low32(size)), 4, low32(directory)), 2, 0);
	out(z, e, sizeof e);
	free(z->member);
	z->member = NULL;
	z->members = 0;
}
