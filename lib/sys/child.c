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

enum { TICK_MS = 100, CLOSED_MS = 5, GRACE_TICKS = 20 };

/* What a child writes into a pipe: all of it, or only what fits. */
struct flow {
	int fd; /* our end; -1: closed */
	char *text;
	size_t n, room;
	bool all;
};

/* Dies where there is no memory. The text ends with a zero. */
static void
keep(struct flow *k, const char *buf, size_t n)
{
	if (k->all && k->n + n >= k->room) {
		k->room = 2 * (k->n + n) + 1;
		k->text = xrealloc(k->text, k->room, 1);
	}
	const size_t left = k->room - 1 - k->n;
	n = n < left ? n : left;
	memcpy(k->text + k->n, buf, n);
	k->n += n;
	k->text[k->n] = '\0';
}

/* Takes what is there; the end of the pipe closes it. */
static void
drain(struct flow *k)
{
	char buf[4096];
	ssize_t n = -1;

	while (k->fd >= 0 && (n = read(k->fd, buf, sizeof buf)) > 0)
		keep(k, buf, (size_t)n);
	if (n == 0) {
		close(k->fd);
		k->fd = -1;
	}
}

/* The child's end of a new pipe; ours does not block. */
static int
flow_open(struct flow *k)
{
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC))
		die(EX_OSERR, "pipe: %m");
	fcntl(pipes[0], F_SETFL, O_NONBLOCK); /* our end only: each end has its own flags */
	k->fd = pipes[0];
	return pipes[1];
}

static void
flow_close(struct flow *k)
{
	if (k->fd >= 0)
		close(k->fd);
	k->fd = -1;
}

/* The child gets a process group of its own, so that it can be ended together with its children, and ignores no
 * signal. */
static int
start(char *const argv[], const char *dir, const int fd[3], pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, standard;

	posix_spawn_file_actions_init(&files);
	for (int i = 0; i < 3; i++)
		if (fd[i] < 0)
			posix_spawn_file_actions_addopen(&files, i, "/dev/null", i == 0 ? O_RDONLY : O_WRONLY, 0);
		else
			posix_spawn_file_actions_adddup2(&files, fd[i], i);
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

/* Reads what the child says until it is over; false: tick ended it. */
static bool
follow(pid_t pid, int *status, struct flow *out, struct flow *err, const char *(*tick)(void *ctx), void *ctx)
{
	for (;;) {
		struct pollfd wait_for[] = { { .fd = out->fd, .events = POLLIN }, { .fd = err->fd, .events = POLLIN } };
		/* with both closed, poll only sleeps, and the child is about to end */
		poll(wait_for, 2, out->fd < 0 && err->fd < 0 ? CLOSED_MS : TICK_MS);
		const bool over = waitpid(pid, status, WNOHANG) == pid; /* asked before reading: nothing said is missed */
		drain(out);
		drain(err);
		if (over)
			return true;
		if (tick && tick(ctx)) {
			end(pid);
			return false;
		}
	}
}

/* in: -1 for /dev/null; out->all: what it prints is kept, else it goes to /dev/null. */
static int
run(char *const argv[], const char *dir, int in, struct flow *out, struct flow *err, const char *(*tick)(void *ctx), void *ctx)
{
	const int fd[3] = { in, out->all ? flow_open(out) : -1, flow_open(err) };
	int status;
	pid_t pid;

	const int error = start(argv, dir, fd, &pid);
	if (fd[1] >= 0)
		close(fd[1]);
	close(fd[2]);
	const bool over = !error && follow(pid, &status, out, err, tick, ctx);
	flow_close(out);
	flow_close(err);
	if (error) {
		snprintf(err->text, err->room, "%s", strerror(error));
		return error == ENOENT ? RUN_MISSING : RUN_FAILED;
	}
	return !over ? RUN_STOPPED : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int
run_program(char *const argv[], const char *dir, char *said, size_t said_size, const char *(*tick)(void *ctx),
            void *ctx)
{
	struct flow out = { .fd = -1 }, err = { .fd = -1, .text = said, .room = said_size };

	*said = '\0';
	return run(argv, dir, -1, &out, &err, tick, ctx);
}

int
run_filter(char *const argv[], FILE *in, char **printed, size_t *n, char *said, size_t said_size)
{
	struct flow out = { .fd = -1, .all = true }, err = { .fd = -1, .text = said, .room = said_size };

	*said = '\0';
	const int status = run(argv, NULL, fileno(in), &out, &err, NULL, NULL);
	*printed = out.text;
	*n = out.n;
	return status;
}
