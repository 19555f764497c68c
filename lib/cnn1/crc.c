#include "cnn1/crc.h"

#ifdef __x86_64__
#include <immintrin.h>

bool
crc_folds(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("vpclmulqdq");
}

/* Gopal and others, Fast CRC computation for generic polynomials using PCLMULQDQ, Intel 2009: 16 bytes that lie 128 bytes further on are
 * worth their halves times x^(1024 + 32) and x^(1024 - 32) modulo the polynomial, here with the bits in zlib's order. */
__attribute__((target("avx2,vpclmulqdq"))) void
crc_fold(size_t n, const uint8_t *p, uint8_t fold[CRC_FOLD])
{
	const __m256i k = _mm256_set_epi64x(0x14a7fe880, 0x1e88ef372, 0x14a7fe880, 0x1e88ef372);
	__m256i v[4];

	for (int i = 0; i < 4; i++)
		v[i] = _mm256_loadu_si256((const __m256i *)fold + i);
	for (; n > 0; n -= CRC_FOLD, p += CRC_FOLD)
		for (int i = 0; i < 4; i++) {
			const __m256i low = _mm256_clmulepi64_epi128(v[i], k, 0x00), high = _mm256_clmulepi64_epi128(v[i], k, 0x11);
			v[i] = _mm256_xor_si256(_mm256_xor_si256(low, high), _mm256_loadu_si256((const __m256i *)p + i));
		}
	for (int i = 0; i < 4; i++)
		_mm256_storeu_si256((__m256i *)fold + i, v[i]);
}
#else
bool
crc_folds(void)
{
	return false;
}

void
crc_fold(size_t n, const uint8_t *p, uint8_t fold[CRC_FOLD])
{
	(void)n, (void)p, (void)fold;
}
#endif
