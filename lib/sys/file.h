/* Files and pipes: operands are read, and a result replaces its file only when it is complete. */
#ifndef SYS_FILE_H
#define SYS_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* Opens an operand for reading; "-" is stdin. Dies with EX_NOINPUT (missing, a directory, no permission), and with EX_USAGE
 * when stdin is asked for a second time. */
FILE *file_in(const char *path);
/* For messages: "<stdin>" for "-", else the path. */
const char *file_name_in(const char *path);
/* All of an operand, followed by a zero; *size > max: it holds more, and not all was read. Memory grows with the bytes
 * read. The caller frees. Dies like file_in, and with EX_IOERR. */
char *file_all(const char *path, size_t max, size_t *size);
/* The same stream if it can seek, else an unlinked temporary copy of the rest of it, at its start: for programs that
 * must read twice. */
FILE *file_seekable(FILE *f, const char *name);
/* An unlinked file in $TMPDIR or /tmp for rows that do not fit into memory; `name`, for messages, is the file they come from. */
FILE *file_temporary(const char *name);

/* Bytes of a regular file from the current position of f to its end; 0: at the end, or not known. */
off_t file_left(FILE *f);
/* Like fread of n bytes; many bytes of a regular file are read on all threads, straight into `to`. Not from inside par_for. */
size_t file_read(FILE *f, void *to, size_t n);

/* Opens a result. NULL or "-": stdout, refused (EX_USAGE) for `binary` data when it is a terminal. A path: a temporary
 * file beside it, which file_done turns into `path` after fsync; die() and deadly signals remove it. Whatever cannot be
 * replaced by a file is written directly: /dev/null, a fifo, a device, /dev/fd/3 and with it files without a name. Dies with
 * EX_CANTCREAT. */
FILE *file_out(const char *path, bool binary);
/* For a result that is opened only after hours: dies now, as file_out would then. */
void file_check_out(const char *path);
/* From now on deadly signals remove temporary files. file_out does it by itself; a program with handlers of its own calls it
 * before it sets them. */
void file_catch_signals(void);
/* For messages: "<stdout>" or the path. */
const char *file_name_out(const char *path);
/* Flushes, fsyncs, renames; for stdout flushes and checks. Dies with EX_IOERR: a full disk shows only here. A result that cannot
 * be renamed stays where it is, and the message names the place. */
void file_done(FILE *f);
/* The same of several results: none is complete before all have been accepted by the disk. f[] is used up. */
void files_done(int n, FILE **f);
/* A stream into memory; after file_memory_done, *s is all that was written, or the program has died (EX_OSERR). The caller frees it. */
FILE *file_memory(char **s, size_t *n);
void file_memory_done(FILE *f, char *const *s);
/* Writes or dies with EX_IOERR. */
void file_write(FILE *f, const void *data, size_t size);
/* Bytes that tell the reader that all went well. They are held back until more is written after them, or until nothing else in
 * file_done can fail, so a program that dies before does not write them. */
void file_write_last(FILE *f, const void *data, size_t size);
/* Writes them now: for a file that the program itself reads again. */
void file_flush(FILE *f);

#endif
