/* Models and checkpoints: checksums are made right, and what passes is written again, which gives the same contents; of a
 * checkpoint the training is restored. */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "fuzz.h"
#include "model/checkpoint.h"
#include "model/dataset.h"
#include "model/history.h"

/* Every optimizer that could go on from it. */
static void
restore(const struct model *m)
{
	struct dataset train = { .n = 12, .sample = m->net.in };
	struct meta conditions = { 0 };

	for (const struct optim_type *type = optim_types; type->name; type++) {
		struct optim o;
		struct training t = { .net = &m->net, .w = m->w, .optim = &o, .train = &train, .plan = { .batch = 4, .epochs = 3 } };
		bool slots = true;

		optim_standard(&o, type);
		optim_alloc(&o, m->net.trained);
		for (int i = 0; i < type->slots; i++) {
			char *name = text("opt/%s", type->slot_name[i]);
			slots = slots && model_extra(m, name, o.n);
			free(name);
		}
		if (slots) {
			checkpoint_restore(m, "input", &t);
			MUST(t.at.epoch <= 3 && t.at.step <= 3 && t.at.running.n <= train.n);
			checkpoint_check(m, "input", &conditions);
		}
		optim_free(&o);
	}
}

static void
decode(const uint8_t *data, size_t size)
{
	struct about about;
	struct model m;
	int64_t epochs, steps;
	(void)data;
	(void)size;

	model_read(&m, "input"); /* any name: fopen gives the input */
	history_reached(&m, &epochs, &steps);
	MUST(epochs >= 0 && steps >= 0);
	for (int i = 0; i < m.events.n; i++) {
		struct meta event;
		events_get(&m.events, i, &event);
		history_cell(stdout, &event, "loss");
		meta_free(&event);
	}
	about_from_meta("input", &m.head.meta, &about);
	about_free(&about);
	if (checkpoint_is(&m))
		restore(&m);
	model_classes(&m, "input");
	checkpoint_strip(&m);
	model_free(&m);
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	return fuzz_mutate_records(data, size, most, seed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(size + 1);

	memcpy(p, data, size);
	fuzz_seal_records(p, size);
	/* a layer of 8 bytes of text is struct layer; rows are kept twice while they come, then the network's copy and the optimizer's */
	int status = fuzz_run(decode, p, size, (256 << 10) + 400 * size);
	MUST(status == 0 || status == EX_DATAERR || status == EX_USAGE); /* usage: made by another command line */
	free(p);
	return 0;
}
