/* The cache of CIFAR-10: an entry is complete, or it does not exist.
 *
 *   DIR/cifar-10/data_batch_1.bin ...   the entry: six files, checked again on each use, and a mark that we made it
 *   DIR/cifar-10.lock                   held while one process fetches; others wait and then find it done
 *   DIR/.cifar-10.XXXXXX/               made here, marked, moved into place by one rename
 *   DIR/.cifar-10.NAME.part             a download to be resumed
 * DIR may be anybody's folder: without its mark no directory in it is emptied or replaced. DIR is $CNNUTILS_CACHE, else $XDG_CACHE_HOME/cnnutils, else ~/.cache/cnnutils. Where DIR cannot be written, the work
 * is done in a temporary directory and nothing is kept. */
#ifndef FETCH_CACHE_H
#define FETCH_CACHE_H

#include <stdbool.h>

#include "fetch/cifar.h"

/* Opens files first..first+n-1 of the entry, verified. false: there is none, or it is damaged (t->status EX_DATAERR). */
bool cache_find(struct cifar *c, int first, int n, struct trouble *t);
/* Makes the directories and takes the lock, waiting for another holder. From here on deadly signals are only noted, and
 * cache_tick() obeys them after removing temporary files. Notes when nothing can be kept. */
void cache_begin(void);
/* What will become of an entry that is of no use, for a message. */
const char *cache_fate(const struct trouble *t);
/* The temporary directory of this run. */
const char *cache_work(void);
/* Where the download of this name, which may be resumed, goes; the caller frees it. */
char *cache_part(const char *name);
/* Turns the temporary directory, which must hold nothing but the six files and its mark, into the entry, if there is none;
 * `instead`: of a damaged one that we made. */
void cache_keep(bool instead);
/* Removes what is temporary, gives the lock back. */
void cache_end(void);
void cache_tick(void);
bool cache_interrupted(void); /* has a deadly signal come? For callers that must end something before cache_tick() */
/* DIR; NULL when there is no home for it. */
const char *cache_dir(void);

/* Removes a directory and all it holds. */
void remove_tree(const char *path);

#endif
