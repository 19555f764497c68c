/* Counts what is allocated between memory_begin and memory_end, in all libraries: by the sanitizer's hooks, or by standing in
 * for the C library's functions. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

/* over() is called when more than `most` bytes are held. */
void memory_begin(size_t most, void (*over)(size_t held));
/* Frees what is left; returns how many blocks that was. */
size_t memory_end(void);

#endif
