/* Random numbers without state: the i-th number of a key does not depend on earlier draws.
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

/* out[4] = Philox4x32-10 of the counter under the key; the published test vectors hold. */
void philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* A key for one purpose ("shuffle", "dropout", ...) and its n-th use (epoch, step, layer). */
uint64_t rng_key(uint64_t seed, const char *purpose, uint64_t n);
uint32_t rng_bits(uint64_t key, uint64_t i);
double rng_unit(uint64_t key, uint64_t i);   /* uniform in [0, 1): multiples of 2^-32 */
double rng_normal(uint64_t key, uint64_t i); /* standard normal, by inversion; the same bits on every machine */
/* Beta(a, a) in [0, 1], a > 0; likewise the same bits everywhere. */
double rng_beta(uint64_t key, uint64_t i, double a);
/* Uniform in [0, n), n <= 2^32, without modulo bias worth naming (n / 2^64). */
uint64_t rng_below(uint64_t key, uint64_t i, uint64_t n);
/* perm[n] = a uniform permutation of 0..n-1 (Fisher and Yates). */
void rng_permute(uint64_t key, int64_t n, uint32_t *perm);

#endif
