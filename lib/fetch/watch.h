/* Programs that download, watched: they end when they are too slow, or send too much. */
#ifndef FETCH_WATCH_H
#define FETCH_WATCH_H

#include "fetch/source.h"

enum {
	DOWNLOAD_MAX = 200 << 20, /* the archives have 170 MB */
	SAID = 2000,              /* bytes of what a program says that are kept */
};

#define TOO_MUCH "sends more than %.0f MB"

/* Bytes on disk are all there is to see, and all that is needed. */
struct watch {
	const struct patience *p;
	const char *path; /* a file or a directory */
	uint64_t max;     /* bytes in it */
	uint64_t seen, window_bytes;
	double window_start;
	bool flowing; /* a byte has come */
	int status;   /* when the watch has ended it: what to exit with */
	char why[160];
};

/* Runs argv under watch. Returns its exit status; when the watch ended it, RUN_STOPPED and w->why. */
int watch_run(char *const argv[], const char *dir, struct watch *w, char *said, size_t size);
/* The first meaningful line of a program's output, without the prefix of its lines. Changes `said`. */
const char *watch_said(char *said, const char *prefix);

#endif
