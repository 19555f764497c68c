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

/* Sets s[n] to what `count` says, a number, a percentage ("12.5%") or "*" for the rest, beside the n shares before it; returns NULL,
 * or what is wrong with it. Only one of them can have the rest: the caller sees to that. */
const char *share_parse(struct share *s, int n, const char *count);
/* From what was said to counts of so many rows, SHARE_ROWS at most. Percentages add up before they are rounded down: what is lost of
 * one share's rows, the next takes, and shares of 100 % together hold every row. Returns -1; or, where there are not enough rows, the
 * first share that cannot be had, and in *asked how many rows the shares up to it are. */
int shares_count(struct share *s, int n, int64_t rows, int64_t *asked);
/* Cuts each count over groups of rows, left[groups] in each, by largest remainders. */
void shares_group(struct share *s, int n, int groups, const int64_t *left);
/* The share that a row of a group goes to, of which `left` rows are still to come, this one included; -1: none. key and the row's number
 * draw it. Every choice of disjoint parts is equally likely. */
int shares_choose(struct share *s, int n, uint64_t key, uint64_t row, int64_t left, int group);

#endif
