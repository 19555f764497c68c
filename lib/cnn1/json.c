/* msgpack values as JSON text */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/opt.h"
#include "cnn1/meta.h"
#include "cnn1/pack.h"

static void
json_chars(FILE *f, const char *s, size_t n)
{
	putc('"', f);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else if (c == '\n')
			fputs("\\n", f);
		else if (c == '\t')
			fputs("\\t", f);
		else if (c < ' ' || c == 0x7f)
			fprintf(f, "\\u%04x", c);
		else if (c == 0xc2 && i + 1 < n && (unsigned char)s[i + 1] < 0xa0) /* C1: some terminals obey it */
			fprintf(f, "\\u%04x", (unsigned char)s[++i]);
		else
			putc(c, f);
	}
	putc('"', f);
}

void
json_text(FILE *f, const char *s)
{
	json_chars(f, s, strlen(s));
}

void
json_real(FILE *f, double v)
{
	char buf[32];

	fputs(isfinite(v) ? real_text(v, buf, sizeof buf) : "null", f);
}

void
json_field(FILE *f, const char *key, double v)
{
	fprintf(f, ",\"%s\":", key);
	json_real(f, v);
}

static void json_object(FILE *f, const msgpack_object *o);

static void
json_bytes(FILE *f, const char *p, uint32_t n)
{
	putc('"', f);
	for (uint32_t i = 0; i < n; i++)
		fprintf(f, "%02x", (unsigned char)p[i]);
	putc('"', f);
}

static void
json_array(FILE *f, const msgpack_object_array *a)
{
	putc('[', f);
	for (uint32_t i = 0; i < a->size; i++) {
		fputs(i ? "," : "", f);
		json_object(f, &a->ptr[i]);
	}
	putc(']', f);
}

static void
json_map(FILE *f, const msgpack_object_map *m)
{
	putc('{', f);
	for (uint32_t i = 0; i < m->size; i++) {
		fputs(i ? "," : "", f);
		json_chars(f, m->ptr[i].key.via.str.ptr, m->ptr[i].key.via.str.size);
		putc(':', f);
		json_object(f, &m->ptr[i].val);
	}
	putc('}', f);
}

static void
json_object(FILE *f, const msgpack_object *o)
{
	switch (o->type) {
	case MSGPACK_OBJECT_BOOLEAN:
		fputs(o->via.boolean ? "true" : "false", f);
		break;
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		fprintf(f, "%" PRIu64, o->via.u64);
		break;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		fprintf(f, "%" PRId64, o->via.i64);
		break;
	case MSGPACK_OBJECT_FLOAT32:
	case MSGPACK_OBJECT_FLOAT64:
		json_real(f, o->via.f64);
		break;
	case MSGPACK_OBJECT_STR:
		json_chars(f, o->via.str.ptr, o->via.str.size);
		break;
	case MSGPACK_OBJECT_BIN:
		json_bytes(f, o->via.bin.ptr, o->via.bin.size);
		break;
	case MSGPACK_OBJECT_ARRAY:
		json_array(f, &o->via.array);
		break;
	case MSGPACK_OBJECT_MAP:
		json_map(f, &o->via.map);
		break;
	default:
		fputs("null", f);
	}
}

void
json_raw(FILE *f, const char *raw, size_t size)
{
	msgpack_unpacked u;

	if (unpack(&u, raw, size))
		json_object(f, &u.data);
	else
		fputs("null", f);
	msgpack_unpacked_destroy(&u);
}

void
json_meta(FILE *f, const struct meta *m)
{
	putc('{', f);
	for (int i = 0; i < m->n; i++) {
		fputs(i ? "," : "", f);
		json_text(f, m->entry[i].key);
		putc(':', f);
		json_raw(f, m->entry[i].raw, m->entry[i].size);
	}
	putc('}', f);
}
