#include "format/gunzip.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/die.h"

enum { CHUNK = 64 << 10 };

struct gunzip {
	FILE *f;
	bool packed, member_over, unread;
	z_stream z;
	uint64_t left, consumed;
	const char *wrong;
	char why[80];
	uint8_t in[CHUNK];
};

static void
refill(struct gunzip *g)
{
	g->z.next_in = g->in;
	g->z.avail_in = (uInt)fread(g->in, 1, sizeof g->in, g->f);
	g->consumed += g->z.avail_in;
	g->unread = !g->z.avail_in && ferror(g->f);
	if (g->unread)
		g->wrong = strerror(errno);
}

struct gunzip *
gunzip_open(FILE *f, uint64_t limit)
{
	struct gunzip *g = xcalloc(1, sizeof *g);

	g->f = f;
	g->left = limit;
	snprintf(g->why, sizeof g->why, "unpacks to more than %llu MB", (unsigned long long)(limit / 1000000));
	refill(g);
	g->packed = g->z.avail_in >= 2 && g->in[0] == 0x1f && g->in[1] == 0x8b;
	if (g->packed && inflateInit2(&g->z, 15 + 16) != Z_OK) /* + 16: gzip only */
		die(EX_OSERR, "out of memory (zlib)");
	return g;
}

/* Copies what is buffered: for files that are not compressed. */
static void
pass_through(struct gunzip *g)
{
	uInt n = g->z.avail_in < g->z.avail_out ? g->z.avail_in : g->z.avail_out;

	memcpy(g->z.next_out, g->z.next_in, n);
	g->z.next_in += n;
	g->z.avail_in -= n;
	g->z.next_out += n;
	g->z.avail_out -= n;
}

static void
unpack(struct gunzip *g)
{
	/* gzip files may be several members, one after the other; zeros after the last are padding (gzip(1)) */
	if (g->member_over) {
		while (g->z.avail_in && !*g->z.next_in) {
			g->z.next_in++;
			g->z.avail_in--;
		}
		if (!g->z.avail_in)
			return;
		inflateReset(&g->z);
		g->member_over = false;
	}
	int r = inflate(&g->z, Z_NO_FLUSH);
	if (r == Z_STREAM_END)
		g->member_over = true;
	else if (r == Z_MEM_ERROR)
		die(EX_OSERR, "out of memory (zlib)");
	else if (r != Z_OK && r != Z_BUF_ERROR)
		g->wrong = "the compressed data are damaged";
}

size_t
gunzip_read(struct gunzip *g, void *buf, size_t n)
{
	size_t want = n < CHUNK * 1024u ? n : CHUNK * 1024u;

	/* one byte more than the bound may be asked for, so that data of exactly the bound pass */
	want = want <= g->left ? want : (size_t)g->left + 1;
	g->z.next_out = buf;
	g->z.avail_out = (uInt)want;
	while (g->z.avail_out && !g->wrong) {
		if (!g->z.avail_in)
			refill(g);
		bool end = !g->z.avail_in;
		uInt before = g->z.avail_out;
		if (g->packed)
			unpack(g);
		else
			pass_through(g);
		if (end && g->z.avail_out == before) {
			if (g->packed && !g->member_over && !g->wrong)
				g->wrong = "truncated in the middle of the compressed data";
			break;
		}
	}
	size_t got = want - g->z.avail_out;
	if (got > g->left) {
		g->wrong = g->why;
		got = (size_t)g->left;
	}
	g->left -= got;
	if (got == want && want < n && !g->wrong)
		return got + gunzip_read(g, (uint8_t *)buf + got, n - got);
	return got;
}

const char *
gunzip_wrong(const struct gunzip *g)
{
	return g->wrong;
}

int
gunzip_status(const struct gunzip *g)
{
	return g->unread ? EX_IOERR : EX_DATAERR;
}

uint64_t
gunzip_consumed(const struct gunzip *g)
{
	return g->consumed - g->z.avail_in;
}

void
gunzip_close(struct gunzip *g)
{
	if (g->packed)
		inflateEnd(&g->z);
	fclose(g->f);
	free(g);
}
