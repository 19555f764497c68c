/* How many samples at a time: as many as memory, not the network text or a photo's size, allows. */
#include "net/plan.h"

enum { FURTHER_MEMORY = 256 << 20 }; /* bytes that the samples after the first may take */

static size_t
memory(const struct network *m, int batch, struct want want)
{
	want.batch = batch;
	return plan_memory(m, want) + (size_t)batch * (size_t)shape_count(&m->in, 0) * sizeof(real);
}

int
plan_batch(const struct network *m, int most, struct want want)
{
	const size_t one = memory(m, 1, want);
	int batch = most;

	while (batch > 1 && memory(m, batch, want) - one > FURTHER_MEMORY)
		batch /= 2;
	return batch;
}
