/* TARGET FILE|DIRECTORY...: gives each file to the target, as the fuzzer would, and says how many there were. A crash, a second of
 * computing or memory out of proportion ends it, naming the file. */
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "fuzz.h"

enum { LONGEST = 1, STUCK = 60 }; /* seconds of computing; of anything, on a busy machine */

static char path[4096];
static int files;

static void
tell(const char *what)
{
	if (write(2, path, strlen(path)) < 0 || write(2, what, strlen(what)) < 0)
		_exit(3);
}

static void
ended(int sig)
{
	tell(sig == SIGPROF || sig == SIGALRM ? ": takes longer than a second\n" : ": crashes\n");
	signal(sig, SIG_DFL);
	raise(sig);
}

/* A sanitizer has its own words for a crash; only the name of the file is missing from them. */
void __sanitizer_set_death_callback(void (*call)(void)) __attribute__((weak));
static void
reported(void)
{
	tell(": crashes\n");
}

static void
replay(void)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END)) {
		tell(": cannot be read\n");
		exit(66);
	}
	size_t size = (size_t)ftell(f);
	uint8_t *data = malloc(size + !size); /* exactly: so that a byte too far is seen */
	rewind(f);
	if (!data || fread(data, 1, size, f) != size)
		exit(66);
	fclose(f);
	setitimer(ITIMER_PROF, &(struct itimerval){ .it_value.tv_sec = LONGEST }, NULL);
	alarm(STUCK);
	LLVMFuzzerTestOneInput(data, size);
	setitimer(ITIMER_PROF, &(struct itimerval){ 0 }, NULL);
	alarm(0);
	free(data);
	files++;
}

int
main(int argc, char **argv)
{
	static const int signals[] = { SIGPROF, SIGALRM, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (i < 3 || !__sanitizer_set_death_callback)
			signal(signals[i], ended);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(reported);
	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		snprintf(path, sizeof path, "%s", argv[i]);
		if (!dir)
			replay();
		for (struct dirent *e; dir && (e = readdir(dir));) {
			snprintf(path, sizeof path, "%s/%s", argv[i], e->d_name);
			if (*e->d_name != '.')
				replay();
		}
		if (dir)
			closedir(dir);
	}
	printf("%d\n", files);
	return 0;
}
