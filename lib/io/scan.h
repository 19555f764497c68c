/* Bounds first: checks the msgpack bytes of one record before any decoder sees them. Allocates nothing. */
#ifndef IO_SCAN_H
#define IO_SCAN_H

#include <stddef.h>
#include <stdint.h>

enum {
	SCAN_DEPTH = 8,
	SCAN_BIN = 16 << 20,     /* bytes of rows in one DATA record */
	SCAN_RECORD = SCAN_BIN + 4096,
	SCAN_TEXT = 1 << 20,     /* bytes of any record other than DATA, and of any string */
	SCAN_ITEMS = 1 << 16,    /* elements of one array or map */
};

struct scan {
	size_t size;     /* OK: bytes of the record, its CRC included */
	size_t body;     /* OK: bytes before the last element (what the CRC covers) */
	size_t need;     /* MORE: at least so many bytes are needed in all */
	size_t at;       /* BAD: offset of what is wrong */
	const char *why; /* BAD: "nested deeper than 8", "text where a record should begin", ... */
};
enum scan_result { SCAN_OK, SCAN_MORE, SCAN_BAD };

enum scan_result scan_record(const uint8_t *p, size_t n, struct scan *s);

#endif
