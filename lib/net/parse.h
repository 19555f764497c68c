/* Network texts: net(5). */
#ifndef NET_PARSE_H
#define NET_PARSE_H

#include "net/layer.h"

/* Fills at most `max` layers with type, name (empty: automatic), line and options, defaults included; shapes are left to
 * network_build. Returns NULL, or what is wrong, with its line; valid until the next call. */
const char *text_parse(const char *text, int max, struct layer *layers, int *count);
/* How many layers a text holds at most: lines that are not empty or comments. */
int text_lines(const char *text);

/* A value as the text would write it ("3x3", "same", "constant:0.1"); writes into buf, returns it. */
const char *layer_option_text(const struct layer *l, int option, char *buf, size_t size);

#endif
