/* Progress of a long phase: one line on a terminal's stderr with a bar, rate and time to go; elsewhere one line when the
 * phase begins. Nothing with -q. */
#ifndef SYS_PROGRESS_H
#define SYS_PROGRESS_H

#include <stdint.h>

enum meter_unit { METER_BYTES, METER_IMAGES };

/* Begins a phase ("unpacking x.tar.gz"). total 0: not known. */
void meter_start(const char *what, uint64_t total, enum meter_unit unit);
/* So far in all; may be called often. `done` of the first call counts as there before (a resumed download). */
void meter_at(uint64_t done);
/* Removes the line. Must be called before anything else is said. */
void meter_end(void);

#endif
