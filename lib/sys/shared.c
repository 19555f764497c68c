#include "sys/shared.h"

#include <errno.h>
#include <stdbool.h>

#include "base/die.h"
#include "base/team.h"

enum { BUFFER = 1 << 18 };

struct got {
	ssize_t n;
	int why; /* errno */
};

static ssize_t
get(void *cookie, char *to, size_t size)
{
	struct got got = { 0 };

	if (cookie) {
		got.n = (ssize_t)fread(to, 1, size, cookie);
		got.why = errno;
		if (got.n == 0 && ferror((FILE *)cookie))
			got.n = -1;
	}
	team_broadcast(&got, sizeof got);
	if (got.n > 0)
		team_broadcast(to, (size_t)got.n);
	errno = got.why;
	return got.n;
}

static int
end(void *cookie)
{
	return cookie && cookie != stdin ? fclose(cookie) : 0;
}

FILE *
file_shared(FILE *f)
{
	if (team_size() == 1)
		return f;
	FILE *shared = fopencookie(f, "r", (cookie_io_functions_t){ .read = get, .close = end });
	if (!shared || setvbuf(shared, NULL, _IOFBF, BUFFER))
		die(EX_OSERR, "out of memory");
	return shared;
}
