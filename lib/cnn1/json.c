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
		putc('"', f);
		for (uint32_t i = 0; i < o->via.bin.size; i++)
			fprintf(f, "%02x", (unsigned char)o->via.bin.ptr[i]);
		putc('"', f);
		break;
	case MSGPACK_OBJECT_ARRAY:
		putc('[', f);
		for (uint32_t i = 0; i < o->via.array.size; i++) {
			fputs(i ? "," : "", f);
			json_object(f, &o->via.array.ptr[i]);
		}
		putc(']', f);
		break;
	case MSGPACK_OBJECT_MAP:
		putc('{', f);
		for (uint32_t i = 0; i < o->via.map.size; i++) {
			fputs(i ? "," : "", f);
			json_chars(f, o->via.map.ptr[i].key.via.str.ptr, o->via.map.ptr[i].key.via.str.size);
			putc(':', f);
			json_object(f, &o->via.map.ptr[i].val);
		}
		putc('}', f);
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
