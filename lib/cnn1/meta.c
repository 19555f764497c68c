#include "cnn1/meta.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "cnn1/pack.h"

/* Room doubles whenever n is a power of two. */
static void
append(struct meta *m, char *key, const void *raw, size_t size)
{
	const size_t n = (size_t)m->n;

	if (!(n & (n - 1)))
		m->entry = xrealloc(m->entry, n ? 2 * n : 1, sizeof *m->entry);
	struct entry *e = &m->entry[m->n++];
	e->key = key;
	e->raw = xcalloc(size, 1);
	e->size = size;
	memcpy(e->raw, raw, size);
}

/* All keys at once; false if one occurs twice. */
static bool
index_keys(struct meta *m)
{
	const char **key = xcalloc((size_t)m->n, sizeof *key);

	for (int i = 0; i < m->n; i++)
		key[i] = m->entry[i].key;
	const bool distinct = names_from(&m->keys, m->n, key);
	free(key);
	return distinct;
}

bool
meta_from(struct meta *m, const msgpack_object *map)
{
	*m = (struct meta){ 0 };
	if (map->type != MSGPACK_OBJECT_MAP)
		return false;
	for (uint32_t i = 0; i < map->via.map.size; i++) {
		const msgpack_object_kv *kv = &map->via.map.ptr[i];
		const msgpack_object_str *k = &kv->key.via.str;
		if (kv->key.type != MSGPACK_OBJECT_STR || (k->size && memchr(k->ptr, '\0', k->size))) {
			meta_free(m);
			return false;
		}
		msgpack_packer pk;
		msgpack_sbuffer buf;
		pack_start(&pk, &buf);
		msgpack_pack_object(&pk, kv->val);
		append(m, text("%.*s", (int)k->size, k->size ? k->ptr : ""), buf.data, buf.size);
		msgpack_sbuffer_destroy(&buf);
	}
	if (!index_keys(m)) {
		meta_free(m);
		return false;
	}
	return true;
}

void
meta_pack(const struct meta *m, msgpack_packer *pk)
{
	msgpack_pack_map(pk, (size_t)m->n);
	for (int i = 0; i < m->n; i++) {
		pack_text(pk, m->entry[i].key);
		pack_raw(pk, m->entry[i].raw, m->entry[i].size);
	}
}

void
meta_copy(struct meta *to, const struct meta *from)
{
	*to = (struct meta){ 0 };
	for (int i = 0; i < from->n; i++)
		append(to, xstrdup(from->entry[i].key), from->entry[i].raw, from->entry[i].size);
	index_keys(to);
}

void
meta_free(struct meta *m)
{
	for (int i = 0; i < m->n; i++) {
		free(m->entry[i].key);
		free(m->entry[i].raw);
	}
	free(m->entry);
	names_free(&m->keys);
	*m = (struct meta){ 0 };
}

void
meta_set_raw(struct meta *m, const char *key, const void *raw, size_t size)
{
	const int i = names_find(&m->keys, key);

	if (i < 0) {
		append(m, xstrdup(key), raw, size);
		names_add(&m->keys, m->entry[m->n - 1].key);
		return;
	}
	m->entry[i].raw = xrealloc(m->entry[i].raw, size, 1);
	m->entry[i].size = size;
	memcpy(m->entry[i].raw, raw, size);
}

static void
set_packed(struct meta *m, const char *key, msgpack_sbuffer *buf)
{
	meta_set_raw(m, key, buf->data, buf->size);
	msgpack_sbuffer_destroy(buf);
}

void
meta_set_text(struct meta *m, const char *key, const char *value)
{
	msgpack_packer pk;
	msgpack_sbuffer buf;
	pack_start(&pk, &buf);
	pack_text(&pk, value);
	set_packed(m, key, &buf);
}

void
meta_set_int(struct meta *m, const char *key, int64_t value)
{
	msgpack_packer pk;
	msgpack_sbuffer buf;
	pack_start(&pk, &buf);
	msgpack_pack_int64(&pk, value);
	set_packed(m, key, &buf);
}

void
meta_set_uint(struct meta *m, const char *key, uint64_t value)
{
	msgpack_packer pk;
	msgpack_sbuffer buf;
	pack_start(&pk, &buf);
	msgpack_pack_uint64(&pk, value);
	set_packed(m, key, &buf);
}

void
meta_set_real(struct meta *m, const char *key, double value)
{
	msgpack_packer pk;
	msgpack_sbuffer buf;
	pack_start(&pk, &buf);
	msgpack_pack_double(&pk, value);
	set_packed(m, key, &buf);
}

void
meta_set_bool(struct meta *m, const char *key, bool value)
{
	meta_set_raw(m, key, value ? "\xc3" : "\xc2", 1);
}

void
meta_set_texts(struct meta *m, const char *key, int n, char *const *value)
{
	msgpack_packer pk;
	msgpack_sbuffer buf;
	pack_start(&pk, &buf);
	msgpack_pack_array(&pk, (size_t)n);
	for (int i = 0; i < n; i++)
		pack_text(&pk, value[i]);
	set_packed(m, key, &buf);
}

void
meta_set_reals(struct meta *m, const char *key, int n, const double *value)
{
	msgpack_packer pk;
	msgpack_sbuffer buf;
	pack_start(&pk, &buf);
	msgpack_pack_array(&pk, (size_t)n);
	for (int i = 0; i < n; i++)
		msgpack_pack_double(&pk, value[i]);
	set_packed(m, key, &buf);
}

void
meta_set_meta(struct meta *m, const char *key, const struct meta *value)
{
	msgpack_packer pk;
	msgpack_sbuffer buf;
	pack_start(&pk, &buf);
	meta_pack(value, &pk);
	set_packed(m, key, &buf);
}

void
meta_remove(struct meta *m, const char *key)
{
	const int i = names_find(&m->keys, key);

	if (i < 0)
		return;
	names_remove(&m->keys, i);
	free(m->entry[i].key);
	free(m->entry[i].raw);
	memmove(&m->entry[i], &m->entry[i + 1], (size_t)(m->n - i - 1) * sizeof *m->entry);
	m->n--;
}

const struct entry *
meta_find(const struct meta *m, const char *key)
{
	const int i = names_find(&m->keys, key);

	return i < 0 ? NULL : &m->entry[i];
}

/* The decoded value of a key, valid until unpacked_destroy; false: no such key. */
static bool
decode(const struct meta *m, const char *key, msgpack_unpacked *u)
{
	const struct entry *e = meta_find(m, key);

	msgpack_unpacked_init(u);
	return e && unpack(u, e->raw, e->size);
}

static bool
get_text(const msgpack_object *o, char **value)
{
	const msgpack_object_str *s = &o->via.str; /* ptr may be NULL when empty */

	if (o->type != MSGPACK_OBJECT_STR || (s->size && memchr(s->ptr, '\0', s->size)))
		return false;
	*value = text("%.*s", (int)s->size, s->size ? s->ptr : "");
	return true;
}

static bool
get_int(const msgpack_object *o, int64_t *value)
{
	if (o->type != MSGPACK_OBJECT_NEGATIVE_INTEGER &&
	    (o->type != MSGPACK_OBJECT_POSITIVE_INTEGER || o->via.u64 > INT64_MAX))
		return false;
	*value = o->via.i64;
	return true;
}

static bool
get_uint(const msgpack_object *o, uint64_t *value)
{
	if (o->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
		return false;
	*value = o->via.u64;
	return true;
}

static bool
get_real(const msgpack_object *o, double *value)
{
	if (o->type == MSGPACK_OBJECT_FLOAT64 || o->type == MSGPACK_OBJECT_FLOAT32)
		*value = o->via.f64;
	else if (o->type == MSGPACK_OBJECT_POSITIVE_INTEGER)
		*value = (double)o->via.u64;
	else if (o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
		*value = (double)o->via.i64;
	else
		return false;
	return true;
}

bool
meta_text(const struct meta *m, const char *key, char **value)
{
	msgpack_unpacked u;
	bool ok = decode(m, key, &u) && get_text(&u.data, value);

	msgpack_unpacked_destroy(&u);
	return ok;
}

bool
meta_int(const struct meta *m, const char *key, int64_t *value)
{
	msgpack_unpacked u;
	bool ok = decode(m, key, &u) && get_int(&u.data, value);

	msgpack_unpacked_destroy(&u);
	return ok;
}

bool
meta_uint(const struct meta *m, const char *key, uint64_t *value)
{
	msgpack_unpacked u;
	bool ok = decode(m, key, &u) && get_uint(&u.data, value);

	msgpack_unpacked_destroy(&u);
	return ok;
}

bool
meta_real(const struct meta *m, const char *key, double *value)
{
	msgpack_unpacked u;
	bool ok = decode(m, key, &u) && get_real(&u.data, value);

	msgpack_unpacked_destroy(&u);
	return ok;
}

bool
meta_bool(const struct meta *m, const char *key, bool *value)
{
	msgpack_unpacked u;
	bool ok = decode(m, key, &u) && u.data.type == MSGPACK_OBJECT_BOOLEAN;

	if (ok)
		*value = u.data.via.boolean;
	msgpack_unpacked_destroy(&u);
	return ok;
}

bool
meta_texts(const struct meta *m, const char *key, int max, int *n, char **value)
{
	msgpack_unpacked u;
	bool ok = decode(m, key, &u) && u.data.type == MSGPACK_OBJECT_ARRAY && u.data.via.array.size <= (uint32_t)max;

	*n = 0;
	for (uint32_t i = 0; ok && i < u.data.via.array.size; i++)
		if ((ok = get_text(&u.data.via.array.ptr[i], &value[i])))
			(*n)++;
	while (!ok && *n > 0)
		free(value[--*n]);
	msgpack_unpacked_destroy(&u);
	return ok;
}

bool
meta_reals(const struct meta *m, const char *key, int max, int *n, double *value)
{
	msgpack_unpacked u;
	bool ok = decode(m, key, &u) && u.data.type == MSGPACK_OBJECT_ARRAY && u.data.via.array.size <= (uint32_t)max;

	*n = 0;
	for (uint32_t i = 0; ok && i < u.data.via.array.size; i++)
		if ((ok = get_real(&u.data.via.array.ptr[i], &value[i])))
			(*n)++;
	msgpack_unpacked_destroy(&u);
	return ok;
}

bool
meta_meta(const struct meta *m, const char *key, struct meta *value)
{
	msgpack_unpacked u;
	bool ok = decode(m, key, &u) && meta_from(value, &u.data);

	msgpack_unpacked_destroy(&u);
	return ok;
}

static bool
values_equal(const msgpack_object *a, const msgpack_object *b)
{
	double u, v;

	if (get_real(a, &u) && get_real(b, &v))
		return u == v;
	if (a->type != MSGPACK_OBJECT_ARRAY || b->type != MSGPACK_OBJECT_ARRAY)
		return msgpack_object_equal(*a, *b);
	bool same = a->via.array.size == b->via.array.size;
	for (uint32_t i = 0; same && i < a->via.array.size; i++)
		same = values_equal(&a->via.array.ptr[i], &b->via.array.ptr[i]);
	return same;
}

bool
meta_equal(const struct meta *a, const struct meta *b)
{
	bool same = a->n == b->n;

	for (int i = 0; same && i < a->n; i++) {
		msgpack_unpacked u, v;
		same = decode(a, a->entry[i].key, &u);
		same = decode(b, a->entry[i].key, &v) && same && values_equal(&u.data, &v.data);
		msgpack_unpacked_destroy(&u);
		msgpack_unpacked_destroy(&v);
	}
	return same;
}
