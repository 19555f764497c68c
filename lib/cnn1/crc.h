/* CRC-32 by folding, for processors that multiply polynomials in vectors of 256 bits: nearly twice as fast as in those of 128, which
 * is what libdeflate does before 1.20. What a checksum begins and ends with is left to the caller. */
#ifndef CNN1_CRC_H
#define CNN1_CRC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CRC_FOLD = 128 };

/* Has this processor such instructions? */
bool crc_folds(void);
/* fold, followed by n bytes p, a multiple of CRC_FOLD, becomes CRC_FOLD bytes that leave a CRC-32 register of 0 in the same state. */
void crc_fold(size_t n, const uint8_t *p, uint8_t fold[CRC_FOLD]);

#endif
