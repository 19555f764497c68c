/* Optimizer steps: Keras 3's rules. */
#include "kern/elementary.h"
#include "kern/isa.h"

/* decoupled: w <- w - lr decay w, before the step */
static void
decay(const struct update *s, size_t n, real *w)
{
	const real d = (real)s->decay;

	if (d != 0)
		for (size_t i = 0; i < n; i++)
			w[i] -= d * w[i];
}

/* w <- w - lr g */
void
SET(sgd)(const struct update *s, size_t n, const real *restrict g, real *restrict w, real *s0, real *s1)
{
	const real lr = (real)s->lr;

	(void)s0, (void)s1;
	decay(s, n, w);
	for (size_t i = 0; i < n; i++)
		w[i] -= lr * g[i];
}

/* v <- m v - lr g;  w <- w + v */
void
SET(momentum)(const struct update *s, size_t n, const real *restrict g, real *restrict w, real *restrict v, real *s1)
{
	const real lr = (real)s->lr, m = (real)s->momentum;

	(void)s1;
	decay(s, n, w);
	for (size_t i = 0; i < n; i++) {
		v[i] = m * v[i] - lr * g[i];
		w[i] += v[i];
	}
}

/* v <- m v - lr g;  w <- w + m v - lr g */
void
SET(nesterov)(const struct update *s, size_t n, const real *restrict g, real *restrict w, real *restrict v, real *s1)
{
	const real lr = (real)s->lr, m = (real)s->momentum;

	(void)s1;
	decay(s, n, w);
	for (size_t i = 0; i < n; i++) {
		const real step = lr * g[i];
		v[i] = m * v[i] - step;
		w[i] += m * v[i] - step;
	}
}

/* m <- m + (1 - b1) (g - m);  v <- v + (1 - b2) (g^2 - v);  w <- w - lr m / (sqrt(v) + epsilon) */
void
SET(adam)(const struct update *s, size_t n, const real *restrict g, real *restrict w, real *restrict m, real *restrict v)
{
	const real lr = (real)s->lr, c1 = (real)(1 - s->beta1), c2 = (real)(1 - s->beta2);
	const real epsilon = (real)s->epsilon;

	decay(s, n, w);
	for (size_t i = 0; i < n; i++) {
		m[i] += (g[i] - m[i]) * c1;
		v[i] += (g[i] * g[i] - v[i]) * c2;
		w[i] -= lr * m[i] / (real_sqrt(v[i]) + epsilon);
	}
}

/* v <- b2 v + (1 - b2) g^2;  w <- w - lr g / sqrt(v + epsilon) */
void
SET(rmsprop)(const struct update *s, size_t n, const real *restrict g, real *restrict w, real *restrict v, real *s1)
{
	const real lr = (real)s->lr, b2 = (real)s->beta2, c2 = (real)(1 - s->beta2), epsilon = (real)s->epsilon;

	(void)s1;
	decay(s, n, w);
	for (size_t i = 0; i < n; i++) {
		v[i] = b2 * v[i] + c2 * (g[i] * g[i]);
		w[i] -= lr * g[i] / real_sqrt(v[i] + epsilon);
	}
}

/* w <- w - lr sign(b1 m + (1 - b1) g);  m <- b2 m + (1 - b2) g; sign(0) = 0 */
void
SET(lion)(const struct update *s, size_t n, const real *restrict g, real *restrict w, real *restrict m, real *s1)
{
	const real lr = (real)s->lr, c1 = (real)(1 - s->beta1), c2 = (real)(1 - s->beta2);

	(void)s1;
	decay(s, n, w);
	for (size_t i = 0; i < n; i++) {
		const real mean = m[i] + (g[i] - m[i]) * c1;
		w[i] -= lr * (real)((mean > 0) - (mean < 0));
		m[i] += (g[i] - m[i]) * c2;
	}
}
