/* Sets of kernels: how one is chosen, and that each computes with denormal numbers as zeros. */
#include "kern_check.h"

#include <stdatomic.h>

#include "base/par.h"

/* Denormal numbers come in and go out as zeros of their sign, in every kernel that computes; what is copied, and what is none, stays. */

static bool
is(real x, real want)
{
	return memcmp(&x, &want, sizeof x) == 0;
}

static bool
adds_zeros(void)
{
	const real x[5] = { least / 4, -least / 4, least, -INFINITY, -0.0f };
	real y[5] = { 0, -0.0f, -least * 1.25f, 1, -0.0f };

	set->add(5, x, y);
	return is(y[0], 0) && is(y[1], -0.0f) && is(y[2], -0.0f) && is(y[3], -INFINITY) && is(y[4], -0.0f);
}

static bool
multiplies_zeros(void)
{
	const real x[2] = { least / 4, least }, w[2] = { 1e6f, 0.5f };
	const struct conv g = { 1, 1, 2, 1, 1, 1, 1, 0, 0, 1, 1, 1 };
	real y = 1;
	void *s = scratch(set->conv_scratch_size(&g));

	set->dense_y(1, 2, 1, 0, 2, x, w, false, &y);
	const bool dense = is(y, 0);
	set->conv_y(&g, 1, x, w, NULL, NULL, false, &y, s);
	free(s);
	return dense && is(y, 0);
}

static bool
steps_to_zero(void)
{
	const struct update s = { .lr = 0.5, .momentum = 0.5, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7 };
	const real g = 0;
	real w = least / 4, a = least / 4, v = least, m = least, square = 0;

	set->momentum(&s, 1, &g, &w, &v, NULL);
	set->adam(&s, 1, &g, &a, &m, &square);
	return is(v, 0) && is(w, 0) && is(a, 0);
}

static bool
copies_all(void)
{
	const real x[2] = { least / 4, -0.0f };
	real y[2];

	set->act_y(ACT_LINEAR, 0, 2, x, y);
	return is(y[0], x[0]) && is(y[1], -0.0f);
}

static void
look_for_denormals(int piece, int worker, void *ctx)
{
	(void)piece, (void)worker;
	if (!adds_zeros() || !multiplies_zeros() || !steps_to_zero() || !copies_all())
		atomic_fetch_add((atomic_int *)ctx, 1);
}

static void
denormals_are_zeros(void)
{
	atomic_int wrong = 0;

	par_threads(3);
	par_for(100, look_for_denormals, &wrong);
	if (atomic_load(&wrong))
		fail("computes with denormal numbers in %d of 100 pieces", atomic_load(&wrong));
}

static void
sets_are_found_by_name(void)
{
	const char *wrong = kern_select("v9");

	set = ref;
	if (!wrong || !strstr(wrong, "unknown instruction set; known here: ref"))
		fail("kern_select takes an unknown name");
	if (kern_select("ref") || kern != ref)
		fail("kern_select does not find ref");
}

int
main(void)
{
	family = "kern_set";
	ref = kern_list(0);
	for (int i = 0; take(i); i++)
		denormals_are_zeros();
	sets_are_found_by_name();
	return failures > 0;
}
