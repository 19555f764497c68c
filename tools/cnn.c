/* The launcher: runs a command with our programs first in PATH, so that `split` is ours and not coreutils'. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "base/opt.h"
#include "sys/file.h"

enum { CANNOT_RUN = 126, NOT_FOUND = 127 }; /* as shells say it */

static const struct opt opts[] = { OPT_END };
static const char *dir; /* of our programs */

/* The programs are in the directory of this one, build/bin or libexec; those in bin are links. */
static const char *
program_dir(void)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

	if (n < 0)
		die(EX_OSFILE, "/proc/self/exe: %m; is /proc mounted?");
	path[n] = '\0';
	*strrchr(path, '/') = '\0';
	return path;
}

/* A colon would part the directory's name: others could then be found in its place. */
static bool
path_can_hold_dir(void)
{
	return !strchr(dir, ':');
}

static void
path_first(void)
{
	const char *path = getenv("PATH");

	if (!path_can_hold_dir())
		return;
	if (setenv("PATH", path && *path ? text("%s:%s", dir, path) : text("%s:/usr/bin:/bin", dir), 1))
		die(EX_OSERR, "PATH: %m");
}

/* Ours by its full name, so that nothing else is run in its place; any other as PATH finds it. */
static _Noreturn void
run(char **argv)
{
	if (!strchr(argv[0], '/'))
		execv(text("%s/%s", dir, argv[0]), argv);
	if (!path_can_hold_dir())
		die(CANNOT_RUN, "%s: PATH cannot hold %s, which has a colon; move the programs to a directory without one", argv[0],
		    dir);
	execvp(argv[0], argv);
	if (errno == ENOENT)
		die(NOT_FOUND, "%s: not found; cnn without a command lists the programs", argv[0]);
	die(CANNOT_RUN, "%s: %m", argv[0]);
}

/* The second line of --help says what a program is for. */
static void
print_purpose(const char *name)
{
	char line[256] = "", *file = text("%s/%s", dir, name); /* before the child, which could not report a lack of memory */
	int fd[2];

	if (pipe(fd))
		die(EX_OSERR, "pipe: %m");
	pid_t pid = fork();
	if (pid < 0)
		die(EX_OSERR, "fork: %m");
	if (pid == 0) {
		dup2(fd[1], STDOUT_FILENO);
		close(fd[0]);
		close(fd[1]);
		execv(file, (char *[]){ file, "--help", NULL });
		die(CANNOT_RUN, "%s: %m", file);
	}
	close(fd[1]);
	FILE *help = fdopen(fd[0], "r");
	if (!help)
		die(EX_OSERR, "%s --help: %m", name);
	for (int i = 0; i < 2 && fgets(line, sizeof line, help); i++)
		;
	while (getc(help) != EOF) /* the rest, so that it does not die of SIGPIPE */
		;
	fclose(help);
	waitpid(pid, NULL, 0);
	free(file);
	printf("  %-14s %s%s", name, line, strchr(line, '\n') ? "" : "\n");
}

static int
is_program(const struct dirent *e)
{
	return e->d_name[0] != '.' && strcmp(e->d_name, "cnn") != 0;
}

static void
list(void)
{
	struct dirent **entry;
	int n = scandir(dir, &entry, is_program, alphasort);

	if (n < 0)
		die(errno == ENOMEM ? EX_OSERR : EX_NOINPUT, "%s: %m", dir);
	printf("usage: cnn COMMAND [ARGUMENT...]\n\nprograms (NAME --help says more):\n");
	fflush(stdout); /* once: the children would print it again */
	for (int i = 0; i < n; i++)
		print_purpose(entry[i]->d_name);
	printf("\nexamples: cnn split --help, cnn make -C pipelines, cnn sh\n");
	file_done(stdout);
}

int
main(int argc, char **argv)
{
	int command = 1;

	/* only options before the command are ours */
	while (command < argc && argv[command][0] == '-')
		if (!strcmp(argv[command++], "--"))
			break;
	opt_parse(command, argv, opts, "[COMMAND [ARGUMENT...]]", "Run a command with the programs of cnnutils first in PATH.",
	          0, 0);
	dir = program_dir();
	path_first();
	if (command < argc)
		run(&argv[command]);
	list();
	return EX_OK;
}
