/* Progress of a long phase: one line on a terminal's stderr with a bar, rate and time to go; elsewhere one line when the
 * phase begins. Nothing with -q. */
#ifndef SYS_PROGRESS_H
#define SYS_PROGRESS_H

#include <stdint.h>

enum progress_unit { PROGRESS_BYTES, PROGRESS_IMAGES };

/* Begins a phase ("unpacking x.tar.gz"). total 0: not known. */
void progress_start(const char *what, uint64_t total, enum progress_unit unit);
/* So far in all; may be called often. `done` of the first call counts as there before (a resumed download). */
void progress_at(uint64_t done);
/* Removes the line. Must be called before anything else is said. */
void progress_end(void);

#endif
