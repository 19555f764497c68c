/* The results being written, and the signals that remove their temporary files */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/file_inside.h"

static struct output *volatile outputs;
static mode_t mask;

/* A closed stdin, stdout or stderr would be given to the next file opened, and messages or data would go into it. Standing in
 * for it: something that refuses to be read (0) or written (1), so that using it fails as it should. */
__attribute__((constructor)) static void
guard(void)
{
	static const int flags[] = { O_WRONLY, O_RDONLY, O_WRONLY };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", flags[fd]) != fd)
			_exit(EX_OSERR);
	mask = umask(0);
	umask(mask);
}

static void
remove_temporaries(void)
{
	for (struct output *o = outputs; o; o = o->next)
		if (o->temp && o->owner == getpid())
			unlink(o->temp);
}

static const int deadlies[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGXCPU, SIGXFSZ };
enum { DEADLIES = sizeof deadlies / sizeof *deadlies };

static void
deadly(int sig)
{
	remove_temporaries();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* A signal that the program handles itself, or was started to ignore (nohup), is left alone. */
void
file_catch_signals(void)
{
	static bool caught;
	struct sigaction old, new = { .sa_handler = deadly };

	if (caught)
		return;
	caught = true;
	atexit(remove_temporaries);
	sigemptyset(&new.sa_mask);
	for (size_t i = 0; i < DEADLIES; i++)
		if (!sigaction(deadlies[i], NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(deadlies[i], &new, NULL);
}

void
output_hold_signals(sigset_t *before)
{
	sigset_t later;

	sigemptyset(&later);
	for (size_t i = 0; i < DEADLIES; i++)
		sigaddset(&later, deadlies[i]);
	sigprocmask(SIG_BLOCK, &later, before);
}

mode_t
output_mode(void)
{
	return 0666 & ~mask;
}

struct output *
output_add(const char *path)
{
	struct output *o = xcalloc(1, sizeof *o);

	o->name = xstrdup(path);
	o->owner = getpid();
	o->next = outputs;
	outputs = o;
	return o;
}

struct output *
output_of(const FILE *f)
{
	struct output *o = outputs;

	while (o && o->f != f)
		o = o->next;
	return o;
}

const char *
output_name(const FILE *f)
{
	const struct output *o = output_of(f);

	return o ? o->name : f == stdout ? "<stdout>" : "temporary file";
}
