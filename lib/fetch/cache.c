#include "fetch/cache.h"

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
#define TAG "CACHEDIR.TAG"

/* Stands in every directory that is ours. The first line is the Cache Directory Tagging Specification's: backups pass us over. */
static const char tag[] = "Signature: 8a477f597d28d172789f06886806bc55\n"
                          "# cifar-fetch of cnnutils made this directory and may remove it\n";

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

static char *
entry_path(void)
{
	return text("%s/" ENTRY, cache_dir());
}

bool
cache_find(struct cifar *c, int first, int n, struct trouble *t)
{
	if (!cache_dir())
		return trouble(t, EX_NOINPUT, "no cache");
	char *entry = entry_path();
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

static bool
mark(const char *dir)
{
	char *path = text("%s/" TAG, dir);
	FILE *f = fopen(path, "wxe");
	bool ok = f && fputs(tag, f) >= 0;

	ok = f && !fclose(f) && ok;
	free(path);
	return ok;
}

/* A directory, no link to one, with our mark. */
static bool
is_ours(const char *dir)
{
	char *path = text("%s/" TAG, dir), got[sizeof tag] = "";
	struct stat st;
	FILE *f = !lstat(dir, &st) && S_ISDIR(st.st_mode) && !lstat(path, &st) && S_ISREG(st.st_mode) ? fopen(path, "re") : NULL;
	bool ok = f && fread(got, 1, sizeof got, f) == sizeof tag - 1 && !memcmp(got, tag, sizeof tag - 1);

	if (f)
		fclose(f);
	free(path);
	return ok;
}

/* By name: what anybody else has put there stays, and so does the directory then. */
static void
remove_entry(const char *entry)
{
	for (int f = 0; f <= CIFAR_FILES; f++) {
		char *path = text("%s/%s", entry, f < CIFAR_FILES ? cifar_files[f].name : TAG);
		unlink(path);
		free(path);
	}
	rmdir(entry);
}

/* Leftovers of killed runs. Only the holder of the lock makes such directories, and we hold it, so none is in use. */
static int
sweep_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	if (where->level == 1 && type == FTW_D && !strncmp(path + where->base, WORK, strlen(WORK)) && is_ours(path))
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
	if (mkdtemp(path)) {
		if (mark(path))
			return path;
		int why = errno;
		remove_tree(path);
		errno = why;
	}
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
		die(EX_CANTCREAT, "%s: %m; set CNNUTILS_CACHE or TMPDIR to a directory with 400 MB", tmp);
}

const char *
cache_fate(const struct trouble *t)
{
	static char *fate;
	char *entry = entry_path();

	free(fate);
	if (t->status == EX_IOERR || !kept)
		fate = xstrdup("left as it is and not used");
	else if (is_ours(entry))
		fate = xstrdup("to be replaced");
	else
		fate = text("%s was not made by cifar-fetch, so it is left as it is and the data are not kept; move it away, or set "
		            "CNNUTILS_CACHE", entry);
	free(entry);
	return fate;
}

const char *
cache_work(void)
{
	return work;
}

char *
cache_part(const char *name)
{
	/* a browser may keep its NAME.part in the same folder */
	return kept ? text("%s/" WORK "%s.part", cache_dir(), name) : text("%s/%s.part", work, name);
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

static void
sync_work(void)
{
	for (int f = 0; f < CIFAR_FILES; f++) {
		char *path = text("%s/%s", work, cifar_files[f].name);
		sync_path(path);
		free(path);
	}
}

/* Makes the entry's name free, if possible. No message about a directory that is complete or not ours. */
static bool
make_way(const char *entry, bool instead)
{
	struct stat st;

	if (instead && is_ours(entry)) {
		remove_entry(entry);
		if (!lstat(entry, &st))
			warn("%s: cannot be removed, or holds other files, too; the data are not kept", entry);
	}
	return lstat(entry, &st) != 0;
}

void
cache_keep(bool instead)
{
	if (!kept)
		return;
	char *entry = entry_path();
	sync_work();
	mode_t mask = umask(0);
	umask(mask);
	chmod(work, 0777 & ~mask); /* mkdtemp's are private; a cache may be shared */
	if (make_way(entry, instead)) {
		if (rename(work, entry) == 0) {
			sync_path(cache_dir());
			free(work);
			work = NULL;
		} else {
			warn("%s: %m; the data are not kept", entry);
		}
	}
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
