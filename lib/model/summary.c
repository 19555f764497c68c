#include "model/summary.h"

#include <math.h>
#include <stdlib.h>

#include "base/die.h"

enum { CHANNELS = 1024, BUDGET = 4096, BLOCK = 4096 };

/* Moments of every step-th number of x[0..n), by two passes over a block that lies in the cache. */
static struct moments
measure(const double *x, int n, int step, struct summary *s)
{
	struct moments m = { .min = INFINITY, .max = -INFINITY };
	double sum = 0;

	for (int i = 0; i < n; i += step) {
		if (!isfinite(x[i])) {
			s->nan += isnan(x[i]) != 0;
			s->inf += isinf(x[i]) != 0;
			continue;
		}
		sum += x[i];
		m.min = x[i] < m.min ? x[i] : m.min;
		m.max = x[i] > m.max ? x[i] : m.max;
		m.n++;
	}
	m.mean = m.n ? sum / (double)m.n : 0;
	for (int i = 0; i < n; i += step)
		if (isfinite(x[i]))
			m.m2 += (x[i] - m.mean) * (x[i] - m.mean);
	return m;
}

static struct moments
from_counts(const uint64_t *seen)
{
	struct moments m = { .min = INFINITY, .max = -INFINITY };
	double sum = 0;

	for (int v = 0; v < SUMMARY_BYTES; v++) {
		if (seen[v] == 0)
			continue;
		m.min = fmin(m.min, v);
		m.max = v;
		m.n += seen[v];
		sum += (double)seen[v] * v;
	}
	m.mean = m.n ? sum / (double)m.n : 0;
	for (int v = 0; v < SUMMARY_BYTES; v++)
		m.m2 += (double)seen[v] * (v - m.mean) * (v - m.mean);
	return m;
}

void
summary_add(struct summary *s, enum dtype type, const char *data, int64_t n)
{
	static double x[BLOCK];
	const int block = BLOCK / s->channels * s->channels; /* whole pixels */
	const size_t size = dtype_size(type);

	if (type == DT_U1) {
		const uint8_t *p = (const uint8_t *)data;
		for (int64_t i = 0; i < n; i += s->channels)
			for (int c = 0; c < s->channels; c++)
				s->seen[c][*p++]++;
		return;
	}
	for (int64_t i = 0; i < n; i += block) {
		int some = n - i < block ? (int)(n - i) : block;
		for (int k = 0; k < some; k++)
			x[k] = dtype_get(type, data + (size_t)(i + k) * size);
		for (int c = 0; c < s->channels; c++) {
			struct moments m = measure(x + c, some - c, s->channels, s);
			moments_join(&s->of[c], &m);
		}
	}
}

struct summary *
summaries_new(const struct header *h)
{
	struct summary *all = xcalloc((size_t)h->tensors, sizeof *all);
	int budget = BUDGET;

	for (int t = 0; t < h->tensors; t++) {
		const struct shape *s = &h->tensor[t].shape;
		struct summary *x = &all[t];
		x->channels = s->n == 4 && s->d[3] <= CHANNELS && s->d[3] <= budget ? (int)s->d[3] : 1;
		budget -= x->channels > 1 ? x->channels : 0;
		x->of = xcalloc((size_t)x->channels, sizeof *x->of);
		x->seen = h->tensor[t].dtype == DT_U1 ? xcalloc((size_t)x->channels, sizeof *x->seen) : NULL;
	}
	return all;
}

void
summaries_free(struct summary *all, int n)
{
	for (int t = 0; t < n; t++) {
		free(all[t].of);
		free(all[t].seen);
	}
	free(all);
}

struct moments
summary_close(struct summary *s)
{
	struct moments whole = { 0 };

	for (int c = 0; c < s->channels; c++) {
		if (s->seen)
			s->of[c] = from_counts(s->seen[c]);
		moments_join(&whole, &s->of[c]);
	}
	return whole;
}
