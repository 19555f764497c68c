/* "0:10,15,90:": which rows or columns, counted from 0; the end of a range does not belong to it (Python's slices). */
#ifndef SYS_RANGES_H
#define SYS_RANGES_H

#include <stdbool.h>
#include <stdint.h>

struct range {
	int64_t from, to; /* to INT64_MAX: to the end */
};
struct ranges {
	int n; /* in order, not touching; 0: everything */
	struct range *range;
};

/* false: not such a list, or a range is empty. *r, zero at first, keeps the memory of the list that was parsed last. */
bool ranges_parse(struct ranges *r, const char *s);
void ranges_free(struct ranges *r);
bool ranges_hold(const struct ranges *r, int64_t i);
/* How many of 0..n-1 they hold; with n = -1 (not known) -1 unless every range has an end. */
int64_t ranges_count(const struct ranges *r, int64_t n);
/* What there must be at least: one more than the highest number asked for by name. */
int64_t ranges_least(const struct ranges *r);

#endif
