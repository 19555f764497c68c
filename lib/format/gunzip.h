/* Reads a file that may be gzip-compressed, as a stream with an upper bound: a bomb costs time up to the bound, never
 * memory. */
#ifndef FORMAT_GUNZIP_H
#define FORMAT_GUNZIP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct gunzip;

/* Takes over `f`. At most `limit` bytes come out. What does not begin as gzip is passed through as it is. */
struct gunzip *gunzip_open(FILE *f, uint64_t limit);
/* Fills buf; less than n only at the end of the data or on an error, which gunzip_wrong() then describes. */
size_t gunzip_read(struct gunzip *g, void *buf, size_t n);
/* NULL, or what is wrong: "compressed data damaged", "truncated", "unpacks to more than 512 MB", ... */
const char *gunzip_wrong(const struct gunzip *g);
/* Whose fault that is: EX_IOERR when the file could not be read, else EX_DATAERR. */
int gunzip_status(const struct gunzip *g);
/* Bytes of the file consumed so far: for progress. */
uint64_t gunzip_consumed(const struct gunzip *g);
void gunzip_close(struct gunzip *g);

#endif
