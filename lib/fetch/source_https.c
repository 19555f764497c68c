/* Archives by https. curl(1) does it: a download that breaks goes on where it broke, from any mirror of a pinned archive. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "fetch/cache.h"
#include "fetch/source_inside.h"
#include "fetch/watch.h"
#include "sys/child.h"
#include "sys/progress.h"

enum {
	CONNECT_SECONDS = 10,
	TRIES = 10, /* of a download that breaks but gets on */
	CURL_NO_RANGE = 33,
	CURL_TOO_LARGE = 63,
};

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
	const char *why = watch_said(said, "curl: (");
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
		int status = watch_run(argv, NULL, w, said, sizeof said);
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

bool
source_https(const char *url, const struct patience *p, struct cifar *c, struct trouble *t)
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
	bool ok = whole && (!a || is_pinned(whole, a, t)) && source_archive(whole, c, t);
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
