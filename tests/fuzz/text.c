/* Network texts: a network or a reason. Memory grows with the text only; a network prints its options as it would read them. */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "fuzz.h"
#include "net/plan.h"
#include "net/parse.h"

static void
walk(struct network *m)
{
	char value[256];

	for (int i = 0; i < m->layers; i++) {
		const struct layer *l = &m->layer[i];
		MUST(network_find(m, l->name) == i);
		MUST(shape_count(&l->out, 0) > 0 && layer_count_params(l, true) >= layer_count_params(l, false));
		if (l->type->work)
			MUST(l->type->work(l) >= 0);
		for (int k = 0; l->type->options && l->type->options[k].name; k++)
			MUST(*layer_option_text(l, k, value, sizeof value));
	}
	MUST(m->trained <= m->weights && m->weights < (size_t)1 << 31);
	plan_memory(m, want_training(1)); /* counts as a plan would, and allocates nothing */
}

static void
build(const uint8_t *data, size_t size)
{
	struct network m;
	char *s = xcalloc(size + 1, 1);

	if (size)
		memcpy(s, data, size);
	MUST(text_lines(s) >= 0);
	const char *wrong = network_build(&m, s);
	free(s);
	if (wrong) {
		MUST(*wrong && strlen(wrong) < 2048);
		warn("%s", wrong); /* which is where it goes in a program */
		return;
	}
	walk(&m);
	network_free(&m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a layer is 8 bytes of text at least ("flatten\n") and struct layer */
	MUST(fuzz_run(build, data, size, (64 << 10) + size * (16 + sizeof(struct layer) / 4)) == 0);
	return 0;
}
