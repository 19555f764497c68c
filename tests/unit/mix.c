/* Mixtures of images: shares, partners, and the areas of boxes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "net/mix.h"

enum { N = 500, H = 9, W = 14 };
static const struct shape image = { 3, { H, W, 3 } };
static int failures;

static void
check(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "mix: %s\n", what);
	failures++;
}

static void
partners_are_a_permutation(const struct mixed *m)
{
	char seen[N] = { 0 };
	int same = 0;

	for (int i = 0; i < N; i++) {
		check(m[i].partner < N && !seen[m[i].partner], "two images have one partner");
		seen[m[i].partner % N] = 1;
		same += m[i].partner == (uint32_t)i;
	}
	check(same < 10, "many images are their own partners");
}

/* the side of a box, before the border cuts it off */
static int
side(int length, double share)
{
	return (int)(length * sqrt(1 - share));
}

static void
shares_are_drawn_and_boxes_have_their_areas(double alpha, uint64_t key)
{
	static uint32_t partner[N];
	static struct mixed up[N], box[N], again[N];
	int whole = 0;

	mix_draw(MIX_UP, alpha, &image, key, N, partner, up);
	mix_draw(MIX_CUT, alpha, &image, key, N, partner, box);
	partners_are_a_permutation(up);
	for (int i = 0; i < N; i++) {
		const struct mixed *b = &box[i];
		const int h = b->row[1] - b->row[0], w = b->col[1] - b->col[0];
		check(up[i].share == rng_beta(rng_key(key, "share", 0), (uint64_t)i, alpha), "a share is not the one drawn");
		check(0 <= b->row[0] && h >= 0 && b->row[1] <= H && 0 <= b->col[0] && w >= 0 && b->col[1] <= W, "a box leaves its image");
		check(h <= side(H, up[i].share) && w <= side(W, up[i].share), "a box is larger than drawn");
		check(h == side(H, up[i].share) || b->row[0] == 0 || b->row[1] == H, "a box is smaller, and not at the border");
		check(w == side(W, up[i].share) || b->col[0] == 0 || b->col[1] == W, "a box is narrower, and not at the border");
		check(fabs(b->share - (1 - (double)(h * w) / (H * W))) < 1e-15, "a share is not what the box leaves");
		whole += h == side(H, up[i].share) && w == side(W, up[i].share) && h * w > 0;
	}
	check(whole > 10, "no box is whole");
	mix_draw(MIX_CUT, alpha, &image, key, N, partner, again);
	check(!memcmp(box, again, sizeof box), "one key, two mixtures");
	mix_draw(MIX_CUT, alpha, &image, key + 1, N, partner, again);
	check(memcmp(box, again, sizeof box), "two keys, one mixture");
}

int
main(void)
{
	shares_are_drawn_and_boxes_have_their_areas(0.2, 1);
	shares_are_drawn_and_boxes_have_their_areas(1, 2);
	shares_are_drawn_and_boxes_have_their_areas(3, 3);
	return failures != 0;
}
