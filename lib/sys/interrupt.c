#include "sys/interrupt.h"

#include <signal.h>
#include <stdlib.h>

#include "base/die.h"
#include "sys/file.h"

enum { SIGNALS = 2 };
static const int deadly[SIGNALS] = { SIGINT, SIGTERM };
static struct sigaction before[SIGNALS];
static volatile sig_atomic_t caught;

void
interrupt_release(void)
{
	for (int i = 0; i < SIGNALS; i++)
		sigaction(deadly[i], &before[i], NULL);
}

static void
on_signal(int sig)
{
	if (caught) {
		interrupt_release();
		raise(sig);
	}
	caught = sig;
}

void
interrupt_catch(void)
{
	struct sigaction own = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	file_catch_signals(); /* what comes after the first signal removes temporary files, too */
	sigemptyset(&own.sa_mask);
	for (int i = 0; i < SIGNALS; i++) {
		sigaction(deadly[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(deadly[i], &own, NULL);
	}
}

bool
interrupt_caught(void)
{
	return caught != 0;
}

void
interrupt_die(void)
{
	interrupt_release();
	raise(caught);
	exit(EX_SOFTWARE);
}
