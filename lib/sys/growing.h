/* A file that another program is writing: looked into again and again. */
#ifndef SYS_GROWING_H
#define SYS_GROWING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct growing {
	const char *path;  /* "-": stdin, which only grows, and ends */
	bool ended;        /* stdin: nothing more will come */
	struct stat seen;
	char *text;
	size_t n, room;
};

/* Like file_in, refuses stdin when it is asked for a second time. */
struct growing growing_open(const char *path);
/* False: nothing has changed since the last call, or the file is not there yet, or empty. Else *data gets all that it holds now,
 * *n bytes and a zero, for the caller to free. Dies with EX_IOERR and as file_in does. */
bool growing_look(struct growing *g, char **data, size_t *n);
/* Sleeps until something may have changed: more is at stdin, if one of the n files is that, or a fifth of a second is over. */
void growing_wait(const struct growing *g, int n);

#endif
