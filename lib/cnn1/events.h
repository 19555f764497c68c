/* Events of a stream, kept as the bytes they are in files: decoded, each would take twenty times as much. */
#ifndef CNN1_EVENTS_H
#define CNN1_EVENTS_H

#include "cnn1/meta.h"

struct events {
	int n;
	size_t *end;  /* of each, in bytes */
	char *bytes;
	size_t room;
};

void events_add(struct events *e, const struct meta *event);
/* The caller frees *event. */
void events_get(const struct events *e, int i, struct meta *event);
void events_free(struct events *e);

#endif
