#include "sys/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"

extern char **environ;

enum { TICK_MS = 100, GRACE_TICKS = 20 };

/* Keeps the beginning of what flows by. */
struct first_words {
	char *text;
	size_t n, size;
};

static void
flow(struct first_words *k, const char *buf, size_t n)
{
	size_t room = k->size - 1 - k->n;

	n = n < room ? n : room;
	memcpy(k->text + k->n, buf, n);
	k->n += n;
	k->text[k->n] = '\0';
}

/* The child gets a process group of its own, so that it can be ended together with its children, and ignores no
 * signal. */
static int
start(char *const argv[], const char *dir, int err, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, standard;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&files, err, 2);
	if (dir)
		posix_spawn_file_actions_addchdir_np(&files, dir);
	posix_spawnattr_init(&attr);
	sigemptyset(&none);
	sigemptyset(&standard);
	sigaddset(&standard, SIGPIPE);
	sigaddset(&standard, SIGINT);
	sigaddset(&standard, SIGTERM);
	sigaddset(&standard, SIGHUP);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &standard);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	int error = posix_spawnp(pid, argv[0], &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

/* Asks, waits two seconds, insists. */
static void
end(pid_t pid)
{
	kill(-pid, SIGTERM);
	for (int i = 0; i < GRACE_TICKS; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid) {
			kill(-pid, SIGKILL); /* its leftovers */
			return;
		}
		poll(NULL, 0, TICK_MS);
	}
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int
run_program(char *const argv[], const char *dir, char *said, size_t said_size, const char *(*tick)(void *ctx),
            void *ctx)
{
	struct first_words kept = { .text = said, .size = said_size };
	int pipes[2], status;
	pid_t pid;
	char buf[4096];

	*said = '\0';
	if (pipe2(pipes, O_CLOEXEC))
		die(EX_OSERR, "pipe: %m");
	fcntl(pipes[0], F_SETFL, O_NONBLOCK); /* our end only: each end has its own flags */
	int error = start(argv, dir, pipes[1], &pid);
	close(pipes[1]);
	if (error) {
		close(pipes[0]);
		snprintf(said, said_size, "%s", strerror(error));
		return error == ENOENT ? RUN_MISSING : RUN_FAILED;
	}
	struct pollfd wait_for = { .fd = pipes[0], .events = POLLIN };
	for (;;) {
		poll(&wait_for, 1, TICK_MS);
		bool over = waitpid(pid, &status, WNOHANG) == pid; /* asked before reading: nothing said is missed */
		ssize_t n;
		while ((n = read(pipes[0], buf, sizeof buf)) > 0)
			flow(&kept, buf, (size_t)n);
		if (n == 0)
			wait_for.fd = -1; /* closed: from now on poll only sleeps */
		if (over)
			break;
		if (tick(ctx)) {
			end(pid);
			close(pipes[0]);
			return RUN_STOPPED;
		}
	}
	close(pipes[0]);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
