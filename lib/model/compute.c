#include "model/compute.h"

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
