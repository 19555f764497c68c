/* SIGINT and SIGTERM for a program that finishes its current work before it exits. */
#ifndef SYS_INTERRUPT_H
#define SYS_INTERRUPT_H

#include <stdbool.h>

/* From now on the first signal is only remembered, and the second one kills the program. Signals that were
 * ignored before (nohup, or the background of a shell script) stay ignored. */
void interrupt_catch(void);
/* Has a signal come? */
bool interrupt_caught(void);
/* Signals kill again, as before interrupt_catch. */
void interrupt_release(void);
/* Dies by the signal that came, so that a shell or make sees it. */
_Noreturn void interrupt_die(void);

#endif
