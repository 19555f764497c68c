/* Elementary functions in double with the same bits on every machine: only +, -, *, /, sqrt, which IEEE 754
 * fixes (build with -ffp-contract=off). libm's differ between versions and processors in the last bit.
 * Each is within 2 ulp of the true value in its stated range. */
#ifndef BASE_EXACT_H
#define BASE_EXACT_H

#include <stdint.h>

double exact_exp(double x);         /* 0 below -745, inf above 709.78 */
double exact_log(double x);         /* x > 0; -inf at 0; NaN below */
double exact_cos(double x);         /* |x| <= 1e5 */
double exact_sin(double x);         /* likewise; 0 at 0 */
double exact_erf(double x);
double exact_pow_int(double x, uint64_t n); /* x^n by squaring */

#endif
