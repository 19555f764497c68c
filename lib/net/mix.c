#include "net/mix.h"

#include <math.h>

#include "base/rng.h"

/* A part of `length` around a random place, cut off at the ends. */
static void
cut(int length, double part, uint64_t key, uint64_t i, int at[2])
{
	const int size = (int)(length * part), start = (int)rng_below(key, i, (uint64_t)length) - size / 2;

	at[0] = start < 0 ? 0 : start;
	at[1] = start + size > length ? length : start + size;
}

/* A box of 1 - share of the image; where the border cuts it off, the share follows the area. */
static void
cut_box(const struct shape *image, uint64_t key, uint64_t i, struct mixed *m)
{
	const int h = (int)image->d[0], w = (int)image->d[1];
	const double side = sqrt(1 - m->share);

	cut(h, side, key, 2 * i, m->row);
	cut(w, side, key, 2 * i + 1, m->col);
	m->share = 1 - (double)(m->row[1] - m->row[0]) * (m->col[1] - m->col[0]) / ((double)h * w);
}

void
mix_draw(enum mixing way, double alpha, const struct shape *image, uint64_t key, int n, uint32_t *partner, struct mixed *m)
{
	const uint64_t share = rng_key(key, "share", 0), box = rng_key(key, "box", 0);

	rng_permute(rng_key(key, "partner", 0), n, partner);
	for (int i = 0; i < n; i++) {
		m[i] = (struct mixed){ .partner = partner[i], .share = rng_beta(share, (uint64_t)i, alpha) };
		if (way == MIX_CUT)
			cut_box(image, box, (uint64_t)i, &m[i]);
	}
}
