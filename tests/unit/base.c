/* Random numbers, exact functions, threads, arenas, shapes, text for terminals. */
#include <locale.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/arena.h"
#include "base/exact.h"
#include "base/names.h"
#include "base/opt.h"
#include "base/par.h"
#include "base/printable.h"
#include "base/rng.h"
#include "base/shape.h"
#include "base/width.h"

static int failures;

static void
check(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "base: %s\n", what);
	failures++;
}

static void
texts_of_numbers_read_back_exactly(void)
{
	static const struct { double v; const char *text; } known[] = {
		{ 0.01, "0.01" }, { 1e-7, "1e-07" }, { 0, "0" }, { -2.5, "-2.5" }, { 1.0 / 3, "0.3333333333333333" },
		{ 0.1 + 0.2, "0.30000000000000004" }, { 0.1234567891, "0.1234567891" }, { 4.9406564584124654e-324, "4.94065646e-324" },
	};
	char buf[32];
	double back;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		check(!strcmp(real_text(known[i].v, buf, sizeof buf), known[i].text), known[i].text);
	for (uint64_t i = 0; i < 10000; i++) {
		double v = (rng_unit(11, 2 * i) - 0.5) * exact_exp(1000 * rng_unit(11, 2 * i + 1) - 500);
		check(parse_real(real_text(v, buf, sizeof buf), &back) && back == v, "the text of a number is that of another");
	}
}

/* Salmon's Random123 distribution, kat_vectors, philox4x32-10 */
static void
philox_gives_the_published_vectors(void)
{
	static const struct { uint32_t counter[4], key[2], out[4]; } known[] = {
		{ { 0 }, { 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
		{ { ~0u, ~0u, ~0u, ~0u }, { ~0u, ~0u }, { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
		{ { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, { 0xa4093822, 0x299f31d0 },
			{ 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		uint32_t out[4];
		philox(known[i].counter, known[i].key, out);
		check(!memcmp(out, known[i].out, sizeof out), "philox does not give its published vectors");
	}
	const uint64_t block = UINT64_C(0x123456789abcdef0), key = UINT64_C(0x0fedcba987654321);
	const uint32_t counter[4] = { (uint32_t)block, (uint32_t)(block >> 32), 0, 0 };
	const uint32_t halves[2] = { (uint32_t)key, (uint32_t)(key >> 32) };
	uint32_t out[4];
	philox(counter, halves, out);
	for (unsigned i = 0; i < 4; i++)
		check(rng_bits(key, 4 * block + i) == out[i], "rng_bits is not word i % 4 of block i / 4");
}

static void
keys_differ_by_seed_purpose_and_number(void)
{
	const uint64_t k = rng_key(1, "shuffle", 0);

	check(k == rng_key(1, "shuffle", 0), "the same key differs");
	check(k != rng_key(2, "shuffle", 0) && k != rng_key(1, "dropout", 0) && k != rng_key(1, "shuffle", 1),
		"different keys agree");
}

static void
numbers_below_n_are_below_n(void)
{
	static const uint64_t limits[] = { 1, 2, 3, 10, 1000, (UINT64_C(1) << 32) - 1, UINT64_C(1) << 32 };
	int count[10] = { 0 };

	for (size_t k = 0; k < sizeof limits / sizeof *limits; k++)
		for (uint64_t i = 0; i < 10000; i++)
			check(rng_below(7, i, limits[k]) < limits[k], "rng_below reaches its limit");
	for (uint64_t i = 0; i < 100000; i++)
		count[rng_below(8, i, 10)]++;
	for (int i = 0; i < 10; i++)
		check(abs(count[i] - 10000) < 500, "rng_below is not uniform"); /* five deviations */
}

static void
permutations_are_permutations_and_uniform(void)
{
	enum { N = 1000 };
	uint32_t perm[N];
	char seen[N] = { 0 };
	int count[24] = { 0 };

	rng_permute(1, N, perm);
	for (int i = 0; i < N; i++)
		if (perm[i] < N)
			seen[perm[i]] = 1;
	for (int i = 0; i < N; i++)
		check(seen[i], "rng_permute leaves a number out");
	rng_permute(1, 0, NULL);
	for (uint64_t key = 0; key < 24000; key++) {
		rng_permute(rng_key(key, "test", 0), 4, perm);
		int rank = 0;
		for (int i = 0; i < 4; i++) {
			int smaller = 0;
			for (int j = i + 1; j < 4; j++)
				smaller += perm[j] < perm[i];
			rank = rank * (4 - i) + smaller;
		}
		count[rank]++;
	}
	for (int i = 0; i < 24; i++)
		check(abs(count[i] - 1000) < 160, "rng_permute is not uniform");
}

/* inversion is exact: the distribution function of the draw is the uniform number it came from */
static void
normal_draws_invert_the_distribution_function(void)
{
	enum { N = 100000 };
	double sum = 0, square = 0;

	for (uint64_t i = 0; i < N; i++) {
		const double z = rng_normal(3, i), p = (rng_bits(3, i) + 0.5) / 4294967296.0;
		const double back = 0.5 * erfc(-z / sqrt(2));
		check(fabs(back - p) <= 2e-15 * p * (1 + z * z), "rng_normal does not invert the normal distribution");
		sum += z;
		square += z * z;
	}
	check(fabs(sum / N) < 0.015 && fabs(square / N - 1) < 0.02, "rng_normal is not standard normal");
}

/* Distribution functions of Beta(a, a) that have a closed form. */
static double
beta_below(double a, double x)
{
	if (a == 0.5)
		return 2 / acos(-1) * asin(sqrt(x));
	return a == 1 ? x : x * x * (3 - 2 * x); /* 2 */
}

/* Kolmogorov: a distance of more than 1.95 / sqrt(n) has odds of 1 in 1,000; the draws are fixed. */
static void
beta_draws_have_its_distribution(void)
{
	enum { N = 20000, BINS = 1000 };
	static const double closed[] = { 0.5, 1, 2 };

	for (int k = 0; k < 3; k++) {
		int count[BINS + 1] = { 0 };
		double below = 0, most = 0;
		for (uint64_t i = 0; i < N; i++)
			count[(int)(rng_beta(7, i, closed[k]) * BINS)]++;
		for (int b = 0; b < BINS; b++) {
			below += count[b];
			most = fmax(most, fabs(below / N - beta_below(closed[k], (b + 1.0) / BINS)));
		}
		check(most < 1.95 / sqrt(N), "rng_beta does not have its distribution");
	}
}

/* mean 1/2, variance 1 / (4 (2 a + 1)), fourth central moment 3 / (16 (2 a + 1) (2 a + 3)) */
static void
beta_draws_have_its_moments(void)
{
	enum { N = 100000 };
	static const double alphas[] = { 1e-3, 0.1, 0.2, 0.4, 1, 8, 1000 };

	for (size_t k = 0; k < sizeof alphas / sizeof *alphas; k++) {
		const double a = alphas[k], variance = 1 / (4 * (2 * a + 1)), fourth = 3 / (16 * (2 * a + 1) * (2 * a + 3));
		double sum = 0, square = 0, power = 0;
		for (uint64_t i = 0; i < N; i++) {
			const double x = rng_beta(9, i, a), d = x - 0.5;
			check(x >= 0 && x <= 1, "rng_beta leaves [0, 1]");
			sum += d;
			square += d * d;
			power += d * d * d * d;
		}
		check(fabs(sum / N) < 4 * sqrt(variance / N), "rng_beta is not centred");
		check(fabs(square / N - variance) <= 4 * sqrt((fourth - variance * variance) / N) + 1e-12, "rng_beta has not its variance");
		check(fabs(power / N - fourth) < 0.05 * fourth, "rng_beta has not its fourth moment");
	}
}

static double
ulps(double x, double y)
{
	if (x == y || (x != x && y != y))
		return 0;
	const double u = nextafter(fabs(y), INFINITY) - fabs(y);
	return fabs(x - y) / u;
}

static double
spread(uint64_t i, double low, double high)
{
	return low + (high - low) * rng_unit(99, i);
}

/* within 2 ulp of the true value, so within 3 of libm's */
static void
exact_functions_agree_with_libm(void)
{
	enum { N = 200000 };
	double worst[6] = { 0 };

	for (uint64_t i = 0; i < N; i++) {
		const double x = spread(i, -745, 709.7), e = spread(i, -1074, 1023), c = spread(i, -1e5, 1e5);
		const double log_of = exp2(e) * spread(i + 1, 1, 2), near = 1 + spread(i, -0.3, 0.4), r = spread(i, -7, 7);
		worst[0] = fmax(worst[0], fmax(ulps(exact_exp(x), exp(x)), ulps(exact_exp(x / 1000), exp(x / 1000))));
		worst[1] = fmax(worst[1], fmax(ulps(exact_log(log_of), log(log_of)), ulps(exact_log(near), log(near))));
		worst[2] = fmax(worst[2], fmax(ulps(exact_cos(c), cos(c)), ulps(exact_cos(c / 1e4), cos(c / 1e4))));
		worst[3] = fmax(worst[3], fmax(ulps(exact_erf(r), erf(r)), ulps(exact_erf(r / 100), erf(r / 100))));
		worst[5] = fmax(worst[5], fmax(ulps(exact_sin(c), sin(c)), ulps(exact_sin(c / 1e4), sin(c / 1e4))));
		worst[4] = fmax(worst[4], ulps(exact_pow_int(near, i % 20), pow(near, (double)(i % 20))) / (1 + i % 20));
	}
	static const char *const name[] = { "exact_exp", "exact_log", "exact_cos", "exact_erf", "exact_pow_int", "exact_sin" };
	for (int k = 0; k < 6; k++)
		if (worst[k] > (k == 4 ? 1 : 3)) {
			fprintf(stderr, "base: %s is %.2f ulp off\n", name[k], worst[k]);
			failures++;
		}
	check(exact_exp(0) == 1 && exact_log(1) == 0 && exact_cos(0) == 1 && exact_sin(0) == 0 && exact_erf(0) == 0, "f(0) is not exact");
	check(exact_exp(-746) == 0 && exact_exp(710) == INFINITY && isnan(exact_exp(NAN)), "exact_exp at its ends");
	check(exact_log(0) == -INFINITY && isnan(exact_log(-1)) && exact_log(INFINITY) == INFINITY, "exact_log at its ends");
	check(exact_erf(7) == 1 && exact_erf(-INFINITY) == -1 && isnan(exact_erf(NAN)), "exact_erf at its ends");
	check(exact_pow_int(3, 0) == 1 && exact_pow_int(3, 13) == 1594323, "exact_pow_int of small numbers");
}

enum { PIECES_MAX = 1000 };

static atomic_int visits[PIECES_MAX];
static atomic_int wrong_worker;

static void
visit(int piece, int worker, void *ctx)
{
	atomic_fetch_add(&visits[piece], 1);
	if (worker < 0 || worker >= par_count())
		atomic_store(&wrong_worker, 1);
	((int *)ctx)[piece] = piece + 1; /* seen by the caller afterwards, without more ado */
}

static void
each_piece_is_run_once(void)
{
	static int out[PIECES_MAX];
	static const int sizes[] = { 0, 1, 2, 3, 7, 16, PIECES_MAX };

	for (int threads = 1; threads <= 8; threads++) {
		check(par_threads(threads) == threads, "par_threads does not give what was asked for");
		for (int round = 0; round < 60; round++) {
			const int pieces = sizes[round % 7];
			memset(out, 0, sizeof out);
			for (int i = 0; i < PIECES_MAX; i++)
				atomic_store(&visits[i], 0);
			par_for(pieces, visit, out);
			for (int i = 0; i < PIECES_MAX; i++)
				check(atomic_load(&visits[i]) == (i < pieces) && out[i] == (i < pieces ? i + 1 : 0),
					"par_for does not run each piece once");
		}
	}
	/* jobs of changing size on each other's heels: a thread that comes late must not take a piece of the next job twice */
	par_threads(3);
	for (int round = 0; round < 200000; round++) {
		const int pieces = 2 + round % 6;
		for (int i = 0; i < 8; i++)
			atomic_store(&visits[i], 0);
		par_for(pieces, visit, out);
		for (int i = 0; i < 8; i++)
			check(atomic_load(&visits[i]) == (i < pieces), "par_for does not run each piece of a short job once");
	}
	check(!atomic_load(&wrong_worker), "par_for gives a worker's number that does not exist");
	check(par_threads(1000) == PAR_MAX && par_threads(0) >= 1, "par_threads outside of its bounds");
}

static void
arenas_give_what_was_counted(void)
{
	struct arena a = { 0 };
	char *p[3];

	for (int i = 0; i < 3; i++)
		check(!arena_take(&a, (size_t)(100 * i + 1)), "an arena gives memory while counting");
	arena_back(&a);
	for (int i = 0; i < 3; i++) {
		p[i] = arena_take(&a, (size_t)(100 * i + 1));
		check((uintptr_t)p[i] % 64 == 0 && p[i][100 * i] == 0, "an arena's memory is not aligned or not zero");
		memset(p[i], 1, (size_t)(100 * i + 1));
	}
	check(p[1] >= p[0] + 1 && p[2] >= p[1] + 101, "an arena's pieces overlap");
	arena_free(&a);
}

static void
shapes_count_without_overflow(void)
{
	const struct shape image = { 4, { -1, 32, 32, 3 } }, empty = { 2, { 0, 5 } }, none = { 0, { 0 } };
	const struct shape huge = { 3, { INT64_C(1) << 31, INT64_C(1) << 31, 2 } };
	const struct shape most = { 2, { INT64_C(1) << 31, INT64_C(1) << 31 } };
	char buf[64];

	check(shape_count(&image, 1) == 3072 && shape_count(&image, 0) == -1, "shape_count of images");
	check(shape_count(&empty, 0) == 0 && shape_count(&none, 0) == 1, "shape_count of nothing");
	check(shape_count(&most, 0) == INT64_C(1) << 62 && shape_count(&huge, 0) == -1, "shape_count overflows");
	check(!strcmp(shape_text(&image, buf, sizeof buf), "(None, 32, 32, 3)"), "shape_text of images");
	check(!strcmp(shape_text(&(struct shape){ 1, { 10 } }, buf, sizeof buf), "(10,)"), "shape_text of one dimension");
}

static void
text_shown_commands_no_terminal(void)
{
	static const struct { const char *said, *shown; } known[] = {
		{ "plain", "plain" },
		{ "Größe π 한 😀", "Größe π 한 😀" },
		{ "\x1b[2J\a\n\r\t\b\x7f", "\\x1b[2J\\x07\\x0a\\x0d\\x09\\x08\\x7f" },
		{ "\xc2\x9b" "31m", "\\x9b31m" },                  /* C1 in UTF-8 */
		{ "\x9b" "31m", "\\x9b31m" },                      /* alone */
		{ "\xe2\x82", "\\xe2\\x82" }, { "\xc2", "\\xc2" }, /* cut */
		{ "\xc1\x9b", "\\xc1\\x9b" }, { "\xff\xfe", "\\xff\\xfe" },
		{ "\xc3\xa4\x9b", "\xc3\xa4\\x9b" },
	};
	char buf[80], small[6];

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		size_t n = shown_to(buf, sizeof buf, known[i].said);
		check(n == strlen(buf) && !strcmp(buf, known[i].shown), known[i].shown);
	}
	check(shown_to(small, sizeof small, "ab\x1b" "c") == 2 && !strcmp(small, "ab"), "shown_to cuts a \\xNN");
}

static void
text_is_as_wide_as_it_stands(void)
{
	static const struct { const char *text; int width, of_three; } known[] = { /* bytes that fit into three columns */
		{ "", 0, 0 }, { "plain", 5, 3 }, { "dés", 3, 4 }, { "de\xcc\x81s", 3, 5 }, { "x\xcc\x81\xcc\x81yz", 3, 7 },
		{ "猫犬", 4, 3 }, { "a猫", 3, 4 }, { "ab猫", 4, 2 }, { "ｶﾞ", 2, 6 }, { "한글", 4, 3 }, { "\xe1\x84\x92\xe1\x85\xa1", 2, 6 },
		{ "😀!", 3, 5 }, { "ก็ไม่", 3, 15 }, { "नी", 2, 6 }, { "e\xe2\x80\x8b" "f", 2, 5 }, { "\xff\xfe", 2, 2 },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		int used;
		check(text_width(known[i].text) == known[i].width, known[i].text);
		check((int)text_fit(known[i].text, 3, &used) == known[i].of_three && used <= 3, known[i].text);
	}
}

/* glibc's widths come from the same database; other versions know other characters, and some scripts are left out here. */
static void
characters_are_as_wide_as_the_system_says(void)
{
	const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	int differ = 0, known = 0;

	if (!utf8)
		return;
	const locale_t before = uselocale(utf8);
	for (uint32_t c = 0xa0; c < 0x10000; c++) {
		const int width = wcwidth((wchar_t)c);
		known += width >= 0;
		differ += width >= 0 && width != character_width(c);
	}
	uselocale(before);
	freelocale(utf8);
	check(differ * 200 < known, "widths of characters are not the system's");
}

static void
names_are_found_whatever_came_and_went(void)
{
	static const char *const name[] = { "m", "b", "", "z", "ba", "b", "m" };
	struct names s = { 0 }, same = { 0 };

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		names_add(&s, name[i]);
	check(s.n == 5 && names_find(&s, "ba") == 4 && names_find(&s, "") == 2 && names_find(&s, "a") == -1, "names are not found");
	names_remove(&s, 1);
	check(s.n == 4 && names_find(&s, "b") == -1 && names_find(&s, "m") == 0 && names_find(&s, "ba") == 3, "names are not taken out");
	check(names_from(&same, 5, name) && same.n == 5 && names_find(&same, "z") == 3, "names are not found that came at once");
	names_free(&same);
	check(!names_from(&same, 7, name) && same.n == 0, "names that occur twice are taken");
	names_free(&s);
}

int
main(void)
{
	names_are_found_whatever_came_and_went();
	texts_of_numbers_read_back_exactly();
	philox_gives_the_published_vectors();
	keys_differ_by_seed_purpose_and_number();
	numbers_below_n_are_below_n();
	permutations_are_permutations_and_uniform();
	normal_draws_invert_the_distribution_function();
	beta_draws_have_its_distribution();
	beta_draws_have_its_moments();
	exact_functions_agree_with_libm();
	each_piece_is_run_once();
	arenas_give_what_was_counted();
	shapes_count_without_overflow();
	text_shown_commands_no_terminal();
	text_is_as_wide_as_it_stands();
	characters_are_as_wide_as_the_system_says();
	return failures > 0;
}
