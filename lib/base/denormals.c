#include "base/denormals.h"

#include <stdint.h>

void
denormals_flush(void)
{
#if defined __SSE2__
	enum { ZERO_OUT = 1 << 15, ZERO_IN = 1 << 6 }; /* of MXCSR */
	__builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | ZERO_OUT | ZERO_IN);
#elif defined __aarch64__
	enum { ZERO_BOTH = 1 << 24 }; /* of FPCR */
	uint64_t control;
	__asm__ volatile("mrs %0, fpcr" : "=r"(control));
	__asm__ volatile("msr fpcr, %0" : : "r"(control | ZERO_BOTH));
#endif
}
