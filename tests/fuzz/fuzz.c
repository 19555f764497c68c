#include "fuzz.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/die.h"
#include "cnn1/scan.h"
#include "memory.h"

/* ---- running a decoder ---- */

static jmp_buf back;
static bool inside;
static bool ended; /* by exit, */
static int died;   /* whose status this is */
static FILE *true_stdout, *true_stderr;
static const uint8_t *input;
static size_t input_size;
static FILE *input_file; /* open and read through memory */

_Noreturn void
fuzz_wrong(const char *file, int line, const char *what)
{
	inside = false;
	if (true_stderr)
		stderr = true_stderr;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

static void
too_much(size_t held)
{
	char what[120];

	snprintf(what, sizeof what, "memory in proportion; %zu bytes of input made it take %zu", input_size, held);
	fuzz_wrong("memory", 0, what);
}

_Noreturn void __real_exit(int status);
_Noreturn void __wrap_exit(int status);
_Noreturn void
__wrap_exit(int status)
{
	if (!inside)
		__real_exit(status);
	ended = true;
	died = status;
	longjmp(back, 1);
}

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *
__wrap_fopen(const char *path, const char *mode)
{
	/* libFuzzer writes the input that failed while the decoder still runs */
	return inside && *mode == 'r' ? fuzz_file(input, input_size) : __real_fopen(path, mode);
}

/* stderr meanwhile: one line a message, all of it printable */
static ssize_t
hear(void *ctx, const char *p, size_t n)
{
	(void)ctx;
	MUST(n > 0 && memchr(p, '\n', n) == p + n - 1);
	for (size_t i = 0; i + 1 < n; i++) {
		MUST(!iscntrl((unsigned char)p[i]));
		MUST(!((unsigned char)p[i] == 0xc2 && (unsigned char)p[i + 1] >= 0x80 && (unsigned char)p[i + 1] < 0xa0));
	}
	return (ssize_t)n;
}

static ssize_t
swallow(void *ctx, const char *p, size_t n)
{
	(void)ctx;
	(void)p;
	return (ssize_t)n;
}

FILE *
fuzz_sink(void)
{
	return fopencookie(NULL, "w", (cookie_io_functions_t){ .write = swallow });
}

static void
start(void)
{
	static char said[1 << 14], written[1 << 12];
	static FILE *heard, *sink;

	if (!heard) {
		true_stdout = stdout;
		true_stderr = stderr;
		heard = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = hear });
		sink = fuzz_sink();
		setvbuf(heard, said, _IOFBF, sizeof said);
		setvbuf(sink, written, _IOFBF, sizeof written);
		program = "fuzz";
	}
	stderr = heard;
	stdout = sink;
}

int
fuzz_run(void (*decode)(const uint8_t *data, size_t size), const uint8_t *data, size_t size, size_t memory)
{
	start();
	input = data;
	input_size = size;
	ended = false;
	died = 0;
	memory_begin(memory, too_much);
	inside = true;
	if (setjmp(back) == 0)
		decode(data, size);
	inside = false;
	fflush(stdout);
	stdout = true_stdout;
	stderr = true_stderr;
	if (input_file && ended)
		fclose(input_file);
	MUST(!input_file || ended);
	input_file = NULL;
	size_t left = memory_end();
	MUST(ended || left == 0);
	MUST(died != EX_SOFTWARE && died != EX_OSERR);
	return died;
}

/* ---- files ---- */

static struct {
	const uint8_t *p;
	size_t n;
} rest;

static ssize_t
take(void *ctx, char *to, size_t n)
{
	(void)ctx;
	n = n < rest.n ? n : rest.n;
	memcpy(to, rest.p, n);
	rest.p += n;
	rest.n -= n;
	return (ssize_t)n;
}

static int
closed(void *ctx)
{
	(void)ctx;
	input_file = NULL;
	return 0;
}

FILE *
fuzz_file(const uint8_t *data, size_t size)
{
	MUST(!input_file);
	rest.p = data;
	rest.n = size;
	return input_file = fopencookie(NULL, "r", (cookie_io_functions_t){ .read = take, .close = closed });
}

FILE *
fuzz_real_file(const uint8_t *data, size_t size)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("input", MFD_CLOEXEC);
	MUST(fd >= 0 && !ftruncate(fd, (off_t)size) && pwrite(fd, data, size, 0) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	return fdopen(dup(fd), "r");
}

/* ---- checksums ---- */

void
fuzz_seal_records(uint8_t *p, size_t n)
{
	for (;;) {
		struct scan s = { 0 };
		if (scan_record(p, n, &s) != SCAN_OK)
			return;
		uint32_t crc = (uint32_t)crc32_z(0, p, s.body);
		for (int i = 0; i < 4; i++)
			p[s.size - 4 + (size_t)i] = (uint8_t)(crc >> 8 * i);
		p += s.size;
		n -= s.size;
	}
}

/* Stored blocks of deflate (RFC 1951, 3.2.4); returns what follows them. */
static uint8_t *
store(uint8_t *to, const uint8_t *p, size_t n)
{
	do {
		uint16_t m = n < 65535 ? (uint16_t)n : 65535;
		const uint8_t head[] = { m == n, (uint8_t)m, (uint8_t)(m >> 8), (uint8_t)~m, (uint8_t)(~m >> 8) };
		memcpy(to, head, sizeof head);
		if (m)
			memcpy(to + sizeof head, p, m);
		to += sizeof head + m;
		p += m;
		n -= m;
	} while (n);
	return to;
}

static size_t
stored_size(size_t n)
{
	return n + 5 * (n / 65535 + 1);
}

uint8_t *
fuzz_zlib(const uint8_t *p, size_t n, size_t *size)
{
	uint8_t *z = xcalloc(2 + stored_size(n) + 4, 1), *end;
	uint32_t sum = (uint32_t)adler32_z(1, p, n);

	memcpy(z, "\x78\x01", 2);
	end = store(z + 2, p, n);
	for (int i = 3; i >= 0; i--)
		*end++ = (uint8_t)(sum >> 8 * i);
	*size = (size_t)(end - z);
	return z;
}

uint8_t *
fuzz_gzip(const uint8_t *p, size_t n, size_t *size)
{
	static const uint8_t head[10] = { 0x1f, 0x8b, 8 };
	uint8_t *z = xcalloc(sizeof head + stored_size(n) + 8, 1), *end;
	const uint32_t tail[2] = { (uint32_t)crc32_z(0, p, n), (uint32_t)n };

	memcpy(z, head, sizeof head);
	end = store(z + sizeof head, p, n);
	for (int i = 0; i < 8; i++)
		*end++ = (uint8_t)(tail[i / 4] >> 8 * (i % 4));
	*size = (size_t)(end - z);
	return z;
}

/* libFuzzer looks into the section of this name; not static, since nothing here does */
enum { COUNTERS = 1 << 10 };
extern uint8_t fuzz_counters[COUNTERS];
__attribute__((section("__libfuzzer_extra_counters"))) uint8_t fuzz_counters[COUNTERS];

void
fuzz_reached(const void *what, size_t n)
{
	uint32_t hash = 2166136261; /* FNV-1a */

	for (const uint8_t *p = what; n--; p++)
		hash = (hash ^ *p) * 16777619;
	fuzz_counters[hash % COUNTERS] = 1;
}

void
fuzz_touch(const void *p, size_t n)
{
	const volatile uint8_t *b = p; /* volatile: read although the value is not used */

	for (size_t i = 0; i < n; i++)
		(void)b[i];
}
