#include "base/words.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST = 40 };

/* In lower case and without _; returns the length, -1: too long. */
static int
plain(const char *s, char to[LONGEST])
{
	int n = 0;

	for (; *s; s++)
		if (*s != '_') {
			if (n == LONGEST)
				return -1;
			to[n++] = (char)tolower((unsigned char)*s);
		}
	return n;
}

static int
least(int a, int b)
{
	return a < b ? a : b;
}

int
word_distance(const char *a, const char *b)
{
	char x[LONGEST], y[LONGEST];
	int n = plain(a, x), m = plain(b, y), d[LONGEST + 1][LONGEST + 1];

	if (n < 0 || m < 0)
		return WORD_FAR;
	for (int i = 0; i <= n; i++)
		for (int j = 0; j <= m; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (x[i - 1] != y[j - 1]));
			if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[n][m];
}

int
word_among(const char *s, int n, const char *const *words)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(s, words[i]))
			return i;
	return -1;
}
