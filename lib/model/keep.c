#include "model/keep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"

/* A pattern: what is before the number, its least digits, what is after it. */
struct pattern {
	int before;
	int digits;
	const char *after; /* NULL: no pattern */
};

static struct pattern
parse(const char *s)
{
	struct pattern p = { .before = (int)strcspn(s, "%") };
	const char *at = s + p.before;

	if (!*at++)
		return p;
	if (at[0] == '0' && at[1] >= '1' && at[1] <= '9') {
		p.digits = at[1] - '0';
		at += 2;
	}
	p.after = *at == 'd' && !strchr(at, '%') ? at + 1 : NULL;
	return p;
}

void
keep_check(const char *s)
{
	if (!parse(s).after)
		die(EX_USAGE, "--keep %s: expected one %%d for the number of the epoch, as in m-%%d.cnn or m-%%03d.cnn", s);
}

char *
keep_name(const char *s, int64_t epoch)
{
	const struct pattern p = parse(s);

	return text("%.*s%0*" PRId64 "%s", p.before, s, p.digits ? p.digits : 1, epoch, p.after);
}

/* The number in a name; 0 if it does not follow the pattern. */
static int64_t
epoch_of(const char *pattern, const char *name)
{
	const struct pattern p = parse(pattern);
	if (!p.after)
		return 0;
	const size_t n = strlen(name), after = strlen(p.after), before = (size_t)p.before;
	int64_t epoch = 0;

	if (n <= before + after || strncmp(name, pattern, before) || strcmp(name + n - after, p.after))
		return 0;
	char *digits = text("%.*s", (int)(n - after - before), name + before), *same;
	if (!parse_int(digits, &epoch) || epoch < 1)
		epoch = 0;
	free(digits);
	same = keep_name(pattern, epoch);
	if (strcmp(same, name))
		epoch = 0;
	free(same);
	return epoch;
}

/* The number is usually in the name; where it is in that of a directory, only a file of exactly that path is found. */
void
keep_apart(const char *pattern, const struct path *file, int n)
{
	const bool in_name = strchr(basename(pattern), '%');

	for (int i = 0; i < n; i++) {
		char *to = file[i].path && strcmp(file[i].path, "-") ? path_follow(file[i].path) : NULL;
		const int64_t epoch = !to ? 0 : in_name ? epoch_of(basename(pattern), basename(to)) : epoch_of(pattern, file[i].path);
		if (epoch) {
			char *name = keep_name(pattern, epoch);
			const struct path both[] = { file[i], { "--keep", name, PATH_WRITTEN, NULL } };
			paths_check(both, 2);
			free(name);
		}
		free(to);
	}
}
