#include "cnn1/pack.h"

#include <errno.h>
#include <string.h>

#include "base/die.h"

static int
write_or_die(void *buf, const char *data, size_t n)
{
	if (msgpack_sbuffer_write(buf, data, n))
		die(EX_OSERR, "out of memory (%zu bytes more)", n);
	return 0;
}

void
pack_start(msgpack_packer *pk, msgpack_sbuffer *buf)
{
	msgpack_sbuffer_init(buf);
	msgpack_packer_init(pk, buf, write_or_die);
}

void
pack_text(msgpack_packer *pk, const char *s)
{
	msgpack_pack_str(pk, strlen(s));
	msgpack_pack_str_body(pk, s, strlen(s));
}

void
pack_raw(msgpack_packer *pk, const void *raw, size_t size)
{
	pk->callback(pk->data, raw, size);
}

bool
unpack(msgpack_unpacked *u, const void *p, size_t n)
{
	size_t off = 0;

	msgpack_unpacked_init(u);
	errno = 0; /* msgpack-c 4.0 calls both a parse error where it lacks memory inside of an array or a map */
	if (msgpack_unpack_next(u, p, n, &off) == MSGPACK_UNPACK_SUCCESS)
		return true;
	if (errno == ENOMEM)
		die(EX_OSERR, "out of memory (msgpack)");
	return false;
}

bool
packed_is(const msgpack_object *o, const char *text)
{
	return o->type == MSGPACK_OBJECT_STR && o->via.str.size == strlen(text) && !memcmp(o->via.str.ptr, text, strlen(text));
}

const msgpack_object *
packed_lookup(const msgpack_object *map, const char *key)
{
	for (uint32_t i = 0; map->type == MSGPACK_OBJECT_MAP && i < map->via.map.size; i++)
		if (packed_is(&map->via.map.ptr[i].key, key))
			return &map->via.map.ptr[i].val;
	return NULL;
}

bool
packed_count(const msgpack_object *o, int64_t *v)
{
	if (!o || o->type != MSGPACK_OBJECT_POSITIVE_INTEGER || o->via.u64 > INT64_MAX)
		return false;
	*v = (int64_t)o->via.u64;
	return true;
}
