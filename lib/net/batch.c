/* How many samples at a time: as many as memory, not the network text or a photo's size, allows. */
#include "net/network.h"

enum { FURTHER_MEMORY = 256 << 20 }; /* bytes that the samples after the first may take */

static size_t
memory(const struct network *m, int batch, bool training)
{
	return network_memory(m, batch, training) + (size_t)batch * (size_t)shape_count(&m->in, 0) * sizeof(real);
}

int
network_batch(const struct network *m, int most, bool training)
{
	const size_t one = memory(m, 1, training);
	int batch = most;

	while (batch > 1 && memory(m, batch, training) - one > FURTHER_MEMORY)
		batch /= 2;
	return batch;
}
