#include "model/compute.h"

#include <string.h>

#include "base/die.h"
#include "kern/kern.h"

void
compute_start(int64_t threads)
{
	const char *wrong = kern_select(NULL);

	if (wrong)
		die(EX_USAGE, "%s", wrong);
	par_threads((int)threads);
}

/* An old file's "ref", "v3" or "v4" is one of those with fused multiply-adds now. */
static bool
fused(const char *arithmetic)
{
	return strcmp(arithmetic, "v2") != 0;
}

const char *
compute_arithmetic(void)
{
	return fused(kern->name) ? "fma" : "v2";
}

char *
made_arithmetic(const struct meta *made)
{
	char *said = NULL;

	if (!meta_text(made, "arithmetic", &said))
		meta_text(made, "isa", &said);
	return said;
}

bool
arithmetic_differs(const char *made)
{
	return fused(made) != fused(kern->name);
}
