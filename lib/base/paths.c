#include "base/paths.h"

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"

enum { LINKS_MAX = 40 };

/* ---- where a name leads ---- */

static char *
directory_of(const char *path)
{
	char *copy = xstrdup(path), *dir = xstrdup(dirname(copy));

	free(copy);
	return dir;
}

static char *
name_in_directory(const char *path)
{
	char *copy = xstrdup(path), *name = xstrdup(basename(copy));

	free(copy);
	return name;
}

static bool
lies_in(const char *path, const char *dir)
{
	char *parent = directory_of(path), *real = realpath(parent, NULL), *want = realpath(dir, NULL);
	bool yes = real && want && !strcmp(real, want);

	free(want);
	free(real);
	free(parent);
	return yes;
}

int
path_descriptor(const char *path)
{
	char *name = name_in_directory(path);
	const bool digits = *name && strspn(name, "0123456789") == strlen(name) && strlen(name) < 9;
	const int fd = digits && lies_in(path, "/proc/self/fd") ? atoi(name) : -1;

	free(name);
	return fd;
}

/* The link `at` leads to; NULL: it is not a link. */
static char *
link_target(const char *at)
{
	char to[PATH_MAX];
	const ssize_t n = readlink(at, to, sizeof to - 1);

	if (n < 0 || path_descriptor(at) >= 0)
		return NULL;
	to[n] = '\0';
	char *dir = directory_of(at), *next = *to == '/' ? xstrdup(to) : text("%s/%s", dir, to);
	free(dir);
	return next;
}

char *
path_follow(const char *path)
{
	char *at = xstrdup(path);

	for (int i = 0; i < LINKS_MAX; i++) {
		char *next = link_target(at);
		if (!next)
			return at;
		free(at);
		at = next;
	}
	die(EX_CANTCREAT, "%s: too many symbolic links", path);
}

/* ---- which files go together ---- */

static bool
is_stream(const struct path *p)
{
	return !strcmp(p->path, "-");
}

static bool
look(const struct path *p, struct stat *st)
{
	if (is_stream(p))
		return !fstat(p->use == PATH_READ ? STDIN_FILENO : STDOUT_FILENO, st);
	return !stat(p->path, st);
}

/* Two names for a file that does not exist yet? */
static bool
same_name(const char *a, const char *b)
{
	char *to_a = path_follow(a), *to_b = path_follow(b), *dir_a = directory_of(to_a), *dir_b = directory_of(to_b),
	     *name_a = name_in_directory(to_a), *name_b = name_in_directory(to_b);
	struct stat in_a, in_b;
	const bool same = !strcmp(name_a, name_b) && !stat(dir_a, &in_a) && !stat(dir_b, &in_b) && in_a.st_dev == in_b.st_dev &&
	                  in_a.st_ino == in_b.st_ino;

	free(name_b);
	free(name_a);
	free(dir_b);
	free(dir_a);
	free(to_b);
	free(to_a);
	return same;
}

static bool
same_file(const struct path *a, const struct path *b)
{
	struct stat in_a, in_b;
	const bool there_a = look(a, &in_a), there_b = look(b, &in_b);

	if (there_a && there_b)
		return in_a.st_dev == in_b.st_dev && in_a.st_ino == in_b.st_ino && !S_ISCHR(in_a.st_mode) && !S_ISSOCK(in_a.st_mode);
	return !there_a && !there_b && same_name(a->path, b->path);
}

static bool
renews(const struct path *input, const struct path *result)
{
	return input->renewal && !is_stream(result) && result->said && !strcmp(result->said, input->renewal);
}

static bool
clash(const struct path *a, const struct path *b)
{
	if (a->use == PATH_READ && b->use == PATH_READ)
		return false;
	if (is_stream(a) && is_stream(b) && a->use != PATH_READ && b->use != PATH_READ)
		return true;
	return !renews(a, b) && !renews(b, a) && same_file(a, b);
}

/* "--best b", "b" of an operand, or "standard output" */
static char *
shown(const struct path *p)
{
	if (is_stream(p))
		return xstrdup(p->use == PATH_READ ? "standard input" : "standard output");
	return p->said ? text("%s %s", p->said, p->path) : xstrdup(p->path);
}

static void
check_kept(const struct path *p)
{
	struct stat st;
	char *to = path_follow(p->path);
	const bool passing = is_stream(p) || path_descriptor(to) >= 0 ||
	                     (!stat(to, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || S_ISBLK(st.st_mode)));

	if (passing)
		die(EX_USAGE, "%s %s: is written many times; give the name of a file", p->said, p->path);
	free(to);
}

void
paths_check(const struct path *p, int n)
{
	for (int i = 0; i < n; i++) {
		if (p[i].use == PATH_KEPT)
			check_kept(&p[i]);
		for (int k = 0; k < i; k++)
			if (clash(&p[i], &p[k]))
				die(EX_USAGE, "%s: the same file as %s; give each result a file of its own", shown(&p[i]),
				    shown(&p[k]));
	}
}
