/* Reads tar archives member by member: ustar, with the long names of GNU and pax. Nothing is ever written by name, so
 * links, devices and odd paths are only passed over. */
#ifndef FORMAT_TAR_H
#define FORMAT_TAR_H

#include <stdbool.h>
#include <stdint.h>

#include "format/gunzip.h"

enum { TAR_NAME_MAX = 1023, TAR_MEMBERS_MAX = 10000 };

struct tar {
	struct gunzip *in;
	char name[TAR_NAME_MAX + 1]; /* the member's path, as in the archive */
	uint64_t size;               /* bytes of its contents */
	bool regular;                /* a plain file under a relative path without ".." */
	const char *wrong;           /* NULL, or what is wrong */
	/* inside */
	uint64_t left, padding;
	int members;
};

void tar_start(struct tar *t, struct gunzip *in);
/* Goes to the next member; false at the end of the archive or when something is wrong. */
bool tar_next(struct tar *t);
/* The next bytes of the member: fills buf, or, with t->wrong set, does not. At most tar.size bytes in all. */
bool tar_read(struct tar *t, void *buf, uint64_t n);
/* The part of the path after its last slash. */
const char *tar_base(const struct tar *t);

#endif
