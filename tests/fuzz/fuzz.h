/* What all fuzz targets share. A target is one file, TARGET.c, with libFuzzer's entry; linked with replay.c it is a plain
 * program that replays files, linked with clang -fsanitize=fuzzer it is the fuzzer itself. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed); /* if a target has one */

/* Runs a decoder over the input. One that ends the program by die() comes back here: exit is wrapped by the linker
 * (--wrap=exit), so the decoders are those of the programs, unchanged. What is allocated meanwhile is counted, by every library
 * (memory.h); what a death leaves is freed, so that millions of executions do not fill the memory. Returns die()'s
 * status, 0: none.
 *
 * Aborts when: more than `memory` bytes are held at once; the decoder returns without dying and memory is left (a leak); it dies
 * of a status that no input may cause (out of memory, our bug); a message is more than a line, or holds a control character. */
int fuzz_run(void (*decode)(const uint8_t *data, size_t size), const uint8_t *data, size_t size, size_t memory);

/* Aborts, saying what does not hold. */
#define MUST(what) ((what) ? (void)0 : fuzz_wrong(__FILE__, __LINE__, #what))
_Noreturn void fuzz_wrong(const char *file, int line, const char *what);

/* Within a decoder: the bytes as a file, read through memory. Opening any file reads the input, too (--wrap=fopen). */
FILE *fuzz_file(const uint8_t *data, size_t size);
/* A file that takes everything and keeps nothing; fclose it. */
FILE *fuzz_sink(void);
/* The bytes in a file of the kernel, for what needs pread and fstat. */
FILE *fuzz_real_file(const uint8_t *data, size_t size);

/* Checksums stop a fuzzer at the door: what they guard is never tried. So targets make them right. */
void fuzz_seal_records(uint8_t *p, size_t n); /* the CRC of each cnn1 record, as far as they can be told apart */
/* What LLVMFuzzerCustomMutator is for such records: items change, and lengths stay right (mutate.c). */
size_t fuzz_mutate_records(uint8_t *p, size_t n, size_t most, unsigned seed);
/* The bytes as zlib or gzip data, stored: 5 bytes a block of 65535 and `head` and tail around. The caller frees. */
uint8_t *fuzz_zlib(const uint8_t *p, size_t n, size_t *size);
uint8_t *fuzz_gzip(const uint8_t *p, size_t n, size_t *size);
/* Something that may be new to the fuzzer, which sees into our code but not into libpng: what it said, what it gave. */
void fuzz_reached(const void *what, size_t n);
/* Reads every byte, so that a sanitizer sees any that is not there. */
void fuzz_touch(const void *p, size_t n);

#endif
