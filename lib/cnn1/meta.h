/* An ordered map with string keys, as headers and events carry it. Values stay raw msgpack, so that keys we do not know
 * are kept and passed on byte for byte. */
#ifndef CNN1_META_H
#define CNN1_META_H

#include <msgpack.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/names.h"

struct entry {
	char *key, *raw;
	size_t size;
};
struct meta {
	int n;
	struct entry *entry;
	struct names keys; /* the place of each */
};

/* From a decoded map; false if it is not a map, a key is not a string, or a key occurs twice. */
bool meta_from(struct meta *m, const msgpack_object *map);
void meta_pack(const struct meta *m, msgpack_packer *pk);
void meta_copy(struct meta *to, const struct meta *from);
void meta_free(struct meta *m);

/* Setting replaces a key in its place, or appends it. */
void meta_set_raw(struct meta *m, const char *key, const void *raw, size_t size);
void meta_set_text(struct meta *m, const char *key, const char *value);
void meta_set_int(struct meta *m, const char *key, int64_t value);
void meta_set_uint(struct meta *m, const char *key, uint64_t value);
void meta_set_real(struct meta *m, const char *key, double value);
void meta_set_bool(struct meta *m, const char *key, bool value);
void meta_set_texts(struct meta *m, const char *key, int n, char *const *value);
void meta_set_reals(struct meta *m, const char *key, int n, const double *value);
void meta_set_meta(struct meta *m, const char *key, const struct meta *value);
void meta_remove(struct meta *m, const char *key);

/* Getting: false when the key is missing or holds another type. Texts are allocated for the caller. A real also
 * accepts an integer. */
const struct entry *meta_find(const struct meta *m, const char *key);
bool meta_text(const struct meta *m, const char *key, char **value);
bool meta_int(const struct meta *m, const char *key, int64_t *value);
bool meta_uint(const struct meta *m, const char *key, uint64_t *value);
bool meta_real(const struct meta *m, const char *key, double *value);
bool meta_bool(const struct meta *m, const char *key, bool *value);
/* Arrays; at most `max` elements, the count in *n. */
bool meta_texts(const struct meta *m, const char *key, int max, int *n, char **value);
bool meta_reals(const struct meta *m, const char *key, int max, int *n, double *value);
bool meta_meta(const struct meta *m, const char *key, struct meta *value);
/* The same keys with the same values, in any order; numbers are compared as numbers, so 1 is 1.0, and NaN is not NaN. */
bool meta_equal(const struct meta *a, const struct meta *b);

/* A raw value as JSON (compact; control characters escaped; bin as a hex string; NaN as null). */
void json_raw(FILE *f, const char *raw, size_t size);
void json_text(FILE *f, const char *s);
void json_real(FILE *f, double v); /* as many digits as it takes to read the same number back; NaN and infinities as null */
void json_field(FILE *f, const char *key, double v); /* ,"key":v */
void json_meta(FILE *f, const struct meta *m);

#endif
