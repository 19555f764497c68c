#include "io/cifar_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"

#define ENTRY "cifar-10"
#define WORK ".cifar-10."

static char *work;
static int lock = -1;
static bool kept; /* the directory of the cache can be written */

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
enum { SIGNALS = sizeof signals / sizeof *signals };
static struct sigaction before[SIGNALS];
static volatile sig_atomic_t caught;

const char *
cache_dir(void)
{
	static char *dir;
	const char *own = getenv("CNNUTILS_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (dir)
		return dir;
	if (own && *own)
		dir = xstrdup(own);
	else if (xdg && *xdg == '/') /* the XDG base directory specification: relative ones are ignored */
		dir = text("%s/cnnutils", xdg);
	else if (home && *home)
		dir = text("%s/.cache/cnnutils", home);
	return dir;
}

bool
cache_find(struct cifar *c, int first, int n, struct trouble *t)
{
	if (!cache_dir())
		return trouble(t, EX_NOINPUT, "no cache");
	char *entry = text("%s/" ENTRY, cache_dir());
	bool ok = cifar_open(c, entry, first, n, t) && cifar_verify(c, first, n, t);
	/* an entry without one of its files is a damaged one */
	if (!ok && t->status == EX_NOINPUT && access(entry, F_OK) == 0)
		t->status = EX_DATAERR;
	if (!ok)
		cifar_close(c);
	free(entry);
	return ok;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	remove(path);
	return 0;
}

void
remove_tree(const char *path)
{
	/* this is the way out of trouble: where memory or a directory fails, it does not stop at the first attempt */
	for (int i = 0; i < 3 && (i == 0 || access(path, F_OK) == 0); i++)
		nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool
make_dirs(char *path)
{
	for (char *p = path + 1; *p; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(path, 0777);
			*p = '/';
		}
	return mkdir(path, 0777) == 0 || errno == EEXIST;
}

/* What runs left behind that were killed: only holders of the lock make such directories, and we hold it. */
static int
sweep_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	if (where->level == 1 && type == FTW_D && !strncmp(path + where->base, WORK, strlen(WORK)))
		remove_tree(path);
	return where->level >= 1 && type == FTW_D ? FTW_SKIP_SUBTREE : FTW_CONTINUE;
}

static bool
take_lock(const char *dir)
{
	char *path = text("%s/" ENTRY ".lock", dir);

	/* not close-on-exec: a download that outlives us keeps others from writing to the same file */
	lock = open(path, O_RDWR | O_CREAT, 0666);
	free(path);
	if (lock < 0)
		return false;
	if (flock(lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno != EWOULDBLOCK)
		return false;
	note("%s: another cifar-fetch is at work; waiting for it", dir);
	while (flock(lock, LOCK_EX)) {
		if (errno != EINTR)
			return false;
		cache_tick();
	}
	return true;
}

static void
on_signal(int sig)
{
	caught = sig;
}

static void
catch_signals(void)
{
	struct sigaction a = { .sa_handler = on_signal }; /* no SA_RESTART: waiting for the lock must end */

	sigemptyset(&a.sa_mask);
	for (int i = 0; i < SIGNALS; i++) {
		sigaction(signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &a, NULL);
	}
}

static void
release_signals(void)
{
	for (int i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
}

bool
cache_interrupted(void)
{
	return caught != 0;
}

void
cache_tick(void)
{
	int sig = caught;

	if (!sig)
		return;
	cache_end();
	raise(sig);
}

/* An absolute path: npm runs in another directory. */
static char *
work_in(const char *dir, const char *name)
{
	char *real = realpath(dir, NULL);
	char *path = text("%s/%sXXXXXX", real ? real : dir, name);

	free(real);
	if (mkdtemp(path))
		return path;
	free(path);
	return NULL;
}

void
cache_begin(void)
{
	char *dir = cache_dir() ? xstrdup(cache_dir()) : NULL;
	const char *tmp = getenv("TMPDIR");
	const char *why = "no home directory; set CNNUTILS_CACHE";

	catch_signals();
	on_die(cache_end);
	if (dir) {
		kept = make_dirs(dir) && take_lock(dir);
		if (kept) {
			nftw(dir, sweep_one, 16, FTW_PHYS | FTW_ACTIONRETVAL);
			work = work_in(dir, WORK);
			kept = work != NULL;
		}
		why = strerror(errno);
	}
	if (!kept)
		note("%s: %s; the data will not be kept", dir ? dir : "no cache", why);
	free(dir);
	if (kept)
		return;
	tmp = tmp && *tmp ? tmp : "/tmp";
	work = work_in(tmp, "cnnutils.");
	if (!work)
		die(EX_CANTCREAT, "%s: %s; set CNNUTILS_CACHE or TMPDIR to a directory with 400 MB", tmp, strerror(errno));
}

bool
cache_discard(void)
{
	char *entry = text("%s/" ENTRY, cache_dir());

	remove_tree(entry);
	bool gone = access(entry, F_OK) != 0;
	free(entry);
	return gone;
}

const char *
cache_work(void)
{
	return work;
}

const char *
cache_downloads(void)
{
	return kept ? cache_dir() : work;
}

static void
sync_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

void
cache_keep(void)
{
	if (!kept)
		return;
	char *entry = text("%s/" ENTRY, cache_dir());
	for (int f = 0; f < CIFAR_FILES; f++) {
		char *path = text("%s/%s", work, cifar_files[f].name);
		sync_path(path);
		free(path);
	}
	mode_t mask = umask(0);
	umask(mask);
	chmod(work, 0777 & ~mask); /* mkdtemp's are private; a cache may be shared */
	if (rename(work, entry) == 0) {
		sync_path(cache_dir());
		free(work);
		work = NULL;
	} else if (errno != ENOTEMPTY && errno != EEXIST)
		warn("%s: %s; the data are not kept", entry, strerror(errno));
	free(entry);
}

void
cache_end(void)
{
	if (work)
		remove_tree(work);
	free(work);
	work = NULL;
	if (lock >= 0)
		close(lock);
	lock = -1;
	release_signals();
}
