/* Scan, streams, maps and ranges from inside: what bats cannot reach */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/die.h"
#include "base/rng.h"
#include "cnn1/digest.h"
#include "cnn1/scan.h"
#include "cnn1/stream.h"
#include "sys/file.h"
#include "sys/ranges.h"

static int failures;

static void
check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "stream: %s\n", what);
	failures++;
}

/* ---- a stream in memory ---- */

static const struct shape images = { 3, { -1, 5, 7 } }, labels = { 1, { -1 } };

static struct header
a_header(const char *kind)
{
	struct header h = { 0 };

	strcpy(h.kind, kind);
	header_add(&h, "x", DT_F4, &images);
	header_add(&h, "y", DT_U1, &labels);
	meta_set_text(&h.meta, "note", "a\tb");
	return h;
}

enum way { TOGETHER, APART, IN_PLACE };

/* `n` rows written in blocks of random sizes: rows of all tensors, each tensor's by their own calls, or x made in stream_room. */
static char *
written(int64_t n, uint64_t key, enum way way, size_t *size, char id[ID_SIZE])
{
	char *bytes;
	FILE *f = open_memstream(&bytes, size);
	struct header h = a_header("dataset");
	struct stream *s = stream_out(f, "memory", &h);
	float *x = xcalloc((size_t)n * 35, sizeof *x);
	uint8_t *y = xcalloc((size_t)n, 1);

	for (int64_t i = 0; i < n * 35; i++)
		x[i] = (float)i;
	for (int64_t i = 0; i < n; i++)
		y[i] = (uint8_t)(i % 3);
	for (int64_t i = 0, k = 0; i < n; k++) {
		int64_t some = 1 + (int64_t)rng_below(key, (uint64_t)k, 20000);
		if (some > n - i)
			some = n - i;
		if (way == APART) {
			stream_put(s, 1, some, y + i);
			stream_put(s, 0, some, x + i * 35);
		} else if (way == IN_PLACE) {
			void *to = memcpy(stream_room(s, 0, some), x + i * 35, (size_t)some * 35 * sizeof *x);
			stream_write(s, &(struct rows){ i, some, (void *[]){ to, y + i } });
		} else {
			stream_write(s, &(struct rows){ i, some, (void *[]){ x + i * 35, y + i } });
		}
		i += some;
	}
	stream_end_object(s);
	file_flush(f);
	strcpy(id, stream_id(s));
	stream_free(s);
	fclose(f);
	header_free(&h);
	free(x);
	free(y);
	return bytes;
}

static void
same_contents_same_bytes(void)
{
	char id[2][ID_SIZE];
	size_t size[2];
	char *first = written(30000, 1, TOGETHER, &size[0], id[0]);

	for (uint64_t key = 2; key < 8; key++) {
		char *other = written(30000, key, (enum way)(key % 3), &size[1], id[1]);
		check(size[0] == size[1] && !memcmp(first, other, size[0]), "other blocks, other bytes");
		check(!strcmp(id[0], id[1]), "other blocks, other id");
		free(other);
	}
	free(first);
}

static void
rows_come_back(void)
{
	char id[ID_SIZE];
	size_t size;
	char *bytes = written(30000, 7, TOGETHER, &size, id);
	FILE *f = fmemopen(bytes, size, "r");
	struct stream *s = stream_in(f, "memory");
	struct rows r;
	int64_t next = 0;
	bool right = true;

	stream_verify(s);
	check(stream_object(s), "no object");
	while (stream_read(s, &r)) {
		right = right && r.i0 == next && r.n > 0 && (uintptr_t)r.data[0] % sizeof(float) == 0;
		for (int64_t i = 0; i < r.n; i++) {
			right = right && ((uint8_t *)r.data[1])[i] == (next + i) % 3;
			for (int64_t k = 0; k < 35; k++)
				right = right && ((float *)r.data[0])[i * 35 + k] == (float)((next + i) * 35 + k);
		}
		next += r.n;
	}
	check(right && next == 30000, "rows differ from those written");
	check(!strcmp(stream_id(s), id) && stream_rows(s, 1) == 30000, "id or rows differ");
	check(!stream_object(s), "a second object");
	stream_close(s);
	free(bytes);
}

/* ---- checksums ---- */

static void
checksums_are_zlibs(void)
{
	enum { MOST = 600000 };
	uint8_t *p = xcalloc(MOST + 64, 1);

	for (size_t i = 0; i < MOST + 64; i++)
		p[i] = (uint8_t)rng_bits(1, i);
	for (size_t n = 0; n < MOST; n = n < 1500 ? n + 1 : n + n / 3) {
		const uint8_t *from = p + n % 61;
		check(digest_crc(from, n, NULL, 0) == crc32(0, from, (uInt)n), "another checksum than zlib's");
	}
	free(p);
}

/* ---- scan ---- */

/* Given byte by byte in blocks of exactly that size, so that a sanitizer sees any look beyond. */
static enum scan_result
scan_slowly(const uint8_t *p, size_t n, struct scan *s)
{
	*s = (struct scan){ 0 };
	for (size_t k = 1;; k++) {
		uint8_t *copy = xcalloc(k, 1);
		memcpy(copy, p, k);
		enum scan_result r = scan_record(copy, k, s);
		free(copy);
		if (r != SCAN_MORE || k == n)
			return r;
	}
}

static void
scan_in_parts(void)
{
	char id[ID_SIZE];
	size_t size, at = 0;
	uint8_t *bytes = (uint8_t *)written(3, 1, TOGETHER, &size, id);

	while (at < size) {
		struct scan whole = { 0 }, parts;
		check(scan_record(bytes + at, size - at, &whole) == SCAN_OK, "a record of ours is refused");
		check(scan_slowly(bytes + at, size - at, &parts) == SCAN_OK && parts.size == whole.size && parts.body == whole.body,
		      "byte by byte, another result");
		for (size_t n = 0; n < whole.size; n++) {
			struct scan cut = { 0 };
			check(scan_record(bytes + at, n, &cut) == SCAN_MORE && cut.need > n && cut.need <= whole.size,
			      "a cut record asks for too much or too little");
		}
		at += whole.size;
	}
	check(at == size, "bytes are left");
	free(bytes);
}

/* Whatever the bytes: an answer, the same in parts, and never more needed than a record may hold. */
static void
scan_anything(void)
{
	static const uint8_t tempting[] = { 0x93, 0xa1, 'd', 0x81, 0xc4, 0x04, 0xdc, 0xdd, 0xdf, 0xdb, 0xc6, 0xff, 0x00, 0x01, 0x9f, 0x8f };
	uint8_t p[64];

	for (uint64_t round = 0; round < 20000; round++) {
		for (size_t i = 0; i < sizeof p; i++) {
			uint32_t bits = rng_bits(rng_key(round, "scan", 0), i);
			p[i] = bits & 0x100 ? tempting[bits % sizeof tempting] : (uint8_t)bits;
		}
		memcpy(p, "\x93\xa1z", round % 2 ? 3 : 0);
		struct scan whole = { 0 }, parts;
		enum scan_result a = scan_record(p, sizeof p, &whole), b = scan_slowly(p, sizeof p, &parts);
		check(a == b && (a != SCAN_BAD || (whole.at == parts.at && whole.at <= sizeof p && whole.why)), "parts differ");
		check(a != SCAN_MORE || (whole.need > sizeof p && whole.need <= SCAN_RECORD), "needs more than a record holds");
		check(a != SCAN_OK || (whole.size <= sizeof p && whole.body + SCAN_CRC == whole.size), "no CRC at the end");
	}
}

/* ---- maps ---- */

static void
meta_keeps_values(void)
{
	struct meta m = { 0 }, inner = { 0 }, copy, back;
	char *s, *list[3];
	double reals[3];
	int64_t i;
	uint64_t u;
	double d;
	bool b;
	int n;

	meta_set_text(&inner, "per", "image");
	meta_set_text(&m, "text", "größe");
	meta_set_int(&m, "int", INT64_MIN);
	meta_set_uint(&m, "uint", UINT64_MAX);
	meta_set_real(&m, "real", 0.1);
	meta_set_bool(&m, "bool", true);
	meta_set_texts(&m, "texts", 2, (char *[]){ "a", "" });
	meta_set_reals(&m, "reals", 2, (double[]){ -0.5, INFINITY });
	meta_set_meta(&m, "meta", &inner);
	meta_copy(&copy, &m);
	check(meta_text(&copy, "text", &s) && !strcmp(s, "größe"), "text");
	free(s);
	check(meta_int(&copy, "int", &i) && i == INT64_MIN, "int");
	check(meta_uint(&copy, "uint", &u) && u == UINT64_MAX && !meta_int(&copy, "uint", &i), "uint");
	check(meta_real(&copy, "real", &d) && d == 0.1 && meta_real(&copy, "int", &d) && d == (double)INT64_MIN, "real");
	check(meta_bool(&copy, "bool", &b) && b && !meta_bool(&copy, "int", &b), "bool");
	check(meta_texts(&copy, "texts", 3, &n, list) && n == 2 && !strcmp(list[0], "a") && !*list[1], "texts");
	free(list[0]);
	free(list[1]);
	check(!meta_texts(&copy, "texts", 1, &n, list) && n == 0, "more texts than there is room for");
	check(!meta_texts(&copy, "reals", 3, &n, list) && n == 0, "reals are no texts");
	check(meta_reals(&copy, "reals", 3, &n, reals) && n == 2 && reals[0] == -0.5 && isinf(reals[1]), "reals");
	check(meta_meta(&copy, "meta", &back) && meta_text(&back, "per", &s) && !strcmp(s, "image"), "meta");
	free(s);
	meta_free(&back);
	check(!meta_find(&copy, "none") && !meta_text(&copy, "none", &s), "a key that is not there");
	meta_set_int(&copy, "text", 5);
	check(copy.n == m.n && !strcmp(copy.entry[0].key, "text") && meta_int(&copy, "text", &i) && i == 5, "replaced in its place");
	meta_remove(&copy, "text");
	meta_remove(&copy, "text");
	check(copy.n == m.n - 1 && !meta_find(&copy, "text") && meta_find(&copy, "meta"), "removed");
	meta_free(&copy);
	meta_free(&inner);
	meta_free(&m);
}

static void
json_is_json(void)
{
	struct meta m = { 0 };
	char *s;
	size_t n;
	FILE *f = open_memstream(&s, &n);

	meta_set_text(&m, "a\"\\\n\x1b", "\x7f\xc2\x9b\xc3\xa4");
	meta_set_reals(&m, "r", 3, (double[]){ NAN, 0.1, 1e300 });
	json_meta(f, &m);
	fclose(f);
	check(!strcmp(s, "{\"a\\\"\\\\\\n\\u001b\":\"\\u007f\\u009b\xc3\xa4\",\"r\":[null,0.1,1e+300]}"), s);
	free(s);
	meta_free(&m);
}

/* ---- ranges ---- */

static void
ranges_parse_and_hold(void)
{
	static const char *const wrong[] = { "", ",", "1,", ":", "5:5", "5:2", "-1", "1:2:3", "a", "1 ", " 1", "99999999999999999999" };
	struct ranges r = { 0 };
	char many[8001] = "";

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		check(!ranges_parse(&r, wrong[i]), wrong[i]);
	check(ranges_parse(&r, "15,0:10,8:12,90:") && r.n == 3, "ranges are joined and sorted");
	check(ranges_hold(&r, 0) && ranges_hold(&r, 11) && !ranges_hold(&r, 12) && ranges_hold(&r, 15) && !ranges_hold(&r, 16) &&
	      !ranges_hold(&r, 89) && ranges_hold(&r, 1000000), "what they hold");
	check(ranges_count(&r, 100) == 23 && ranges_count(&r, -1) == -1 && ranges_count(&r, 5) == 5 && ranges_least(&r) == 90, "counts");
	check(ranges_parse(&r, ":3") && ranges_count(&r, -1) == 3 && ranges_least(&r) == 3, "an end without a beginning");
	for (int i = 0; i < 1000; i++)
		sprintf(many + strlen(many), "%s%d", i ? "," : "", 2 * i);
	check(ranges_parse(&r, many) && r.n == 1000 && ranges_hold(&r, 1998) && !ranges_hold(&r, 1997), "a thousand ranges");
	ranges_free(&r);
}

int
main(void)
{
	program = "stream";
	checksums_are_zlibs();
	same_contents_same_bytes();
	rows_come_back();
	scan_in_parts();
	scan_anything();
	meta_keeps_values();
	json_is_json();
	ranges_parse_and_hold();
	return failures > 0;
}
