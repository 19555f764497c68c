/* Random disjoint parts of rows: how many each part gets, and which. */
#ifndef BASE_SHARES_H
#define BASE_SHARES_H

#include <stdint.h>

enum { SHARE_GROUPS = 256 };
#define SHARE_ROWS UINT32_MAX /* at most */

/* Percentages in units of 10^-24 %, which decimal texts mean exactly; times 2^32 rows they fit, too. */
typedef unsigned __int128 percentage;

struct share {
	enum share_kind { SHARE_NUMBER, SHARE_PERCENT, SHARE_REST } kind;
	percentage percent;
	int64_t count;              /* rows */
	int64_t need[SHARE_GROUPS]; /* rows of each group still to be chosen */
};

/* Sets s[n] to what `count` says, a number, a percentage ("12.5%") or "*" for the rest, after the n shares before it; returns NULL,
 * or what is wrong with it. The caller checks that only one share has the rest. */
const char *share_parse(struct share *s, int n, const char *count);
/* Turns the shares into counts of at most SHARE_ROWS rows. Percentages are added up before they are rounded down: the next share takes
 * the rows that rounding leaves over, so shares of 100 % together hold every row. Returns -1; or, if there are not enough rows, the
 * first share that does not fit, and in *asked the number of rows of all shares up to it. */
int shares_count(struct share *s, int n, int64_t rows, int64_t *asked);
/* Cuts each count over groups of rows, left[groups] in each, by largest remainders. */
void shares_group(struct share *s, int n, int groups, const int64_t *left);
/* The share that the next row of a group goes to; -1: none. The group has `left` rows left, this one included. key and the row's number
 * draw it. Every choice of disjoint parts is equally likely. */
int shares_choose(struct share *s, int n, uint64_t key, uint64_t row, int64_t left, int group);

#endif
