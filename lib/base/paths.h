/* Names of files: what they lead to, and which of them one run may use together. */
#ifndef BASE_PATHS_H
#define BASE_PATHS_H

#include <stdbool.h>

/* The file that `path` means once symbolic links are followed, also if it does not exist yet; the caller frees. Stops at a
 * descriptor of this process (/dev/stdout leads to /proc/self/fd/1), because its file need not have a name. Dies with
 * EX_CANTCREAT where links never end. */
char *path_follow(const char *path);
/* N of /dev/fd/N or /proc/self/fd/N; -1: not a descriptor of this process. */
int path_descriptor(const char *path);

struct path {
	const char *said;    /* "--history"; NULL: an operand */
	const char *path;    /* "-": stdin or stdout */
	enum path_use {
		PATH_READ,
		PATH_WRITTEN,
		PATH_KEPT,   /* written again and again while the program works, which no stream can take */
	} use;
	const char *renewal; /* the option whose result may replace this input once it is complete; NULL: none */
};

/* The rule of all programs, cnnutils(7): a result is neither an input nor another result. Files are the same by device and inode,
 * or by name where they do not exist yet; devices like /dev/null may be used twice. Dies with EX_USAGE naming both. */
void paths_check(const struct path *p, int n);

#endif
