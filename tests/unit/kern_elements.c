/* Element by element and sums over arrays, the same bits in every set: dropout, arithmetic, batch normalization, bytes. */
#include "kern_check.h"

/* The draw of element i: of each 256, element e has half e / 32 of Philox's block e % 32. */
static uint32_t
dropout_draw(uint64_t key, uint64_t i)
{
	const uint64_t block = i / 256 * 32 + i % 32, half = i % 256 / 32;

	return rng_bits(key, 4 * block + half / 2) >> half % 2 * 16 & 0xffff;
}

/* y = the numbers of x whose draws, from i0 on, are kept; the bits begin at bit `from` */
static void
drop_out(uint64_t key, uint64_t i0, size_t from, real rate, size_t n, const real *x, real *y)
{
	const size_t size = (from + n + 7) / 8;
	uint8_t *bits = malloc(size + 1);

	memset(bits, 0xa5, size + 1);
	set->dropout_draw(key, i0 - from, rate, from + n, bits);
	set->dropout(bits, from, rate, n, x, y);
	if (bits[size] != 0xa5)
		fail("dropout_draw of %zu bits writes beyond them", from + n);
	free(bits);
}

static void
check_dropout(size_t n)
{
	const uint64_t key = rng_key(5, "dropout", n), i0 = n % 3 ? (uint64_t)between(0, 1000) : (UINT64_C(1) << 35) - 2;
	const real rate = (real)(n % 5) / 5;
	const uint32_t limit = (uint32_t)lround(65536.0 * rate);
	const size_t from = (size_t)between(0, i0 < 40 ? (int)i0 : 40);
	struct array x = noise(n), y = array(n);

	drop_out(key, i0, from, rate, n, x.v, y.v);
	for (size_t i = 0; i < n; i++) {
		const real want = dropout_draw(key, i0 + i) >= limit ? x.v[i] * (65536 / (real)(65536 - limit)) : 0;
		if (memcmp(&y.v[i], &want, sizeof want)) {
			fail("dropout: element %zu of %zu from %llu on is %.9g, not %.9g", i, n, (unsigned long long)i0,
				(double)y.v[i], (double)want);
			break;
		}
	}
	drop_out(key, i0, from / 8 * 8, rate, n, x.v, x.v);
	same(x, y, "dropout in place");
	done(x, "dropout"), done(y, "dropout");
}

/* a draw equal to the rate is kept, one just below it is not */
static void
dropout_is_exact_at_its_limit(void)
{
	for (uint64_t i = 0; i < 20; i++) {
		const uint32_t bits = dropout_draw(6, i);
		const real at = (real)bits / 65536, above = (real)(bits + 1) / 65536, one = 1;
		real stays = 0, gone = 7;
		drop_out(6, i, 0, at, 1, &one, &stays);
		if (stays != 65536 / (real)(65536 - bits))
			fail("dropout drops a draw that is equal to the rate");
		drop_out(6, i, 0, above, 1, &one, &gone);
		if (bits < 65535 && gone != 0)
			fail("dropout keeps a draw that is below the rate");
	}
}

static void
check_sums(size_t n)
{
	struct array x = noise(n), y = noise(n), want = copy(y);

	set->add(n, x.v, y.v);
	ref->add(n, x.v, want.v);
	same(y, want, "add");
	set->mul(n, x.v, y.v);
	ref->mul(n, x.v, want.v);
	same(y, want, "mul");
	set->axpy(n, (real)0.7, x.v, y.v);
	ref->axpy(n, (real)0.7, x.v, want.v);
	same(y, want, "axpy");
	set->scale(n, (real)0.7, y.v);
	for (size_t i = 0; i < n; i++)
		want.v[i] = (real)0.7 * want.v[i];
	same(y, want, "scale");
	double squares = 0, magnitudes = 0, top = 0;
	for (size_t i = 0; i < n; i++) {
		squares += (double)x.v[i] * x.v[i];
		magnitudes += fabs((double)x.v[i]);
		top = fmax(top, fabs((double)x.v[i]));
	}
	if (set->sum_squares(n, x.v) != ref->sum_squares(n, x.v) || set->sum_abs(n, x.v) != ref->sum_abs(n, x.v))
		fail("sum_squares or sum_abs differs from ref");
	if (fabs(set->sum_squares(n, x.v) - squares) > 1e-12 * squares || fabs(set->sum_abs(n, x.v) - magnitudes) > 1e-12 * magnitudes)
		fail("sum_squares or sum_abs is wrong");
	if (set->largest(n, x.v) != (real)top)
		fail("largest of %zu is %.9g, not %.9g", n, (double)set->largest(n, x.v), top);
	for (size_t i = 0; i < n; i++) {
		static const real bad[] = { NAN, -NAN, INFINITY, -INFINITY };
		const real good = x.v[i];
		x.v[i] = bad[i % 4];
		if (!isinf(set->largest(n, x.v)) || set->largest(n, x.v) < 0)
			fail("largest overlooks what is not finite at %zu of %zu", i, n);
		x.v[i] = good;
	}
	drop(want), done(x, "sums"), done(y, "add");
}

/* As they are defined: the sums of each BN_ROWS rows, added to what is there. */
static void
add_bn_sums(size_t rows, int c, const real *x, const real *mean, const real *dy, const struct array sums[4])
{
	for (size_t from = 0; from < rows; from += BN_ROWS)
		for (int k = 0; k < c; k++) {
			real part[4] = { 0 };
			for (size_t r = from; r < rows && r < from + BN_ROWS; r++) {
				const real one = x[r * c + k], g = dy[r * c + k], d = one - mean[k];
				const real terms[4] = { one, d * d, g, g * d };
				for (int i = 0; i < 4; i++)
					part[i] += terms[i];
			}
			for (int i = 0; i < 4; i++)
				sums[i].v[k] += part[i];
		}
}

static void
check_bn(size_t rows, int c)
{
	const size_t all = rows * c;
	struct array x = noise(all), dy = noise(all), a = noise(c), b = noise(c), k = noise(c), out = array(all), want = array(all);
	struct array s[4], r[4];

	for (int i = 0; i < 4; i++) {
		s[i] = noise(c);
		r[i] = copy(s[i]);
	}
	set->bn_sum(rows, c, x.v, s[0].v);
	set->bn_square(rows, c, x.v, a.v, s[1].v);
	set->bn_dsum(rows, c, x.v, a.v, dy.v, s[2].v, s[3].v);
	add_bn_sums(rows, c, x.v, a.v, dy.v, r);
	for (int i = 0; i < 4; i++) {
		same(s[i], r[i], "bn sums");
		drop(r[i]), done(s[i], "bn sums");
	}
	real total = 0;
	double exact = 0;
	for (size_t i = 0; i < rows; i++)
		exact += x.v[i * c];
	struct array zero = array(c);
	memset(zero.v, 0, c * sizeof(real));
	set->bn_sum(rows, c, x.v, zero.v);
	total = zero.v[0];
	if (!(fabs(total - exact) <= 1e-5 * (1 + sqrt((double)rows))))
		fail("bn_sum of %zu rows is %.9g, not %.9g", rows, (double)total, exact);
	done(zero, "bn_sum");
	set->bn_y(rows, c, x.v, a.v, b.v, out.v);
	for (size_t i = 0; i < all; i++)
		want.v[i] = x.v[i] * a.v[i % c] + b.v[i % c];
	same(out, want, "bn_y");
	set->bn_dx(rows, c, x.v, dy.v, a.v, b.v, k.v, out.v);
	for (size_t i = 0; i < all; i++)
		want.v[i] = a.v[i % c] * dy.v[i] + b.v[i % c] * x.v[i] + k.v[i % c];
	same(out, want, "bn_dx");
	drop(want), done(out, "bn"), done(x, "bn"), done(dy, "bn"), done(a, "bn"), done(b, "bn"), done(k, "bn");
}

/* As they are defined: of each BN_ROWS rows, one after the other. */
static void
check_moments(size_t rows, int c)
{
	const size_t blocks = (rows + BN_ROWS - 1) / BN_ROWS, n = blocks * c;
	struct array x = noise(rows * c), sum = array(n), mean = array(n), square = array(n), want = array(c), total = array(c);

	set->bn_moments(rows, c, x.v, sum.v, mean.v, square.v);
	for (int k = 0; k < c; k++) {
		want.v[k] = total.v[k] = 0;
		for (size_t b = 0; b < blocks; b++) {
			const size_t from = b * BN_ROWS, end = rows - from < BN_ROWS ? rows : from + BN_ROWS, at = b * c + k;
			real s = 0, q = 0;
			for (size_t r = from; r < end; r++)
				s += x.v[r * c + k];
			const real m = s / (real)(end - from);
			for (size_t r = from; r < end; r++)
				q += (x.v[r * c + k] - m) * (x.v[r * c + k] - m);
			if (sum.v[at] != s || mean.v[at] != m || square.v[at] != q)
				fail("bn_moments of %zu rows of %d: channel %d of block %zu: %.9g %.9g %.9g, not %.9g %.9g %.9g", rows, c, k, b,
					(double)sum.v[at], (double)mean.v[at], (double)square.v[at], (double)s, (double)m, (double)q);
			want.v[k] += s;
		}
	}
	set->bn_sum(rows, c, x.v, total.v);
	same(total, want, "bn_sum, one after the other");
	drop(want), done(x, "bn_moments"), done(sum, "bn_moments"), done(mean, "bn_moments"), done(square, "bn_moments"), done(total, "bn_sum");
}

static void
check_bytes(size_t rows, int c)
{
	const size_t all = rows * (size_t)c;
	struct array shift = noise(c), scale = noise(c), out = array(all), want = array(all);
	uint8_t *x = malloc(all + 1);
	uint32_t *sums = calloc(4 * (size_t)c, sizeof *sums), *square = sums + c, *rsum = square + c, *rsquare = rsum + c;

	for (size_t i = 0; i < all; i++)
		x[i] = i % 7 ? (uint8_t)(i * 2654435761u >> 13) : 255;
	set->byte_sums(rows, c, x, sums, square);
	for (size_t i = 0; i < all; i++) {
		rsum[i % c] += x[i];
		rsquare[i % c] += (uint32_t)x[i] * x[i];
	}
	if (memcmp(sums, rsum, 2 * (size_t)c * sizeof *sums))
		fail("byte_sums of %zu rows of %d are wrong", rows, c);
	set->byte_scale(rows, c, x, 1024, shift.v, scale.v, out.v);
	ref->byte_scale(rows, c, x, 1024, shift.v, scale.v, want.v);
	same(out, want, "byte_scale");
	free(x);
	free(sums);
	drop(want), done(out, "byte_scale"), done(shift, "byte_scale"), done(scale, "byte_scale");
}

static void
check(void)
{
	for (int i = 0; i < 60; i++) {
		check_dropout((size_t)between(0, 300));
		check_dropout((size_t)between(500, 1500)); /* blocks of draws side by side */
		check_sums((size_t)i);
		const int rows = between(1, 400), channels = between(1, 140);
		check_bn((size_t)rows, channels);
		check_bn((size_t)between(500, 1500), between(1, 40)); /* few channels: four blocks of rows at a time */
		check_moments((size_t)between(1, 1500), between(1, 40));
		check_bytes((size_t)rows, channels);
	}
	dropout_is_exact_at_its_limit();
}

static void
bench(void)
{
	enum { N = 32768, C = 32 };
	struct array x = noise(N), y = noise(N), a = noise(C), b = noise(C), c = noise(C);
	static uint8_t bits[N / 8];

	BENCH("dropout of 32768: draws", set->dropout_draw(1, 0, (real)0.3, N, bits));
	BENCH("    y", set->dropout(bits, 0, (real)0.3, N, x.v, y.v));
	BENCH("add", set->add(N, x.v, y.v));
	BENCH("sum_squares", set->sum_squares(N, x.v));
	BENCH("bn_square, 32 channels", set->bn_square(N / C, C, x.v, a.v, b.v));
	BENCH("bn_y", set->bn_y(N / C, C, x.v, a.v, b.v, y.v));
	BENCH("bn_dsum", set->bn_dsum(N / C, C, x.v, a.v, y.v, b.v, c.v));
	BENCH("bn_dx", set->bn_dx(N / C, C, x.v, y.v, a.v, b.v, c.v, y.v));
	drop(x), drop(y), drop(a), drop(b), drop(c);
}

int
main(int argc, char **argv)
{
	return check_or_bench(argc, argv, check, bench);
}
