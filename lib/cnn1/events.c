#include "cnn1/events.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "cnn1/pack.h"

static size_t
start(const struct events *e, int i)
{
	return i > 0 ? e->end[i - 1] : 0;
}

static void
reserve(struct events *e, size_t size)
{
	const size_t n = (size_t)e->n, used = start(e, e->n);

	if (!(n & (n - 1))) /* doubles */
		e->end = xrealloc(e->end, n ? 2 * n : 1, sizeof *e->end);
	if (used + size > e->room) {
		e->room = used + size + used / 2;
		e->bytes = xrealloc(e->bytes, e->room, 1);
	}
}

void
events_add(struct events *e, const struct meta *event)
{
	msgpack_packer pk;
	msgpack_sbuffer buf;

	pack_start(&pk, &buf);
	meta_pack(event, &pk);
	reserve(e, buf.size);
	const size_t at = start(e, e->n);
	memcpy(e->bytes + at, buf.data, buf.size);
	e->end[e->n++] = at + buf.size;
	msgpack_sbuffer_destroy(&buf);
}

void
events_get(const struct events *e, int i, struct meta *event)
{
	const size_t at = start(e, i);
	msgpack_unpacked u;

	if (!unpack(&u, e->bytes + at, e->end[i] - at) || !meta_from(event, &u.data))
		die(EX_SOFTWARE, "an event that was packed cannot be decoded");
	msgpack_unpacked_destroy(&u);
}

void
events_free(struct events *e)
{
	free(e->end);
	free(e->bytes);
	*e = (struct events){ 0 };
}
