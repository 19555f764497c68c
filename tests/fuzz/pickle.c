/* Pickles: a batch, all of it readable, or a reason. */
#include "base/die.h"
#include "fuzz.h"
#include "format/pickle.h"

static void
decode(const uint8_t *data, size_t size)
{
	struct batch b;
	const char *why = pickle_batch(data, size, &b);

	if (why) {
		MUST(*why && !b.memory && !b.n_labels && !b.data);
		warn("%s", why);
		return;
	}
	MUST(b.rows >= 0 && b.columns >= 0 && b.n_labels <= size);
	fuzz_touch(b.labels, b.n_labels);
	fuzz_touch(b.data, (size_t)(b.rows * b.columns));
	pickle_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MUST(fuzz_run(decode, data, size, (12 << 20) + 8 * size) == 0); /* a few megabytes: pickle.h */
	return 0;
}
