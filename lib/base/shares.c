#include "base/shares.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/opt.h"
#include "base/rng.h"

static const percentage HUNDRED = (percentage)10000000000000 * 10000000000000;

/* Plain digits, perhaps with a point. False: not such a number, or more than 24 digits follow the point, or it exceeds 100. */
static bool
parse_percentage(const char *s, size_t n, percentage *v)
{
	percentage unit = HUNDRED / 100;
	const size_t whole = strspn(s, "0123456789"), point = s[whole] == '.';
	const char *after = s + whole + point;
	const size_t places = point ? strspn(after, "0123456789") : 0;

	*v = 0;
	for (size_t i = 0; i < whole && *v <= HUNDRED; i++)
		*v = *v * 10 + (percentage)(s[i] - '0') * unit;
	for (size_t i = 0; i < places; i++)
		*v += (percentage)(after[i] - '0') * (unit /= 10);
	return whole + places > 0 && whole + point + places == n && unit > 0 && *v <= HUNDRED;
}

/* NULL, or what is wrong with one count by itself. */
static const char *
parse_one(struct share *s, const char *count)
{
	const size_t n = strlen(count);

	*s = (struct share){ .kind = !strcmp(count, "*") ? SHARE_REST : n > 1 && count[n - 1] == '%' ? SHARE_PERCENT : SHARE_NUMBER };
	if (s->kind == SHARE_PERCENT && !parse_percentage(count, n - 1, &s->percent))
		return "not a percentage between 0% and 100%, of at most 24 digits after the point";
	if (s->kind == SHARE_NUMBER && (!parse_int(count, &s->count) || s->count < 0))
		return "not a count; give a number, a percentage or *";
	return NULL;
}

const char *
share_parse(struct share *s, int n, const char *count)
{
	const char *wrong = parse_one(&s[n], count);
	percentage sum = s[n].percent;

	for (int k = 0; k < n; k++)
		sum += s[k].percent;
	if (!wrong && sum > HUNDRED)
		wrong = "the percentages up to here are more than 100%";
	return wrong;
}

static void
set_percentages(struct share *s, int n, int64_t rows)
{
	percentage sum = 0;
	int64_t given = 0;

	for (struct share *p = s; p < s + n; p++) {
		if (p->kind != SHARE_PERCENT)
			continue;
		sum += p->percent;
		p->count = (int64_t)((percentage)rows * sum / HUNDRED) - given;
		given += p->count;
	}
}

int
shares_count(struct share *s, int n, int64_t rows, int64_t *asked)
{
	struct share *rest = NULL;
	int64_t sum = 0;

	set_percentages(s, n, rows);
	for (int k = 0; k < n; k++) {
		if (s[k].kind == SHARE_REST) {
			rest = &s[k];
		} else if (s[k].count > rows || (sum += s[k].count) > rows) {
			*asked = s[k].count > rows ? s[k].count : sum;
			return k;
		}
	}
	if (rest)
		rest->count = rows - sum;
	return -1;
}

static int
largest(int n, const uint64_t *v)
{
	int best = 0;

	for (int i = 1; i < n; i++)
		if (v[i] > v[best])
			best = i;
	return best;
}

/* No share exceeds its group: the part is at most as large as the rows that are left, so even a share that is rounded up fits. */
static void
group_one(struct share *s, int groups, int64_t *left)
{
	uint64_t total = 0, remainder[SHARE_GROUPS];
	int64_t missing = s->count;

	for (int g = 0; g < groups; g++)
		total += (uint64_t)left[g];
	for (int g = 0; g < groups; g++) {
		const uint64_t exact = (uint64_t)s->count * (uint64_t)left[g]; /* both below 2^32 */
		s->need[g] = total ? (int64_t)(exact / total) : 0;
		remainder[g] = total ? exact % total : 0;
		missing -= s->need[g];
	}
	for (; missing > 0; missing--) {
		const int best = largest(groups, remainder);
		s->need[best]++;
		remainder[best] = 0;
	}
	for (int g = 0; g < groups; g++)
		left[g] -= s->need[g];
}

void
shares_group(struct share *s, int n, int groups, const int64_t *left)
{
	int64_t unshared[SHARE_GROUPS];

	memcpy(unshared, left, (size_t)groups * sizeof *left);
	for (int k = 0; k < n; k++)
		group_one(&s[k], groups, unshared);
}

/* Sequential sampling: if `left` rows are left and a share still needs `need` of them, the next row goes to it with probability need / left. */
int
shares_choose(struct share *s, int n, uint64_t key, uint64_t row, int64_t left, int group)
{
	if (left <= 0)
		return -1;
	int64_t draw = (int64_t)rng_below(key, row, (uint64_t)left);
	for (int k = 0; k < n; k++) {
		if (draw < s[k].need[group]) {
			s[k].need[group]--;
			return k;
		}
		draw -= s[k].need[group];
	}
	return -1;
}
