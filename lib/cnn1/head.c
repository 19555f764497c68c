/* The head of a stream that is read: kind, tensors, meta, made_by */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "cnn1/pack.h"
#include "cnn1/stream_inside.h"

static void
read_kind(struct stream *s, const msgpack_object *o)
{
	static const char *const kinds[] = { "dataset", "predictions", "activations", "model", "tensors" };

	for (size_t i = 0; o && i < sizeof kinds / sizeof *kinds; i++)
		if (packed_is(o, kinds[i])) {
			strcpy(s->head.kind, kinds[i]);
			return;
		}
	if (!o || o->type != MSGPACK_OBJECT_STR)
		stream_bad(s, "no kind");
	stream_bad(s, "unknown kind %.*s; expected dataset, predictions, activations, model or tensors",
	    o->via.str.size < 32 ? (int)o->via.str.size : 32, o->via.str.ptr);
}

static void
read_name(struct stream *s, struct tensor *t, const msgpack_object *o)
{
	if (!o || o->type != MSGPACK_OBJECT_STR)
		stream_bad(s, "a tensor without a name");
	if (!tensor_name_fits(o->via.str.ptr, o->via.str.size))
		stream_bad(s, "tensor name \"%.*s\": must be 1 to %d printable characters, without / in front or .. between",
		    o->via.str.size < 64 ? (int)o->via.str.size : 64, o->via.str.ptr, TENSOR_NAME_MAX);
	memcpy(t->name, o->via.str.ptr, o->via.str.size);
}

static void
read_dtype(struct stream *s, struct tensor *t, const msgpack_object *o)
{
	char name[8] = "";

	if (o && o->type == MSGPACK_OBJECT_STR && o->via.str.size == 2)
		memcpy(name, o->via.str.ptr, o->via.str.size);
	int dtype = dtype_parse(name);
	if (dtype < 0)
		stream_bad(s, "tensor %s: unknown dtype %s; known are u1 i4 i8 f4 f8", t->name, *name ? name : "?");
	t->dtype = (enum dtype)dtype;
}

static void
read_shape(struct stream *s, struct tensor *t, const msgpack_object *o)
{
	if (!o || o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size < 1 || o->via.array.size > RANK_MAX)
		stream_bad(s, "tensor %s: shape must have 1 to %d dimensions", t->name, RANK_MAX);
	t->shape.n = (int)o->via.array.size;
	for (int i = 0; i < t->shape.n; i++) {
		const msgpack_object *d = &o->via.array.ptr[i];
		if (i == 0 && d->type == MSGPACK_OBJECT_NIL)
			t->shape.d[i] = -1;
		else if (d->type == MSGPACK_OBJECT_POSITIVE_INTEGER && d->via.u64 <= INT64_MAX && (i == 0 || d->via.u64 > 0))
			t->shape.d[i] = (int64_t)d->via.u64;
		else
			stream_bad(s, "tensor %s: dimension %d is not a size", t->name, i);
	}
	char text[192];
	struct shape known = t->shape;
	if (known.d[0] < 0)
		known.d[0] = 1;
	if (shape_count(&known, 0) < 0)
		stream_bad(s, "tensor %s: shape %s overflows", t->name, shape_text(&t->shape, text, sizeof text));
	if (shape_count(&known, 1) > SCAN_BIN / (int64_t)dtype_size(t->dtype))
		stream_bad(s, "tensor %s: shape %s: a row is larger than 16 MiB", t->name, shape_text(&t->shape, text, sizeof text));
}

static void
read_tensors(struct stream *s, const msgpack_object *o)
{
	if (!o || o->type != MSGPACK_OBJECT_ARRAY)
		stream_bad(s, "no list of tensors");
	if (o->via.array.size > TENSORS_MAX)
		stream_bad(s, "%u tensors; at most %d", o->via.array.size, TENSORS_MAX);
	s->head.tensor = xcalloc(o->via.array.size, sizeof *s->head.tensor);
	for (uint32_t i = 0; i < o->via.array.size; i++) {
		const msgpack_object *m = &o->via.array.ptr[i];
		struct tensor *t = &s->head.tensor[s->head.tensors];
		read_name(s, t, packed_lookup(m, "name"));
		/* a key that we do not know might change what the numbers mean */
		if (m->via.map.size != 3)
			stream_bad(s, "tensor %s: described by %u keys; expected name, dtype and shape", t->name, m->via.map.size);
		read_dtype(s, t, packed_lookup(m, "dtype"));
		read_shape(s, t, packed_lookup(m, "shape"));
		if (header_find(&s->head, t->name) >= 0)
			stream_bad(s, "tensor %s occurs twice", t->name);
		s->head.tensors++;
	}
	if (kind_aligned(s->head.kind) && s->head.tensors == 0)
		stream_bad(s, "kind %s without a tensor", s->head.kind);
}

static void
read_made_by(struct stream *s, const msgpack_object *o)
{
	if (!o)
		return;
	if (o->type != MSGPACK_OBJECT_ARRAY)
		stream_bad(s, "made_by is not a list");
	s->head.made_by = xcalloc(o->via.array.size, sizeof *s->head.made_by);
	for (uint32_t i = 0; i < o->via.array.size; i++)
		if (!meta_from(&s->head.made_by[s->head.made++], &o->via.array.ptr[i]))
			stream_bad(s, "made_by holds something other than maps");
}

void
header_from(struct stream *s, const msgpack_object *map)
{
	static const char *const known[] = { "kind", "tensors", "meta", "made_by" };
	const msgpack_object *meta = packed_lookup(map, "meta");

	header_free(&s->head);
	if (!meta_from(&s->head.other, map))
		stream_bad(s, "the head is not a map with distinct keys");
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		meta_remove(&s->head.other, known[i]);
	read_kind(s, packed_lookup(map, "kind"));
	read_tensors(s, packed_lookup(map, "tensors"));
	if (meta && !meta_from(&s->head.meta, meta))
		stream_bad(s, "meta is not a map with distinct keys");
	read_made_by(s, packed_lookup(map, "made_by"));
}
