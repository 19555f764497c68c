/* 3x3 convolution of few channels with strides of 1 by Winograd's F(2x2, 3x3): a tile of 2x2 pixels costs 16 multiplications a
 * channel and filter instead of 36 (A. Lavin, S. Gray, "Fast algorithms for convolutional neural networks", 2016; the points are
 * 0, 1, -1 and infinity). Vectors run along the tiles of two rows of pixels: so few channels would not fill them, a number of the
 * kernel serves many tiles, and the 2x2 windows of a pool are compared lane by lane. Rows of an image are taken apart into
 * planes, one a channel, and transformed along x when it is laid out, and along y where they are multiplied. */

enum { FEW_CHANNELS = 4, SIDES = WIDEST >= 16 ? 1 : 2, ROW_TILES = SIDES * WIDEST, FEW_FILTERS = 8, SUMS = FEW_FILTERS * SIDES + 1 };

/* Where it is faster, by measurement; all sets agree. */
static bool
winograd2(const struct conv *g)
{
	return g->kh == 3 && g->kw == 3 && g->sh == 1 && g->sw == 1 && g->c <= FEW_CHANNELS && g->f == FEW_FILTERS && g->oh % 2 == 0 &&
	       g->ow % 2 == 0 && g->ow >= 32;
}

/* How an image is laid out: planes (c, oh + 2, ow + 2), and behind them points (4, blocks, 4, c, ROW_TILES) of four rows, those
 * that a row of tiles sees: pairs of rows take turns. Tiles of the last block may be some of the block before, once more. */
struct winograd2 {
	const struct conv *g;
	int blocks;
	size_t plane, row;       /* numbers; of points */
	int pairs;               /* of which the points were computed since the planes are there */
	const float *kernel, *b; /* kernel (4, 4, c, f): along x, along y; b (f) or NULL */
	VEC least;               /* what is below becomes that: 0 for relu, else - infinity */
};

static struct winograd2
winograd2_of(const struct conv *g)
{
	const int blocks = (g->ow / 2 + ROW_TILES - 1) / ROW_TILES;

	return (struct winograd2){ .g = g, .blocks = blocks, .plane = (size_t)(g->oh + 2) * (size_t)(g->ow + 2),
		             .row = (size_t)blocks * 4 * (size_t)g->c * ROW_TILES };
}

static size_t
winograd2_planes(const struct winograd2 *m)
{
	return align((size_t)m->g->c * m->plane);
}

static size_t
winograd2_image(const struct conv *g)
{
	const struct winograd2 m = winograd2_of(g);

	return winograd2_planes(&m) + 4 * m.row;
}

static size_t
winograd2_pack(const struct conv *g)
{
	return align((size_t)16 * (size_t)g->c * (size_t)g->f);
}

static int
first_tile(const struct winograd2 *m, int block)
{
	const int last = m->g->ow / 2 - ROW_TILES;

	return block * ROW_TILES < last ? block * ROW_TILES : last;
}

/* Three numbers of each filter to four: g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2; g (3, f) and `to` (4, f) with steps */
static void
winograd2_kernel_points(const float *g, ptrdiff_t step, float *to, ptrdiff_t to_step)
{
	for (int f = 0; f < FEW_FILTERS; f++) {
		const float outer = 0.5F * (g[f] + g[2 * step + f]), middle = 0.5F * g[step + f];
		to[f] = g[f];
		to[to_step + f] = outer + middle;
		to[2 * to_step + f] = outer - middle;
		to[3 * to_step + f] = g[2 * step + f];
	}
}

static void
winograd2_prepare(struct winograd2 *m, const struct conv *g, const float *w, const float *b, bool relu, float *packed)
{
	const ptrdiff_t pixel = (ptrdiff_t)g->c * FEW_FILTERS;

	*m = winograd2_of(g);
	m->kernel = packed;
	m->b = b;
	m->least = VSPLAT(relu ? 0 : -INFINITY);
	for (int c = 0; c < g->c; c++, w += FEW_FILTERS, packed += FEW_FILTERS) {
		float points[4][3][FEW_FILTERS]; /* along y */
		for (int x = 0; x < 3; x++)
			winograd2_kernel_points(w + x * pixel, 3 * pixel, points[0][x], 3 * FEW_FILTERS);
		for (int y = 0; y < 4; y++)
			winograd2_kernel_points(points[y][0], FEW_FILTERS, packed + y * pixel, 4 * pixel);
	}
}

/* The points along x of a row of the planes. */
ALWAYS void
winograd2_points(const int c, const struct winograd2 *m, const float *planes, float *to)
{
	const size_t plane = m->plane;

	for (int block = 0; block < m->blocks; block++, to += 4 * c * ROW_TILES) {
		const float *const row = planes + 2 * first_tile(m, block);
		UNROLL
		for (int i = 0; i < c * SIDES; i++) {
			const float *const from = row + (size_t)(i / SIDES) * plane + i % SIDES * 2 * WIDEST;
			const VEC a = VLOAD(from), b = VLOAD(from + WIDEST), a2 = VLOAD(from + 2), b2 = VLOAD(from + WIDEST + 2);
			const VEC d0 = PASTE2(even, WIDEST)(a, b), d1 = PASTE2(odd, WIDEST)(a, b);
			const VEC d2 = PASTE2(even, WIDEST)(a2, b2), d3 = PASTE2(odd, WIDEST)(a2, b2);
			VSTORE(to + i * WIDEST, d0 - d2);
			VSTORE(to + (c * SIDES + i) * WIDEST, d1 + d2);
			VSTORE(to + (2 * c * SIDES + i) * WIDEST, d2 - d1);
			VSTORE(to + (3 * c * SIDES + i) * WIDEST, d1 - d3);
		}
	}
}

/* The points that row `tile` of tiles sees; such rows come from top to bottom. */
static void
winograd2_pairs(struct winograd2 *m, int tile, float *image)
{
	const int pitch = m->g->ow + 2;

	for (; m->pairs < tile + 2; m->pairs++)
		for (int y = 0; y < 2; y++) {
			const float *const planes = image + (size_t)(2 * m->pairs + y) * (size_t)pitch;
			float *const to = image + winograd2_planes(m) + (size_t)(m->pairs % 2 * 2 + y) * m->row;
			switch (m->g->c) {
			case 1: winograd2_points(1, m, planes, to); break;
			case 2: winograd2_points(2, m, planes, to); break;
			case 3: winograd2_points(3, m, planes, to); break;
			default: winograd2_points(4, m, planes, to);
			}
		}
}

/* sum (4, 4, f, SIDES): products of a block of tiles that sees four rows; one more vector between the points, so that they lie in
 * different banks of the cache */
ALWAYS void
winograd2_products(const int c, const float *const row[4], const float *w, const float *b, VEC sum[4][4][SUMS])
{
	for (int j = 0; j < 4; j++)
		UNROLL
		for (int i = 0; i < 4; i++) {
			const float *const up = row[i == 0 ? 0 : i == 2 ? 2 : 1] + j * c * ROW_TILES;
			const float *const down = row[i == 2 ? 1 : i == 3 ? 3 : 2] + j * c * ROW_TILES;
			VEC point[FEW_CHANNELS][SIDES];
			UNROLL
			for (int k = 0; k < c * SIDES; k++) {
				const VEC p = VLOAD(up + k * WIDEST), q = VLOAD(down + k * WIDEST);
				point[k / SIDES][k % SIDES] = i == 1 ? p + q : p - q;
			}
			UNROLL
			for (int f = 0; f < FEW_FILTERS; f++) {
				VEC s[SIDES];
				UNROLL
				for (int n = 0; n < SIDES; n++) /* what is added here comes out in all pixels */
					s[n] = i == 1 && j == 1 && b ? VFMA(VSPLAT(w[f]), point[0][n], VSPLAT(b[f])) : VSPLAT(w[f]) * point[0][n];
				UNROLL
				for (int k = 1; k < c; k++)
					UNROLL
					for (int n = 0; n < SIDES; n++)
						s[n] = VFMA(VSPLAT(w[k * FEW_FILTERS + f]), point[k][n], s[n]);
				UNROLL
				for (int n = 0; n < SIDES; n++)
					sum[j][i][f * SIDES + n] = s[n];
			}
			w += c * FEW_FILTERS;
		}
}

/* y (2): the pixels in row r of a vector of tiles of one filter, or `least` where they are below */
ALWAYS void
winograd2_pixels(VEC sum[4][4][SUMS], int at, const int r, VEC least, VEC y[2])
{
	VEC z[4];

	UNROLL
	for (int j = 0; j < 4; j++)
		z[j] = r ? sum[j][1][at] - sum[j][2][at] - sum[j][3][at] : sum[j][0][at] + sum[j][1][at] + sum[j][2][at];
	y[0] = PASTE2(larger, WIDEST)(least, z[0] + z[1] + z[2]);
	y[1] = PASTE2(larger, WIDEST)(least, z[1] - z[2] - z[3]);
}

static void
winograd2_multiply(struct winograd2 *m, float *image, int tile, int block, VEC sum[4][4][SUMS])
{
	const int c = m->g->c;
	const float *const points = image + winograd2_planes(m) + (size_t)block * 4 * (size_t)c * ROW_TILES, *row[4];

	winograd2_pairs(m, tile, image);
	for (int y = 0; y < 4; y++)
		row[y] = points + (size_t)((2 * tile + y) % 4) * m->row;
	switch (c) {
	case 1: winograd2_products(1, row, m->kernel, m->b, sum); break;
	case 2: winograd2_products(2, row, m->kernel, m->b, sum); break;
	case 3: winograd2_products(3, row, m->kernel, m->b, sum); break;
	default: winograd2_products(4, row, m->kernel, m->b, sum);
	}
}

/* Four vectors of tiles, one a filter, to (tiles, f), or `step` pixels apart. Lanes are in the order in which even and odd left
 * them. */
ALWAYS void
winograd2_store(VEC v[4], float *y, const int step)
{
	PASTE2(fours, WIDEST)(v);
	UNROLL
	for (int i = 0; i < 4; i++)
		UNROLL
		for (int l = 0; l < WIDEST / 4; l++)
			store_4(y + (i / 2 * (WIDEST / 2) + 2 * l + i % 2) * step * FEW_FILTERS, PASTE2(lane, WIDEST)(v[i], l));
}

/* Row r of the tiles to y (2 ROW_TILES, f). */
ALWAYS void
winograd2_row(const struct winograd2 *m, VEC sum[4][4][SUMS], const int r, float *y)
{
	const VEC least = m->least;

	for (int f = 0; f < FEW_FILTERS; f += 4, y += 4)
		UNROLL
		for (int n = 0; n < SIDES; n++) {
			VEC even[4], odd[4];
			UNROLL
			for (int i = 0; i < 4; i++) {
				VEC pixel[2];
				winograd2_pixels(sum, (f + i) * SIDES + n, r, least, pixel);
				even[i] = pixel[0];
				odd[i] = pixel[1];
			}
			winograd2_store(even, y + 2 * n * WIDEST * FEW_FILTERS, 2);
			winograd2_store(odd, y + (2 * n * WIDEST + 1) * FEW_FILTERS, 2);
		}
}

/* y (rows, ow, f), from row oy of the output on */
static void
winograd2_rows(struct winograd2 *m, int oy, int rows, float *image, float *y)
{
	const ptrdiff_t pitch = (ptrdiff_t)m->g->ow * FEW_FILTERS;
	VEC sum[4][4][SUMS];

	for (int two = oy / 2 * 2; two < oy + rows; two += 2)
		for (int block = 0; block < m->blocks; block++) {
			float *const to = y + (two - oy) * pitch + 2 * first_tile(m, block) * FEW_FILTERS;
			winograd2_multiply(m, image, two / 2, block, sum);
			if (two >= oy)
				winograd2_row(m, sum, 0, to);
			if (two + 1 < oy + rows)
				winograd2_row(m, sum, 1, to + pitch);
		}
}

/* y (ow / 2, f) = the largest of each 2x2 of two rows of pixels from oy on; at: which numbers of the whole output */
ALWAYS void
winograd2_pool_row(struct winograd2 *m, int oy, float *image, float *y, int32_t *at)
{
	const int row = m->g->ow * FEW_FILTERS;
	const VEC least = m->least;
	places lane = { 0 }; /* of the first pixels of a vector's tiles, in winograd2_store's order */
	VEC sum[4][4][SUMS];

	for (int i = 0; i < WIDEST; i++)
		lane[i] = 2 * FEW_FILTERS * (i % 4 / 2 * (WIDEST / 2) + i / 4 * 2 + i % 2);
	for (int block = 0; block < m->blocks; block++) {
		winograd2_multiply(m, image, oy / 2, block, sum);
		for (int f = 0; f < FEW_FILTERS; f += 4)
			UNROLL
			for (int n = 0; n < SIDES; n++) {
				const int tile = first_tile(m, block) + n * WIDEST;
				VEC best[4], where[4];
				UNROLL
				for (int i = 0; i < 4; i++) {
					const places first = lane + (oy * row + 2 * tile * FEW_FILTERS + f + i);
					places place = first;
					VEC pixel[4];
					winograd2_pixels(sum, (f + i) * SIDES + n, 0, least, pixel);
					winograd2_pixels(sum, (f + i) * SIDES + n, 1, least, pixel + 2);
					best[i] = pixel[0];
					UNROLL
					for (int p = 1; p < 4; p++)
						keep_larger(&best[i], &place, pixel[p], first + (p / 2 * row + p % 2 * FEW_FILTERS));
					where[i] = (VEC)place;
				}
				winograd2_store(best, y + tile * FEW_FILTERS + f, 1);
				if (at)
					winograd2_store(where, (float *)at + tile * FEW_FILTERS + f, 1);
			}
	}
}
