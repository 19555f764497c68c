/* Bounds first: checks the msgpack bytes of one record before any decoder sees them. Allocates nothing. */
#ifndef CNN1_SCAN_H
#define CNN1_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SCAN_DEPTH = 8,
	SCAN_BIN = 16 << 20,     /* bytes of rows in one DATA record */
	SCAN_RECORD = SCAN_BIN + 4096,
	SCAN_TEXT = 1 << 20,     /* bytes of any record other than DATA, and of any string */
	SCAN_ITEMS = 1 << 16,    /* elements of one array or map */
	SCAN_LEAST = 9,          /* the shortest record: array, tag of one letter, CRC */
	SCAN_CRC = 6,            /* bytes of the last element: bin 8, 4, and the CRC itself */
};

struct scan {
	size_t size;     /* OK: bytes of the record, its CRC included */
	size_t body;     /* OK: bytes before the last element (what the CRC covers) */
	size_t need;     /* MORE: at least so many bytes are needed in all */
	size_t rows;     /* MORE: where the rows of a DATA record begin, if only its head is there; 0: otherwise */
	size_t at;       /* BAD: offset of what is wrong */
	const char *why; /* BAD: "nested deeper than 8", "not a record", ... */

	/* inside: where a later call continues */
	size_t pos, limit;
	int depth;
	struct {
		uint32_t left; /* items still to come in this array or map */
		bool map;
	} open[SCAN_DEPTH];
};
enum scan_result { SCAN_OK, SCAN_MORE, SCAN_BAD };

/* p[0..n) are the first bytes of a record. *s is zeroed by the caller before the first call for a record; after MORE, call again
 * with the same bytes and further ones: nothing is looked at twice. */
enum scan_result scan_record(const uint8_t *p, size_t n, struct scan *s);
/* The type of a file that begins with p[0..n) and is not a stream: "text", "a PNG image", ...; NULL: unknown. */
const char *scan_guess(const uint8_t *p, size_t n);

#endif
