#include "net/parts.h"

/* In bytes: a value is large if one sample of it takes LARGE; a part has as many samples as PART holds, which stays in the second or third
 * cache. Samples come in threes: then the tiles of most images fill the groups in which Winograd's algorithm takes them. */
enum { LARGE = 1 << 16, PART = 3 << 19, THREES = 3 };

/* Would the step make a kernel's points anew for every part? */
static bool
makes_points(const struct step *s)
{
	const struct layer_type *type = s->layer->type;

	return !s->fusion && type->common_size && !s->common_size && type->common_size(s->layer, false);
}

/* Does the step treat each sample by itself, and write its value? */
static bool
divides(const struct step *s)
{
	return !s->whole && s->y && !makes_points(s);
}

/* Is the value of step i only read by the next, and large? */
static bool
hands_on(const struct program *p, int i)
{
	const struct buffer *y = p->step[i].y;

	return y && y->local && y->size >= LARGE && y->begin_step == i && y->end_step == i + 1;
}

/* How many steps from i on, all in this stretch, hand large values on to each other; 1: it hands on none. *size: of the largest value. */
static int
chain(const struct program *p, const struct stretch *in, int i, size_t *size)
{
	int k = i;

	for (*size = 0; k + 1 < in->to && divides(&p->step[k]) && divides(&p->step[k + 1]) && hands_on(p, k); k++)
		*size = p->step[k].y->size > *size ? p->step[k].y->size : *size;
	return k + 1 - i;
}

static int
samples(size_t size)
{
	const int threes = (int)(PART / size / THREES);

	return THREES * (threes > 1 ? threes : 1);
}

/* The local buffers that steps first..last use live through all of them. */
static void
live_through(struct mode *m, int first, int last)
{
	for (struct buffer *b = m->buffer; b < m->buffer + m->buffers; b++) {
		if (!b->local || b->begin_step > last || b->end_step < first)
			continue;
		b->begin_step = b->begin_step < first ? b->begin_step : first;
		b->end_step = b->end_step > last ? b->end_step : last;
	}
}

static void
find(struct mode *m, const struct stretch *in)
{
	struct step *step = m->forward.step;
	size_t size;

	for (int i = in->from; i < in->to; i += step[i].together) {
		step[i].together = chain(&m->forward, in, i, &size);
		if (step[i].together == 1)
			continue;
		step[i].samples = samples(size);
		live_through(m, i, i + step[i].together - 1);
	}
}

void
parts_find(struct mode *m)
{
	for (int i = 0; i < m->forward.stretches; i++)
		find(m, &m->forward.stretch[i]);
}

bool
parts_within(const struct program *p, const struct step *s, const struct buffer *b)
{
	const int from = (int)(s - p->step);

	return b->local && b->begin_step >= from && b->end_step < from + s->together;
}
