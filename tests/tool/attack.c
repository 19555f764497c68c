/* attack MODE [OPTION...] FILE... -- COMMAND...   runs COMMAND on damaged or hostile files and says which one it does not refuse.
 *
 *   whole   each FILE as it is
 *   cuts    each FILE cut to every shorter length
 *   flips   each FILE with every single bit flipped
 *
 *   -s LIST  the exit statuses that are right (65); other than 0, they need one line "program: ..." on stderr, and nothing left behind
 *   -e RE    that line must match
 *   -b       stdout is binary; else it must hold no control characters but tab and newline. stderr must never hold others
 *   -v KB    address space
 *   -c MS    CPU time; what takes longer is run four times more, and the median counts
 *   -m KB    peak memory
 *
 * COMMAND runs in an empty directory, below the current one; @ becomes the name of the file; without an @ the file
 * is stdin. The last line says how many runs there were, and what they took at most. */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HANG_CPU = 20, HANG = 60, STDERR_MAX = 1 << 16, AGAIN = 4 };

static const char *statuses = "65", *expected = ".";
static bool binary;
static long address_kb, cpu_ms, peak_kb;
static regex_t expected_re;

static char **command;
static bool by_name; /* @ is in it */
static char scene[4096], damaged[4200], out[4200], err[4200];
static const char *what_now = "";

static long runs;
static double worst_ms;
static long worst_kb;

struct outcome {
	int status;       /* 128 + N: killed by signal N */
	double ms;
	long kb;
};

static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "attack: %s: %s\n", what, strerror(errno));
	exit(70);
}

/* ---- one run ---- */

static void
limit(int what, rlim_t most)
{
	setrlimit(what, &(struct rlimit){ most, most });
}

static void
redirect(const char *path, int flags, int to)
{
	int fd = open(path, flags, 0600);

	if (fd < 0 || dup2(fd, to) < 0)
		_exit(70);
	close(fd);
}

static struct outcome
run_once(void)
{
	struct outcome o;
	struct rusage u;
	int status;
	pid_t child = vfork(); /* the child's peak starts at the size of its parent: this process stays small */

	if (child < 0)
		give_up("vfork");
	if (child == 0) {
		redirect(by_name ? "/dev/null" : damaged, O_RDONLY, 0);
		redirect(binary ? "/dev/null" : out, O_WRONLY | O_CREAT | O_TRUNC, 1);
		redirect(err, O_WRONLY | O_CREAT | O_TRUNC, 2);
		limit(RLIMIT_CPU, HANG_CPU);
		limit(RLIMIT_CORE, 0);
		if (address_kb)
			limit(RLIMIT_AS, (rlim_t)address_kb << 10);
		alarm(HANG);
		execvp(*command, command);
		_exit(127);
	}
	while (wait4(child, &status, 0, &u) < 0)
		if (errno != EINTR)
			give_up("wait4");
	o.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	o.ms = 1e3 * (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-3 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
	o.kb = u.ru_maxrss;
	return o;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median_ms(double first)
{
	double ms[1 + AGAIN] = { first };

	for (int i = 1; i <= AGAIN; i++)
		ms[i] = run_once().ms;
	qsort(ms, 1 + AGAIN, sizeof *ms, by_size);
	return ms[AGAIN / 2];
}

/* ---- what must hold of it ---- */

static size_t
slurp(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (n < 0)
		give_up(path);
	close(fd);
	buf[n] = '\0';
	return (size_t)n;
}

/* C0 but tab and newline, DEL, and the C1 controls, which UTF-8 writes as c2 80..9f */
static bool
has_controls(const char *path)
{
	FILE *f = fopen(path, "r");
	bool found = false;

	if (!f)
		give_up(path);
	for (int c, before = 0; !found && (c = getc(f)) != EOF; before = c)
		found = (c < ' ' && c != '\n' && c != '\t') || c == 0x7f || (before == 0xc2 && c >= 0x80 && c < 0xa0);
	fclose(f);
	return found;
}

/* Empties the directory; the first name that was in it, or NULL. */
static const char *
sweep(void)
{
	static char first[256];
	DIR *d = opendir(".");

	if (!d)
		give_up("scene");
	*first = '\0';
	for (struct dirent *e; (e = readdir(d));) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		strcpy(first, e->d_name);
		unlink(first);
	}
	closedir(d);
	return *first ? first : NULL;
}

static bool
status_right(int status)
{
	char list[64];

	snprintf(list, sizeof list, "%s", statuses);
	for (char *s = strtok(list, ","); s; s = strtok(NULL, ","))
		if (atoi(s) == status)
			return true;
	return false;
}

/* What is wrong with the run; NULL: nothing. */
static const char *
judge(const struct outcome *o, const char *said, size_t n)
{
	static char why[300];
	const char *program = strrchr(*command, '/') ? strrchr(*command, '/') + 1 : *command, *left = sweep();
	size_t length = strlen(program);

	if (has_controls(err) || (!binary && has_controls(out)))
		return "raw control characters";
	if (!status_right(o->status))
		return "wrong status";
	if (cpu_ms && o->ms > (double)cpu_ms)
		return "too slow";
	if (peak_kb && o->kb > peak_kb)
		return "too much memory";
	if (o->status == 0)
		return NULL;
	if (left) {
		snprintf(why, sizeof why, "left %s behind", left);
		return why;
	}
	if (n == 0 || strchr(said, '\n') != said + n - 1)
		return "not one line on stderr";
	if (strncmp(said, program, length) || strncmp(said + length, ": ", 2))
		return "stderr does not begin with the program's name";
	return regexec(&expected_re, said, 0, NULL, 0) ? "the message does not match" : NULL;
}

static void
attack(const char *file)
{
	static char said[STDERR_MAX];
	struct outcome o = run_once();

	if (cpu_ms && o.ms > (double)cpu_ms)
		o.ms = median_ms(o.ms);
	const char *why = judge(&o, said, slurp(err, said, sizeof said));
	runs++;
	worst_ms = o.ms > worst_ms ? o.ms : worst_ms;
	worst_kb = o.kb > worst_kb ? o.kb : worst_kb;
	if (!why)
		return;
	printf("%s%s: %s: status %d, %.1f ms, %ld KB, stderr: %s\ncommand:", file, what_now, why, o.status, o.ms, o.kb, said);
	for (char **word = command; *word; word++)
		printf(" %s", *word);
	putchar('\n');
	exit(1);
}

/* ---- damage ---- */

static void
copy(const char *from, int to, off_t *size)
{
	static char buf[1 << 16];
	int fd = open(from, O_RDONLY);
	ssize_t n;

	if (fd < 0 || ftruncate(to, 0) || lseek(to, 0, SEEK_SET))
		give_up(from);
	for (*size = 0; (n = read(fd, buf, sizeof buf)) > 0; *size += n)
		if (write(to, buf, (size_t)n) != n)
			give_up(damaged);
	close(fd);
}

static void
cuts(const char *file, int fd, off_t size)
{
	static char what[64];

	for (off_t n = size; n-- > 0;) {
		if (ftruncate(fd, n))
			give_up(damaged);
		snprintf(what, sizeof what, " cut to %lld bytes", (long long)n);
		what_now = what;
		attack(file);
	}
}

static void
flips(const char *file, int fd, off_t size)
{
	static char what[64];
	uint8_t byte, bad;

	for (off_t i = 0; i < size; i++) {
		if (pread(fd, &byte, 1, i) != 1)
			give_up(damaged);
		for (int bit = 0; bit < 8; bit++) {
			bad = (uint8_t)(byte ^ 1 << bit);
			if (pwrite(fd, &bad, 1, i) != 1)
				give_up(damaged);
			snprintf(what, sizeof what, " with bit %d of byte %lld flipped", bit, (long long)i);
			what_now = what;
			attack(file);
		}
		if (pwrite(fd, &byte, 1, i) != 1)
			give_up(damaged);
	}
}

/* ---- */

static void
options(int argc, char **argv)
{
	for (int c; (c = getopt(argc, argv, "+s:e:bv:c:m:")) >= 0;)
		switch (c) {
		case 's': statuses = optarg; break;
		case 'e': expected = optarg; break;
		case 'b': binary = true; break;
		case 'v': address_kb = atol(optarg); break;
		case 'c': cpu_ms = atol(optarg); break;
		case 'm': peak_kb = atol(optarg); break;
		default: exit(64);
		}
	if (regcomp(&expected_re, expected, REG_EXTENDED | REG_NOSUB)) {
		fprintf(stderr, "attack: -e %s: no regular expression\n", expected);
		exit(64);
	}
}

/* A directory of its own below the current one: the empty one in which COMMAND runs, the damaged file and what is said beside it. */
static void
set_scene(void)
{
	if (!getcwd(scene, sizeof scene - 32))
		give_up("getcwd");
	strcat(scene, "/attack.XXXXXX");
	if (!mkdtemp(scene))
		give_up(scene);
	snprintf(damaged, sizeof damaged, "%s.file", scene);
	snprintf(out, sizeof out, "%s.out", scene);
	snprintf(err, sizeof err, "%s.err", scene);
	if (chdir(scene))
		give_up(scene);
	for (char **word = command; *word; word++)
		if (!strcmp(*word, "@")) {
			*word = damaged;
			by_name = true;
		}
}

static void
clear_scene(void)
{
	if (chdir("..") || rmdir(scene) || unlink(damaged) || unlink(err) || (!binary && unlink(out)))
		give_up(scene);
}

int
main(int argc, char **argv)
{
	int first, last;

	if (argc < 2)
		return 64;
	const char *mode = argv[1];
	argv++;
	argc--;
	options(argc, argv);
	for (first = last = optind; last < argc && strcmp(argv[last], "--");)
		last++;
	if (first == last || last + 1 >= argc) {
		fprintf(stderr, "usage: attack whole|cuts|flips [-s LIST] [-e RE] [-b] [-v KB] [-c MS] [-m KB] FILE... -- COMMAND...\n");
		return 64;
	}
	command = argv + last + 1;
	for (int i = first; i < last; i++) {
		char *path = realpath(argv[i], NULL);
		if (!path)
			give_up(argv[i]);
		argv[i] = path;
	}
	set_scene();
	int fd = open(damaged, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		give_up(damaged);
	for (int i = first; i < last; i++) {
		off_t size;
		copy(argv[i], fd, &size);
		if (!strcmp(mode, "cuts"))
			cuts(argv[i], fd, size);
		else if (!strcmp(mode, "flips"))
			flips(argv[i], fd, size);
		else
			attack(argv[i]);
	}
	clear_scene();
	printf("%ld runs, %.1f ms, %ld KB\n", runs, worst_ms, worst_kb);
	return 0;
}
