#include "net/initializer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/rng.h"

static size_t
count(const struct param *p)
{
	return (size_t)shape_count(&p->shape, 0);
}

static double
fan(int64_t f)
{
	return f < 1 ? 1 : (double)f;
}

static void
fill(const struct param *p, real *w, double value)
{
	for (size_t i = 0; i < count(p); i++)
		w[i] = (real)value;
}

static void
uniform(const struct param *p, real *w, uint64_t key, double variance)
{
	const double limit = sqrt(3 * variance);

	for (size_t i = 0; i < count(p); i++)
		w[i] = (real)((2 * rng_unit(key, i) - 1) * limit);
}

/* A standard normal within two sigma: the first of draws i, i + n, i + 2n, ... that is. */
static double
truncated(uint64_t key, uint64_t i, uint64_t n)
{
	double z = rng_normal(key, i);

	while (z < -2 || z > 2)
		z = rng_normal(key, i += n);
	return z;
}

/* Cutting at two sigma leaves a deviation of 0.8796...; Keras divides by it. */
static void
normal(const struct param *p, real *w, uint64_t key, double variance)
{
	const double deviation = sqrt(variance) / 0.87962566103423978;

	for (size_t i = 0; i < count(p); i++)
		w[i] = (real)(truncated(key, i, count(p)) * deviation);
}

static double
glorot(const struct param *p)
{
	const double both = ((double)p->fan_in + (double)p->fan_out) / 2;

	return 1 / (both < 1 ? 1 : both);
}

static void
glorot_uniform(const struct param *p, real *w, uint64_t key)
{
	uniform(p, w, key, glorot(p));
}

static void
glorot_normal(const struct param *p, real *w, uint64_t key)
{
	normal(p, w, key, glorot(p));
}

static void
he_uniform(const struct param *p, real *w, uint64_t key)
{
	uniform(p, w, key, 2 / fan(p->fan_in));
}

static void
he_normal(const struct param *p, real *w, uint64_t key)
{
	normal(p, w, key, 2 / fan(p->fan_in));
}

static void
lecun_uniform(const struct param *p, real *w, uint64_t key)
{
	uniform(p, w, key, 1 / fan(p->fan_in));
}

static void
lecun_normal(const struct param *p, real *w, uint64_t key)
{
	normal(p, w, key, 1 / fan(p->fan_in));
}

static void
zeros(const struct param *p, real *w, uint64_t key)
{
	(void)key;
	fill(p, w, 0);
}

static void
ones(const struct param *p, real *w, uint64_t key)
{
	(void)key;
	fill(p, w, 1);
}

static void
constant(const struct param *p, real *w, uint64_t key)
{
	(void)key;
	fill(p, w, p->init_value);
}

static double
dot(size_t n, const double *a, const double *b)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

/* Makes v orthogonal to the k unit vectors in q. */
static void
project(size_t n, size_t k, const double *q, double *v)
{
	for (size_t j = 0; j < k; j++) {
		const double along = dot(n, q + j * n, v);
		for (size_t i = 0; i < n; i++)
			v[i] -= along * q[j * n + i];
	}
}

/* (rows, cols) = all but the last dimension, and the last */
static void
matrix_of(const struct param *p, int64_t *rows, int64_t *cols)
{
	*cols = p->shape.d[p->shape.n - 1];
	*rows = shape_count(&p->shape, 0) / *cols;
}

/* The orthogonal factor of a normal matrix, with R's diagonal positive, as Gram and Schmidt's way gives it. Projecting
 * twice keeps it orthogonal to the last bits (Giraud, Langou, Rozloznik, 2005). The shorter side's vectors are the
 * orthogonal ones. */
static void
orthogonal(const struct param *p, real *w, uint64_t key)
{
	int64_t down, across;

	matrix_of(p, &down, &across);
	const size_t rows = (size_t)down, cols = (size_t)across;
	const size_t vectors = rows < cols ? rows : cols, n = rows < cols ? cols : rows;
	double *q = xcalloc(vectors * n, sizeof *q);

	for (size_t j = 0; j < vectors; j++) {
		double *v = q + j * n;
		for (size_t i = 0; i < n; i++)
			v[i] = rng_normal(key, j * n + i);
		project(n, j, q, v);
		project(n, j, q, v);
		const double length = sqrt(dot(n, v, v));
		for (size_t i = 0; i < n; i++)
			v[i] /= length;
	}
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < cols; c++)
			w[r * cols + c] = (real)(rows < cols ? q[r * n + c] : q[c * n + r]);
	free(q);
}

/* A convolution (padding=same) or dense layer that hands on its input, channel by channel. */
static void
dirac(const struct param *p, real *w, uint64_t key)
{
	const struct shape *s = &p->shape;
	const int64_t tap = s->d[s->n - 1] * s->d[s->n - 2], filters = tap / p->group_in;
	int64_t centre = 0;

	(void)key;
	fill(p, w, 0);
	for (int i = 0; i < s->n - 2; i++)
		centre = centre * s->d[i] + (s->d[i] - 1) / 2;
	for (int64_t k = 0; k < filters; k++)
		if (k % p->group_out < p->group_in)
			w[centre * tap + k % p->group_out * filters + k] = 1;
}

const struct initializer initializers[] = {
	{ "glorot_uniform", "uniform within sqrt(6 / (fan in + fan out))", 1, glorot_uniform },
	{ "glorot_normal", "normal, cut at two deviations, of variance 2 / (fan in + fan out)", 1, glorot_normal },
	{ "he_uniform", "uniform within sqrt(6 / fan in)", 1, he_uniform },
	{ "he_normal", "normal, cut at two deviations, of variance 2 / fan in", 1, he_normal },
	{ "lecun_uniform", "uniform within sqrt(3 / fan in)", 1, lecun_uniform },
	{ "lecun_normal", "normal, cut at two deviations, of variance 1 / fan in", 1, lecun_normal },
	{ "zeros", "all 0", 1, zeros },
	{ "ones", "all 1", 1, ones },
	{ "constant", "all VALUE: written constant:VALUE", 1, constant },
	{ "orthogonal", "orthogonal rows or columns", 2, orthogonal },
	{ "dirac", "the identity, channel by channel", 2, dirac },
	{ 0 },
};

bool
initializer_takes_too_long(const struct param *p, int64_t *rows, int64_t *cols)
{
	if (p->init->fill != orthogonal)
		return false;
	matrix_of(p, rows, cols);
	const int64_t shorter = *rows < *cols ? *rows : *cols; /* below 2^16, as both together are below 2^31 */
	return shorter * *rows * *cols > ORTHOGONAL_LIMIT;
}

/* The float must be finite: a weight is one. */
static bool
parse_constant(const char *text, double *value)
{
	return parse_real(text, value) && isfinite((float)*value);
}

const struct initializer *
initializer_parse(const char *text, double *value)
{
	const size_t length = strcspn(text, ":");

	*value = 0;
	for (const struct initializer *i = initializers; i->name; i++) {
		if (strlen(i->name) != length || strncmp(i->name, text, length))
			continue;
		if (i->fill != constant)
			return text[length] ? NULL : i;
		return text[length] && parse_constant(text + length + 1, value) ? i : NULL;
	}
	return NULL;
}

const char *
initializer_text(const struct initializer *init, double value, char *buf, size_t size)
{
	char exact[32];

	if (init->fill == constant)
		snprintf(buf, size, "%s:%s", init->name, real_text(value, exact, sizeof exact));
	else
		snprintf(buf, size, "%s", init->name);
	return buf;
}
