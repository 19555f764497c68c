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
within(const struct param *p, real *w, uint64_t key, double limit)
{
	for (size_t i = 0; i < count(p); i++)
		w[i] = (real)((2 * rng_unit(key, i) - 1) * limit);
}

static void
uniform(const struct param *p, real *w, uint64_t key, double variance)
{
	within(p, w, key, sqrt(3 * variance));
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

static void
uniform_value(const struct param *p, real *w, uint64_t key)
{
	within(p, w, key, p->init_value);
}

static void
normal_value(const struct param *p, real *w, uint64_t key)
{
	for (size_t i = 0; i < count(p); i++)
		w[i] = (real)(rng_normal(key, i) * p->init_value);
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

/* Filter k: 1 at weight `one`, else 0. */
static void
pass_on(const struct param *p, real *w, int64_t filters, int64_t k, int64_t one)
{
	for (int64_t i = k; i < (int64_t)count(p); i += filters)
		w[i] = 0;
	w[one] = 1;
}

/* A convolution (padding=same) or dense layer that hands on its input, channel by channel. Filters that find no channel left are 0, or
 * drawn by the other initializer. */
static void
dirac(const struct param *p, real *w, uint64_t key)
{
	const struct shape *s = &p->shape;
	const int64_t tap = s->d[s->n - 1] * s->d[s->n - 2], filters = tap / p->group_in;
	int64_t centre = 0;

	if (p->init_rest)
		p->init_rest->fill(p, w, key);
	else
		fill(p, w, 0);
	for (int i = 0; i < s->n - 2; i++)
		centre = centre * s->d[i] + (s->d[i] - 1) / 2;
	for (int64_t k = 0; k < filters; k++)
		if (k % p->group_out < p->group_in)
			pass_on(p, w, filters, k, centre * tap + k % p->group_out * filters + k);
}

const struct initializer initializers[] = {
	{ "glorot_uniform", "uniform within sqrt(6 / (fan in + fan out))", 1, glorot_uniform, TAKES_NOTHING },
	{ "glorot_normal", "normal, cut at two deviations, of variance 2 / (fan in + fan out)", 1, glorot_normal, TAKES_NOTHING },
	{ "he_uniform", "uniform within sqrt(6 / fan in)", 1, he_uniform, TAKES_NOTHING },
	{ "he_normal", "normal, cut at two deviations, of variance 2 / fan in", 1, he_normal, TAKES_NOTHING },
	{ "lecun_uniform", "uniform within sqrt(3 / fan in)", 1, lecun_uniform, TAKES_NOTHING },
	{ "lecun_normal", "normal, cut at two deviations, of variance 1 / fan in", 1, lecun_normal, TAKES_NOTHING },
	{ "zeros", "all 0", 1, zeros, TAKES_NOTHING },
	{ "ones", "all 1", 1, ones, TAKES_NOTHING },
	{ "constant", "all VALUE: written constant:VALUE", 1, constant, TAKES_NUMBER },
	{ "uniform", "uniform within LIMIT: written uniform:LIMIT", 1, uniform_value, TAKES_SIZE },
	{ "normal", "normal, not cut, of this DEVIATION: written normal:DEVIATION", 1, normal_value, TAKES_SIZE },
	{ "orthogonal", "orthogonal rows or columns", 2, orthogonal, TAKES_NOTHING },
	{ "dirac", "the identity, channel by channel; dirac:OTHER draws what is left by another one", 2, dirac, TAKES_INITIALIZER },
	{ 0 },
};

bool
initializer_takes_too_long(const struct param *p, int64_t *rows, int64_t *cols)
{
	if (p->init->fill != orthogonal && !(p->init_rest && p->init_rest->fill == orthogonal))
		return false;
	matrix_of(p, rows, cols);
	const int64_t shorter = *rows < *cols ? *rows : *cols; /* below 2^16, as both together are below 2^31 */
	return shorter * *rows * *cols > ORTHOGONAL_LIMIT;
}

/* The float must be finite: a weight is one. */
static bool
parse_float(const char *text, double *value)
{
	return parse_real(text, value) && isfinite((float)*value);
}

#define SIZE_MOST 1e18 /* nine times this, which no draw exceeds, is a float */

static const struct initializer *
called(const char *text, size_t length)
{
	const struct initializer *i = initializers;

	while (i->name && (strlen(i->name) != length || strncmp(i->name, text, length)))
		i++;
	return i->name ? i : NULL;
}

/* The initializer and number of `text`; `value` is what follows its colon, NULL if nothing does. */
static bool
parse(const char *text, const struct initializer **init, const char **value, double *number)
{
	const size_t length = strcspn(text, ":");

	*value = text[length] ? text + length + 1 : NULL;
	if (!(*init = called(text, length)))
		return false;
	switch ((*init)->takes) {
	case TAKES_NUMBER: return *value && parse_float(*value, number);
	case TAKES_SIZE: return *value && parse_float(*value, number) && *number > 0 && *number <= SIZE_MOST;
	case TAKES_NOTHING: return !*value;
	default: return true;
	}
}

bool
initializer_parse(const char *text, struct value *v)
{
	const char *rest, *nothing;

	v->init_value = 0;
	v->init_rest = NULL;
	if (!parse(text, &v->init, &rest, &v->init_value))
		return false;
	if (v->init->takes != TAKES_INITIALIZER || !rest)
		return true;
	return parse(rest, &v->init_rest, &nothing, &v->init_value) && v->init_rest->takes != TAKES_INITIALIZER;
}

const char *
initializer_text(const struct value *v, char *buf, size_t size)
{
	const struct initializer *const last = v->init_rest ? v->init_rest : v->init;
	const bool number = last->takes == TAKES_NUMBER || last->takes == TAKES_SIZE;
	char exact[32];

	snprintf(buf, size, "%s%s%s%s%s", v->init->name, v->init_rest ? ":" : "", v->init_rest ? last->name : "", number ? ":" : "",
	         number ? real_text(v->init_value, exact, sizeof exact) : "");
	return buf;
}
