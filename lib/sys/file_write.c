/* Writing results; the last bytes of one are held back until nothing else can fail */
#include <stdlib.h>
#include <string.h>

#include "sys/file_inside.h"

_Noreturn void
output_failed(const FILE *f)
{
	die(EX_IOERR, "%s: %s", output_name(f), errno ? strerror(errno) : "cannot write");
}

struct last {
	struct last *next;
	FILE *f;
	size_t size;
	char data[];
};

static struct last *lasts;

void
file_write_last(FILE *f, const void *data, size_t size)
{
	struct last *l = xcalloc(1, sizeof *l + size);

	*l = (struct last){ .next = lasts, .f = f, .size = size };
	memcpy(l->data, data, size);
	lasts = l;
}

void
output_put_last(FILE *f)
{
	for (struct last **at = &lasts, *l; (l = *at); at = &l->next) {
		if (l->f != f)
			continue;
		*at = l->next;
		if (fwrite(l->data, 1, l->size, f) != l->size)
			output_failed(f);
		free(l);
		return;
	}
}

void
file_flush(FILE *f)
{
	errno = 0;
	output_put_last(f);
	if (fflush(f) || ferror(f))
		output_failed(f);
}

void
file_write(FILE *f, const void *data, size_t size)
{
	if (lasts)
		output_put_last(f);
	if (fwrite(data, 1, size, f) != size)
		output_failed(f);
}

FILE *
file_memory(char **s, size_t *n)
{
	*s = NULL;
	FILE *f = open_memstream(s, n);
	if (!f)
		die(EX_OSERR, "out of memory");
	return f;
}

void
file_memory_done(FILE *f, char *const *s)
{
	bool failed = ferror(f);

	/* glibc's last realloc, when closing, fails without a word: then *s is NULL */
	if (fclose(f) || failed || !*s)
		die(EX_OSERR, "out of memory");
}
