#include "kern/kern.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/denormals.h"

extern const struct kern kern_ref, kern_v2, kern_v3, kern_v4, kern_simd;

const struct kern *kern = &kern_ref;

/* Worst first. The processor must have what the compiler was allowed to use: the x86-64 psABI's levels. */
static int
runs(const char *name)
{
#if defined WITH_v2 || defined WITH_v3 || defined WITH_v4
	__builtin_cpu_init();
	const int v2 = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
	const int v3 = v2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
	               __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
	const int v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
	               __builtin_cpu_supports("avx512cd");
	if (!strcmp(name, "v2"))
		return v2;
	if (!strcmp(name, "v3"))
		return v3;
	if (!strcmp(name, "v4"))
		return v4;
#endif
	return !strcmp(name, "ref") || !strcmp(name, "simd");
}

static const struct kern *const sets[] = {
	&kern_ref,
#ifdef WITH_simd
	&kern_simd,
#endif
#ifdef WITH_v2
	&kern_v2,
#endif
#ifdef WITH_v3
	&kern_v3,
#endif
#ifdef WITH_v4
	&kern_v4,
#endif
};

const struct kern *
kern_list(int i)
{
	for (size_t k = 0; k < sizeof sets / sizeof *sets; k++)
		if (runs(sets[k]->name) && i-- == 0)
			return sets[k];
	return NULL;
}

static const char *
unknown(const char *from, const char *name)
{
	static char message[256];
	int used = snprintf(message, sizeof message, "%s%.64s: unknown instruction set; known here:", from, name);

	for (int i = 0; kern_list(i); i++)
		used += snprintf(message + used, sizeof message - (size_t)used, " %s", kern_list(i)->name);
	return message;
}

const char *
kern_select(const char *name)
{
	const char *from = "";

	denormals_flush();
	if (!name) {
		name = getenv("CNN_ISA");
		from = "CNN_ISA=";
	}
	const bool best = !name || !*name;
	for (int i = 0; kern_list(i); i++)
		if (best || !strcmp(kern_list(i)->name, name)) {
			kern = kern_list(i);
			if (!best)
				return NULL;
		}
	return best ? NULL : unknown(from, name);
}
