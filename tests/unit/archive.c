/* The readers of cifar-fetch: what they take, and that hostile input ends with a reason, never with a crash. */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/die.h"
#include "base/rng.h"
#include "fetch/cifar.h"
#include "format/gunzip.h"
#include "format/pickle.h"
#include "format/png_in.h"
#include "format/tar.h"

static int failures;

#define CHECK(what, ok) check(what, ok, __LINE__)
static void
check(const char *what, bool ok, int line)
{
	if (!ok) {
		fprintf(stderr, "archive: line %d: not so: %s\n", line, what);
		failures++;
	}
}

/* Wrong, and for this reason. */
#define REASON(why, expected) reason(why, expected, __LINE__)
static void
reason(const char *why, const char *expected, int line)
{
	if (!why || !strstr(why, expected)) {
		fprintf(stderr, "archive: line %d: \"%s\", expected \"%s\"\n", line, why ? why : "(nothing wrong)", expected);
		failures++;
	}
}

/* ---- bytes that grow ---- */

struct bytes {
	uint8_t *p;
	size_t n;
};

static void
put(struct bytes *b, const void *p, size_t n)
{
	b->p = xrealloc(b->p, b->n + n, 1);
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void
put_text(struct bytes *b, const char *s)
{
	put(b, s, strlen(s));
}

#define PUT(b, literal) put(b, literal, sizeof literal - 1) /* with zeros inside */

static void
put_byte(struct bytes *b, int c)
{
	put(b, &(uint8_t){ (uint8_t)c }, 1);
}

static void
put_u4(struct bytes *b, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		put_byte(b, (int)(v >> (8 * i)));
}

static void
empty(struct bytes *b)
{
	free(b->p);
	*b = (struct bytes){ 0 };
}

static FILE *
as_file(const struct bytes *b)
{
	FILE *f = tmpfile();

	if (!f || (b->n && fwrite(b->p, 1, b->n, f) != b->n))
		die(EX_IOERR, "no temporary file");
	rewind(f);
	return f;
}

static struct bytes
gzipped(const struct bytes *b)
{
	z_stream z = { 0 };
	struct bytes out = { 0 };

	deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	out.n = deflateBound(&z, b->n);
	out.p = xcalloc(out.n, 1);
	z.next_in = b->p;
	z.avail_in = (uInt)b->n;
	z.next_out = out.p;
	z.avail_out = (uInt)out.n;
	deflate(&z, Z_FINISH);
	out.n = z.total_out;
	deflateEnd(&z);
	return out;
}

/* ---- gzip ---- */

/* Unpacks everything; returns the bytes and what is wrong. */
static struct bytes
unpacked(const struct bytes *b, uint64_t limit, const char **wrong)
{
	static char why[200];
	struct gunzip *g = gunzip_open(as_file(b), limit);
	struct bytes out = { 0 };
	uint8_t buf[1000];
	size_t n;

	while ((n = gunzip_read(g, buf, sizeof buf)) > 0)
		put(&out, buf, n);
	snprintf(why, sizeof why, "%s", gunzip_wrong(g) ? gunzip_wrong(g) : "");
	*wrong = gunzip_wrong(g) ? why : NULL;
	gunzip_close(g);
	return out;
}

static void
test_gzip(void)
{
	struct bytes plain = { 0 }, out;
	const char *wrong;

	for (int i = 0; i < 100000; i++)
		put_byte(&plain, (int)rng_bits(7, (uint64_t)i / 3));
	struct bytes packed = gzipped(&plain);

	out = unpacked(&plain, 1 << 20, &wrong);
	CHECK("what is not compressed passes unchanged", !wrong && out.n == plain.n && !memcmp(out.p, plain.p, out.n));
	empty(&out);
	out = unpacked(&packed, 1 << 20, &wrong);
	CHECK("gzip unpacks", !wrong && out.n == plain.n && !memcmp(out.p, plain.p, out.n));
	empty(&out);
	out = unpacked(&packed, plain.n, &wrong);
	CHECK("exactly the bound is allowed", !wrong && out.n == plain.n);
	empty(&out);
	out = unpacked(&packed, plain.n - 1, &wrong);
	REASON(wrong, "unpacks to more than");
	CHECK("no more than the bound comes out", out.n == plain.n - 1);
	empty(&out);

	for (size_t cut = 2; cut < packed.n; cut += packed.n / 7) {
		struct bytes part = { packed.p, cut };
		out = unpacked(&part, 1 << 20, &wrong);
		REASON(wrong, "truncated");
		empty(&out);
	}
	packed.p[packed.n / 2] ^= 0x10;
	out = unpacked(&packed, 1 << 20, &wrong);
	REASON(wrong, "damaged");
	empty(&out);
	packed.p[packed.n / 2] ^= 0x10;
	packed.p[packed.n - 6] ^= 1; /* the checksum at the end */
	out = unpacked(&packed, 1 << 20, &wrong);
	REASON(wrong, "damaged");
	empty(&out);
	packed.p[packed.n - 6] ^= 1;

	struct bytes two = { 0 };
	put(&two, packed.p, packed.n);
	put(&two, packed.p, packed.n);
	put(&two, (char[512]){ 0 }, 512);
	out = unpacked(&two, 1 << 20, &wrong);
	CHECK("members follow each other, padding of zeros ends them", !wrong && out.n == 2 * plain.n);
	empty(&out);
	empty(&two);
	empty(&plain);
	empty(&packed);
}

static void
test_gzip_bomb(void)
{
	struct bytes zeros = { xcalloc(64 << 20, 1), 64 << 20 };
	struct bytes bomb = gzipped(&zeros);
	const char *wrong;

	CHECK("the bomb is 1000 to 1", bomb.n < zeros.n / 900);
	struct bytes out = unpacked(&bomb, 1 << 20, &wrong);
	REASON(wrong, "unpacks to more than 1 MB");
	CHECK("a bomb gives no more than its bound", out.n == 1 << 20);
	empty(&out);
	empty(&zeros);
	empty(&bomb);
}

/* ---- tar ---- */

static void
put_member(struct bytes *b, const char *name, char type, const char *link, const void *data, size_t n)
{
	char h[512] = "";
	unsigned sum = 0;

	snprintf(h, 100, "%s", name);
	memcpy(h + 100, "0000644", 8);
	memcpy(h + 108, "0000000", 8);
	memcpy(h + 116, "0000000", 8);
	snprintf(h + 124, 12, "%011o", (unsigned)n);
	memcpy(h + 136, "00000000000", 12);
	h[156] = type;
	snprintf(h + 157, 100, "%s", link);
	memcpy(h + 257, "ustar\00000", 8);
	memset(h + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	put(b, h, 512);
	put(b, data, n);
	put(b, (char[512]){ 0 }, (512 - n % 512) % 512);
}

/* Writes prefix, where ustar has the beginning of a long name, into the last member that put_member wrote without data. */
static void
prefixed(struct bytes *b, const char *prefix)
{
	uint8_t *h = b->p + b->n - 512;
	unsigned sum = 0;

	memcpy(h + 345, prefix, strlen(prefix));
	memset(h + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, " %05o", sum); /* some pad with blanks */
}

static void
put_end(struct bytes *b)
{
	put(b, (char[1024]){ 0 }, 1024);
}

/* "name:contents " of each regular member, "(name) " of others, then what is wrong. */
static const char *
listed(const struct bytes *b)
{
	static char s[8192];
	struct gunzip *g = gunzip_open(as_file(b), 1 << 20);
	struct tar t;

	*s = '\0';
	tar_start(&t, g);
	while (tar_next(&t)) {
		char data[64] = "";
		size_t at = strlen(s);
		if (t.regular && !tar_read(&t, data, t.size < 60 ? t.size : 60))
			break;
		snprintf(s + at, sizeof s - at, t.regular ? "%s:%s " : "(%s) ", t.name, data);
	}
	if (t.wrong)
		strcat(s, t.wrong);
	gunzip_close(g);
	return s;
}

static void
lists(const struct bytes *b, const char *expected, int line)
{
	const char *got = listed(b);

	if (strcmp(got, expected)) {
		fprintf(stderr, "archive: line %d: lists \"%s\", expected \"%s\"\n", line, got, expected);
		failures++;
	}
}
#define LISTS(b, expected) lists(b, expected, __LINE__)

static void
test_tar(void)
{
	struct bytes b = { 0 };
	char name[301];

	put_member(&b, "d/", '5', "", "", 0);
	put_member(&b, "d/a", '0', "", "one", 3);
	put_member(&b, "b", '\0', "", "", 0);
	put_member(&b, "././@LongLink", 'L', "", "long/name", 10);
	put_member(&b, "cut", '0', "", "two", 3);
	put_member(&b, "pax", 'x', "", "17 path=pax/name\n", 17);
	put_member(&b, "cut", '0', "", "three", 5);
	put_member(&b, "after", '0', "", "4", 1);
	struct bytes open_ended = { 0 };
	put(&open_ended, b.p, b.n);
	put_end(&b);
	LISTS(&b, "(d/) d/a:one b: long/name:two pax/name:three after:4 ");
	LISTS(&open_ended, "(d/) d/a:one b: long/name:two pax/name:three after:4 ");
	struct bytes packed = gzipped(&b);
	LISTS(&packed, "(d/) d/a:one b: long/name:two pax/name:three after:4 ");
	empty(&packed);
	empty(&open_ended);
	empty(&b);

	/* nothing is written by name; still, such members are passed over */
	put_member(&b, "../data_batch_1.bin", '0', "", "x", 1);
	put_member(&b, "a/../../b", '0', "", "x", 1);
	put_member(&b, "/etc/passwd", '0', "", "x", 1);
	put_member(&b, "link", '2', "/etc/passwd", "", 0);
	put_member(&b, "hard", '1', "/etc/passwd", "", 0);
	put_member(&b, "fifo", '6', "", "", 0);
	put_member(&b, "..fine", '0', "", "x", 1);
	put_end(&b);
	LISTS(&b, "(../data_batch_1.bin) (a/../../b) (/etc/passwd) (link) (hard) (fifo) ..fine:x ");
	empty(&b);

	put_member(&b, "name", '0', "", "", 0);
	prefixed(&b, "a/long/way");
	put_member(&b, "name", '0', "", "", 0);
	prefixed(&b, "..");
	put_end(&b);
	LISTS(&b, "a/long/way/name: (../name) ");
	empty(&b);

	put_text(&b, "just a text that is not an archive");
	LISTS(&b, "truncated archive");
	put(&b, (char[512]){ 0 }, 512);
	LISTS(&b, "not a tar archive");
	empty(&b);
	LISTS(&b, "not an archive, or an empty one");

	put_member(&b, "a", '0', "", "one", 3);
	size_t first = b.n;
	put_member(&b, "b", '0', "", "two", 3);
	b.p[first + 3] ^= 1;
	LISTS(&b, "a:one damaged tar header");
	b.p[first + 3] ^= 1;
	for (size_t cut = 1; cut < b.n; cut += 61)
		if (cut != first) {
			struct bytes part = { b.p, cut };
			CHECK("a cut archive is truncated", strstr(listed(&part), "truncated archive"));
		}
	empty(&b);

	memset(name, 'n', 300);
	name[300] = '\0';
	for (int i = 0; i < 4; i++)
		put_text(&b, name);
	struct bytes t = { 0 };
	put_member(&t, "long", 'L', "", b.p, b.n);
	put_member(&t, "x", '0', "", "x", 1);
	LISTS(&t, "member name longer than 1023 bytes");
	empty(&t);
	empty(&b);
	put_member(&t, "pax", 'x', "", "999 path=x\n", 11);
	LISTS(&t, "damaged pax header");
	empty(&t);
	b.n = (64 << 10) + 1;
	b.p = xcalloc(b.n, 1);
	put_member(&t, "pax", 'x', "", b.p, b.n);
	LISTS(&t, "extended header larger than 64 KiB");
	empty(&t);
	put_member(&t, "pax", 'x', "", b.p, b.n - 1);
	t.n -= 1024;
	LISTS(&t, "truncated archive");
	empty(&t);
	empty(&b);
	put_member(&t, "pax", 'x', "", "28 size=9999999999999999999\n", 28);
	put_member(&t, "x", '0', "", "x", 1);
	LISTS(&t, "member larger than a terabyte");
	empty(&t);
	put_member(&t, "pax", 'x', "", "20 size=10000000000\n", 20);
	put_member(&t, "x", '0', "", "x", 1);
	LISTS(&t, "x:x truncated archive");
	empty(&t);
	put_member(&t, "x", '0', "", "x", 1);
	struct gunzip *g = gunzip_open(as_file(&t), 1 << 20);
	struct tar many;
	char two[2];
	tar_start(&many, g);
	CHECK("a member is there", tar_next(&many) && many.size == 1);
	CHECK("no more than a member holds is read from it", !tar_read(&many, two, 2));
	REASON(many.wrong, "member shorter than expected");
	gunzip_close(g);
	empty(&t);
	for (int i = 0; i < TAR_MEMBERS_MAX + 1; i++)
		put_member(&t, "d", '5', "", "", 0);
	g = gunzip_open(as_file(&t), 1 << 30);
	tar_start(&many, g);
	while (tar_next(&many))
		;
	REASON(many.wrong, "more than 10000 members");
	gunzip_close(g);
	empty(&t);
}

/* ---- pickles, as Python writes them ---- */

enum { ROWS = 3, COLUMNS = 4 };
static const uint8_t pixels[ROWS * COLUMNS] = { 0, 1, 127, 128, 129, 200, 255, 10, 13, 26, 191, 192 };

static void
put_str(struct bytes *b, const char *s) /* SHORT_BINSTRING, with a memo */
{
	put_byte(b, 'U');
	put_byte(b, (int)strlen(s));
	put_text(b, s);
	put_text(b, "q\x20");
}

static void
put_unicode(struct bytes *b, const char *s) /* BINUNICODE */
{
	put_byte(b, 'X');
	put_u4(b, (uint32_t)strlen(s));
	put_text(b, s);
}

/* The array's making up to its bytes, protocol 2. */
static void
put_array(struct bytes *b, int rows)
{
	put_text(b, "cnumpy.core.multiarray\n_reconstruct\nq\x07" "cnumpy\nndarray\nq\x08K");
	PUT(b, "\0\x85q\x09U\x01" "b\x87R(K\x01K");
	put_byte(b, rows);
	put_text(b, "K\x04\x86" "cnumpy\ndtype\nU\x02" "u1K");
	PUT(b, "\0K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89");
}

/* As Python 2's cPickle wrote CIFAR-10's files. */
static struct bytes
python2(int rows)
{
	struct bytes b = { 0 };

	put_text(&b, "\x80\x02}q\x01(");
	put_str(&b, "batch_label");
	put_str(&b, "training batch 1 of 5");
	put_str(&b, "labels");
	put_text(&b, "]q\x05(K\x06K\x09K\x03" "e");
	put_str(&b, "data");
	put_array(&b, rows);
	put_byte(&b, 'T');
	put_u4(&b, sizeof pixels);
	put(&b, pixels, sizeof pixels);
	put_text(&b, "tb");
	put_str(&b, "filenames");
	put_text(&b, "](");
	put_str(&b, "frog_s_000001.png");
	put_str(&b, "truck_s_000002.png");
	put_text(&b, "eu.");
	return b;
}

/* As Python 3 writes the same at protocol 2: no bytes type, so text that is to be encoded. */
static struct bytes
python3_protocol2(void)
{
	struct bytes b = { 0 };
	char utf8[2 * sizeof pixels + 1];
	size_t n = 0;

	for (size_t i = 0; i < sizeof pixels; i++) {
		if (pixels[i] >= 0x80)
			utf8[n++] = (char)(0xc0 | pixels[i] >> 6);
		utf8[n++] = (char)(pixels[i] < 0x80 ? pixels[i] : 0x80 | (pixels[i] & 0x3f));
	}
	put_text(&b, "\x80\x02}(");
	put_unicode(&b, "labels");
	put_text(&b, "]K\x06" "aK\x09" "aK\x03" "a");
	put_unicode(&b, "data");
	put_array(&b, ROWS);
	put_text(&b, "c_codecs\nencode\n");
	put_byte(&b, 'X');
	put_u4(&b, (uint32_t)n);
	put(&b, utf8, n);
	put_unicode(&b, "latin1");
	put_text(&b, "\x86Rtbu.");
	return b;
}

/* As Python 3 writes it at protocol 4. */
static struct bytes
python3_protocol4(void)
{
	struct bytes b = { 0 };

	PUT(&b, "\x80\x04\x95\0\1\0\0\0\0\0\0}\x94(C\x06labels\x94](K\x06K\x09K\x03" "eC\x04" "data\x94");
	PUT(&b, "\x8c\x16numpy._core.multiarray\x8c\x0c_reconstruct\x93\x8c\x05numpy\x8c\x07ndarray\x93K");
	PUT(&b, "\0\x85" "C\x01" "b\x87R(K\x01K\x03K\x04\x86N\x89" "C");
	put_byte(&b, sizeof pixels);
	put(&b, pixels, sizeof pixels);
	put_text(&b, "tbu.");
	return b;
}

static bool
is_ours(const struct bytes *p)
{
	struct batch b;
	const char *why = pickle_batch(p->p, p->n, &b);
	bool same = !why && b.n_labels == 3 && !memcmp(b.labels, "\6\11\3", 3) && b.rows == ROWS && b.columns == COLUMNS &&
	            !memcmp(b.data, pixels, sizeof pixels);

	if (why)
		fprintf(stderr, "archive: pickle: %s\n", why);
	pickle_free(&b);
	return same;
}

static const char *
pickle_wrong(const struct bytes *p)
{
	struct batch b;
	const char *why = pickle_batch(p->p, p->n, &b);

	pickle_free(&b);
	return why;
}

static const char *
wrong_program(const char *program_text, size_t n)
{
	struct bytes b = { 0 };

	put(&b, program_text, n);
	const char *why = pickle_wrong(&b);
	empty(&b);
	return why;
}
#define WRONG(program_text) wrong_program(program_text, sizeof program_text - 1)

static void
test_pickle(void)
{
	struct bytes p2 = python2(ROWS), p32 = python3_protocol2(), p34 = python3_protocol4(), shape = python2(2), b = { 0 };

	CHECK("Python 2's pickles are read", is_ours(&p2));
	CHECK("Python 3's protocol 2 is read", is_ours(&p32));
	CHECK("Python 3's protocol 4 is read", is_ours(&p34));
	for (size_t cut = 0; cut < p2.n; cut++) {
		struct bytes part = { p2.p, cut };
		CHECK("a cut pickle is refused", pickle_wrong(&part));
	}
	REASON(pickle_wrong(&shape), "shape does not fit");
	REASON(WRONG("text"), "mark missing");
	REASON(WRONG("\x80\x02}."), "no list of small numbers called labels");
	REASON(WRONG("\x80\x02}U\x06labels]s."), "no array called data");
	REASON(WRONG("}U\x06labels]sU\x06labels]s."), "occur twice");
	REASON(WRONG("}U\x06labels]U\x01xas."), "no list of small numbers");
	REASON(WRONG("cos\nsystem\n(S'true'\ntR."), "not a pickle, or one with operations");
	REASON(WRONG("cos\nsystem\nU\x04true\x85R."), "no list of small numbers"); /* a call is nothing */
	REASON(WRONG("h\xff."), "no list");
	REASON(WRONG("j\xff\xff\xff\xff."), "unknown memo");
	REASON(WRONG("q\1."), "stack underflow");
	REASON(WRONG("Nr\xff\xff\xff\x7f."), "more memos");
	REASON(WRONG("T\xff\xff\xff\xffx"), "truncated");
	REASON(WRONG("\x8e\xff\xff\xff\xff\xff\xff\xff\xffx"), "truncated");
	REASON(WRONG("t"), "mark missing");
	REASON(WRONG("\x87"), "stack underflow");
	REASON(WRONG("R"), "stack underflow");
	REASON(WRONG("b"), "stack underflow");
	REASON(WRONG("\x8a\x09"), "more than 64 bits");
	REASON(WRONG(")cx\ny\n)R"), "truncated");
	/* labels as Python writes small numbers of other widths: 1 in one byte of a long, -1 in two, 256 in two */
	REASON(WRONG("}U\x06labels](\x8a\1\1\x8a\2\xff\xff" "es."), "no list of small numbers");
	REASON(WRONG("}U\x06labels](\x8a\2\0\1es."), "no list of small numbers");
	REASON(WRONG("}U\x06labels](\x8a\1\1\x8a\0es."), "no array called data");

	for (int i = 0; i < 100000; i++)
		put_byte(&b, '(');
	REASON(pickle_wrong(&b), "stack deeper");
	empty(&b);
	for (int i = 0; i < 70000; i++) /* a tuple of one, dropped, and again */
		put_text(&b, "K\1\x85" "0");
	REASON(pickle_wrong(&b), "more tuples than CIFAR-10 has");
	empty(&b);
	for (int i = 0; i < 20; i++)
		put_byte(&b, ']');
	REASON(pickle_wrong(&b), "more lists");
	empty(&b);
	/* a text recalled and encoded again and again: 16 times a megabyte from a megabyte */
	put_text(&b, "c_codecs\nencode\nq\1X");
	put_u4(&b, 1 << 20);
	b.p = xrealloc(b.p, b.n + (1 << 20), 1);
	memset(b.p + b.n, 'x', 1 << 20);
	b.n += 1 << 20;
	put_text(&b, "q\2");
	for (int i = 0; i < 10; i++)
		put_text(&b, "h\1h\2\x85R");
	REASON(pickle_wrong(&b), "unexpected _codecs.encode");
	empty(&b);

	/* any byte changed: an answer, whichever */
	for (uint64_t i = 0; i < 4000; i++) {
		struct bytes *from = i % 3 == 0 ? &p2 : i % 3 == 1 ? &p32 : &p34;
		put(&b, from->p, from->n);
		for (uint64_t k = 0; k < 1 + i % 3; k++)
			b.p[rng_below(1, 10 * i + k, b.n)] = (uint8_t)rng_bits(2, 10 * i + k);
		pickle_wrong(&b);
		empty(&b);
	}
	empty(&p2);
	empty(&p32);
	empty(&p34);
	empty(&shape);
}

/* ---- PNG ---- */

static void
to_bytes(png_structp png, png_bytep p, size_t n)
{
	put(png_get_io_ptr(png), p, n);
}

static struct bytes
png_of(const uint8_t *rgb, uint32_t w, uint32_t h, int depth, int colour, int interlace)
{
	struct bytes b = { 0 };
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	uint8_t *row = xcalloc(w, 8);

	png_set_write_fn(png, &b, to_bytes, NULL);
	png_set_compression_level(png, 1);
	png_set_filter(png, 0, PNG_FILTER_NONE);
	png_set_IHDR(png, info, w, h, depth, colour, interlace, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (int pass = png_set_interlace_handling(png); pass > 0; pass--)
		for (uint32_t y = 0; y < h; y++)
			png_write_row(png, rgb ? rgb + 3 * (size_t)y * w : row);
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	free(row);
	return b;
}

static int rows_seen;

static void
count_row(void *ctx, uint32_t y, const uint8_t *rgb)
{
	(void)ctx;
	(void)rgb;
	rows_seen += y < 100;
}

static const char *
png_wrong(const struct bytes *b)
{
	return png_rows(b->p, b->n, 8, 4, count_row, NULL);
}

static void
refuse_png(int depth, int colour, int interlace, uint32_t w, uint32_t h, const char *expected)
{
	struct bytes b = png_of(NULL, w, h, depth, colour, interlace);

	REASON(png_wrong(&b), expected);
	empty(&b);
}

static void
test_png(void)
{
	struct bytes b = png_of(NULL, 8, 4, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE);

	CHECK("a right PNG is read", !png_wrong(&b) && rows_seen == 4);
	for (size_t cut = 0; cut < b.n - 12; cut += 3) {
		struct bytes part = { b.p, cut };
		CHECK("a cut PNG is refused", png_wrong(&part));
	}
	b.p[b.n - 20] ^= 1;
	CHECK("a damaged PNG is refused", png_wrong(&b));
	b.p[b.n - 20] ^= 1;
	memset(b.p + 16, 0x7f, 8); /* 2 billion pixels square, checksum wrong: refused before any memory is taken */
	CHECK("a huge PNG is refused", png_wrong(&b));
	empty(&b);
	put_text(&b, "GIF89a, or so it says");
	REASON(png_wrong(&b), "not a PNG");
	empty(&b);
	refuse_png(8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, 8, 4, "not an RGB image");
	refuse_png(8, PNG_COLOR_TYPE_RGB_ALPHA, PNG_INTERLACE_NONE, 8, 4, "not an RGB image");
	refuse_png(16, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, 8, 4, "not an RGB image");
	refuse_png(8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_ADAM7, 8, 4, "interlaced");
	refuse_png(8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, 4, 8, "4 x 8 pixels, expected 8 x 4");
	refuse_png(8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, 70000, 1, "Invalid IHDR");
}

/* ---- the parts of CIFAR-10 ---- */

static struct cifar cifar;
static struct trouble trouble_seen;

static const char *
part(const char *name, const struct bytes *b)
{
	return cifar_part(&cifar, name, b->p, b->n, &trouble_seen) ? NULL : trouble_seen.why;
}

static struct bytes
digits(size_t n)
{
	struct bytes b = { 0 };

	put_text(&b, "[ ");
	for (size_t i = 0; i < n; i++) {
		put_byte(&b, '0' + (int)(i % 10));
		put_text(&b, i + 1 < n ? ",\n" : "]");
	}
	return b;
}

static void
refuse_labels(const char *s)
{
	struct bytes b = { 0 };

	put_text(&b, s);
	CHECK(s, part("test_lables.json", &b));
	CHECK("refused labels are not taken", !cifar.labels[5]);
	empty(&b);
}

static void
test_parts(void)
{
	struct bytes record = { xcalloc(CIFAR_BYTES, 1), CIFAR_BYTES }, rgb = { xcalloc(CIFAR_BYTES, 1), 0 };

	for (int f = 0; f < CIFAR_FILES; f++)
		cifar.file[f] = xcalloc(CIFAR_BYTES, 1);
	CHECK("nothing decoded is not complete", !cifar_complete(&cifar, &trouble_seen));
	REASON(trouble_seen.why, "holds no CIFAR-10");

	/* the same images in two forms: planes in the binary one, pixels in the PNG */
	for (int i = 0; i < CIFAR_IMAGES; i++) {
		uint8_t *to = record.p + (size_t)i * CIFAR_RECORD, *px = rgb.p + (size_t)i * CIFAR_PIXELS;
		to[0] = (uint8_t)(i % 10);
		for (int k = 0; k < CIFAR_PLANE; k++)
			for (int c = 0; c < 3; c++)
				px[3 * k + c] = to[1 + c * CIFAR_PLANE + k] = (uint8_t)(i + 7 * k + 31 * c);
	}
	struct bytes png = png_of(rgb.p, CIFAR_PLANE, CIFAR_IMAGES, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE);
	struct bytes test = digits(CIFAR_IMAGES), train = digits(5 * CIFAR_IMAGES);
	CHECK("binary is taken", !part("data_batch_1.bin", &record));
	REASON(part("data_batch_1.bin", &record), "occurs twice");
	REASON(part("data_batch_1.png", &png), "occurs twice");
	CHECK("PNG is taken", !part("test_batch.png", &png));
	REASON(part("test_lables.json", &train), "expected an array of 10000 digits");
	refuse_labels("");
	refuse_labels("[]");
	refuse_labels("[1,2,3]");
	refuse_labels("[1,,2]");
	refuse_labels("[12]");
	refuse_labels("[-1]");
	refuse_labels("[[1]]");
	refuse_labels("{\"labels\":[1]}");
	CHECK("a part without labels is not complete", !cifar_complete(&cifar, &trouble_seen));
	REASON(trouble_seen.why, "images of data_batch_2 missing");
	CHECK("labels are taken", !part("test_lables.json", &test));
	REASON(part("test_lables.json", &test), "occurs twice");
	CHECK("both forms give the same file", !memcmp(cifar.file[0], cifar.file[5], CIFAR_BYTES));
	put_byte(&test, 'x');
	cifar.labels[5] = false;
	REASON(part("test_lables.json", &test), "byte ");

	uint8_t x[2 * CIFAR_PIXELS], y[2];
	cifar_rows(cifar.file[5] + 123 * CIFAR_RECORD, 2, x, y);
	CHECK("rows come pixel by pixel", !memcmp(x, rgb.p + 123 * CIFAR_PIXELS, sizeof x) && y[0] == 3 && y[1] == 4);

	record.n--;
	REASON(part("data_batch_2.bin", &record), "30729999 bytes, expected 30730000");
	cifar.in[0] = fmemopen(cifar.file[0], CIFAR_BYTES, "r");
	cifar.in[1] = fmemopen(cifar.file[1], CIFAR_BYTES - 1, "r");
	CHECK("other bytes are not CIFAR-10", !cifar_verify(&cifar, 0, 1, &trouble_seen));
	REASON(trouble_seen.why, "data_batch_1.bin: not CIFAR-10: SHA-256 ");
	CHECK("fewer bytes are not CIFAR-10", !cifar_verify(&cifar, 1, 1, &trouble_seen));
	REASON(trouble_seen.why, "data_batch_2.bin: is shorter than 30730000 bytes");
	fclose(cifar.in[0]);
	fclose(cifar.in[1]);
	struct bytes small = python2(ROWS);
	REASON(part("data_batch_3", &small), "3 labels and 3 x 4 data, expected 10000 and 10000 x 3072");
	CHECK("unknown names are no parts", !cifar_part_max("data_batch_6.bin") && !cifar_part_max("batches.meta.txt"));
	for (int f = 0; f < CIFAR_FILES; f++)
		free(cifar.file[f]);
	empty(&small);
	empty(&record);
	empty(&rgb);
	empty(&png);
	empty(&test);
	empty(&train);
}

int
main(void)
{
	program = "archive";
	test_gzip();
	test_gzip_bomb();
	test_tar();
	test_pickle();
	test_png();
	test_parts();
	return failures ? 1 : 0;
}
