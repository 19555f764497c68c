/* Rows of a dataset that stay in their file: where each lies is found out once, and training takes them by their place, straight into the
 * batch. Memory holds the labels, which take a byte a row, and a place for each record of about 1 MiB. */
#ifndef MODEL_STREAMED_H
#define MODEL_STREAMED_H

#include "cnn1/stream.h"
#include "net/train.h"

/* Opens the file for d, on every rank of a team. Dies where it is not one whose rows can be read in any order (EX_USAGE), cannot be
 * opened (EX_NOINPUT), or is another one on rank 0 (EX_DATAERR). */
void streamed_open(const char *path, struct dataset *d);
/* The piece that was just read from the same file holds the next n rows of x. */
void streamed_piece(struct dataset *d, const struct piece *p);
/* Dies if a row that was asked for could not be read (EX_IOERR), or the file is no longer what it was (EX_DATAERR), on
 * any rank. */
void streamed_check(const struct dataset *d);
void streamed_close(struct dataset *d);

#endif
