/* Convolution of few channels with vectors along the pixels of a row. Vectors of filters need a number of the image in all
 * lanes for each multiplication, which is as many loads as a processor can do, and leave lanes empty where filters are few;
 * here a load serves several filters. Images are taken apart into planes, one a channel, with their padding around, and what
 * comes out is put together again in registers, 2x2 pooling included. Sums begin with the bias. */

enum { PLANES_MOST = 4, PLANAR_TAPS = 128, PLANAR_FILTERS = WIDEST >= 16 ? 8 : 4 /* at a time */ };

/* Where it is faster, by measurement. */
static bool
planar(const struct conv *g)
{
	return g->c <= PLANES_MOST && g->f == 8 && g->sw == 1 && g->ow >= 2 * WIDEST && g->kh * g->kw * g->c <= PLANAR_TAPS;
}

/* x (n, c) to c planes */
ALWAYS void
take_apart(const int c, int n, const float *restrict x, size_t plane, float *restrict to)
{
	for (int i = 0; i < n; i++)
		for (int k = 0; k < c; k++)
			to[(size_t)k * plane + (size_t)i] = x[i * c + k];
}

/* x (h, w, c) into the middle of planes (c, ph, pw), of which the border is 0; what lies outside is cut off */
static void
pad_planes(const struct conv *g, const struct plan *p, const float *x, float *planes)
{
	const size_t plane = (size_t)p->ph * (size_t)p->pw;
	const int rows = p->ph - g->top < g->h ? p->ph - g->top : g->h, columns = p->pw - g->left < g->w ? p->pw - g->left : g->w;

	planes += (size_t)g->top * (size_t)p->pw + (size_t)g->left;
	for (int y = 0; y < rows; y++, x += (size_t)g->w * g->c, planes += p->pw)
		switch (g->c) {
		case 1: take_apart(1, columns, x, plane, planes); break;
		case 2: take_apart(2, columns, x, plane, planes); break;
		case 3: take_apart(3, columns, x, plane, planes); break;
		default: take_apart(4, columns, x, plane, planes);
		}
}

/* How a row of the output is computed. */
struct planar {
	int taps, f;
	ptrdiff_t place[PLANAR_TAPS]; /* where the taps (kh, kw, c) of a pixel stand in the planes */
	const float *w, *b;           /* w (f / PLANAR_FILTERS, taps, PLANAR_FILTERS), b (f) or NULL */
	bool relu;
};

static void
planar_prepare(struct planar *m, const struct conv *g, const struct plan *p, const float *w, const float *b, bool relu,
               float *packed)
{
	ptrdiff_t *place = m->place;

	m->taps = g->kh * g->kw * g->c;
	m->f = g->f;
	m->w = packed;
	m->b = b;
	m->relu = relu;
	for (int k = 0; k < g->f; k += PLANAR_FILTERS)
		pack((size_t)m->taps, g->f, k, PLANAR_FILTERS, w, packed + (size_t)k * (size_t)m->taps);
	for (int ky = 0; ky < g->kh; ky++)
		for (int kx = 0; kx < g->kw; kx++)
			for (int k = 0; k < g->c; k++)
				*place++ = ((ptrdiff_t)k * p->ph + ky) * p->pw + kx;
}

/* sum (2, PLANAR_FILTERS) = filters k.. of WIDEST pixels at x, and at x + second */
ALWAYS void
planar_sums(const struct planar *m, int k, const float *x, ptrdiff_t second, VEC sum[2][PLANAR_FILTERS])
{
	const float *w = m->w + (ptrdiff_t)k * m->taps;
	const int taps = m->taps;

	UNROLL
	for (int i = 0; i < PLANAR_FILTERS; i++)
		sum[0][i] = sum[1][i] = m->b ? VSPLAT(m->b[k + i]) : VSPLAT(0);
	for (int t = 0; t < taps; t++, w += PLANAR_FILTERS) {
		const VEC a = VLOAD(x + m->place[t]), b = VLOAD(x + m->place[t] + second);
		UNROLL
		for (int i = 0; i < PLANAR_FILTERS; i++) {
			const VEC s = VSPLAT(w[i]);
			sum[0][i] = VFMA(s, a, sum[0][i]);
			sum[1][i] = VFMA(s, b, sum[1][i]);
		}
	}
	if (m->relu)
		UNROLL
		for (int i = 0; i < PLANAR_FILTERS; i++) {
			sum[0][i] = PASTE2(positive, WIDEST)(sum[0][i]);
			sum[1][i] = PASTE2(positive, WIDEST)(sum[1][i]);
		}
}

/* y (ow, f) of the pixels from x on */
static void
planar_row(const struct planar *m, int ow, const float *x, float *y)
{
	const int tile = 2 * WIDEST;

	for (int k = 0; k < m->f; k += PLANAR_FILTERS)
		for (int done = 0; done < ow; done += tile) {
			const int ox = ow - done < tile ? ow - tile : done; /* the last with pixels of the one before, once more */
			VEC sum[2][PLANAR_FILTERS];
			planar_sums(m, k, x + ox, WIDEST, sum);
			/* to lanes of 4 filters: vector i of four has those of pixels i, 4 + i, ... */
			UNROLL
			for (int i = 0; i < PLANAR_FILTERS; i += 4) {
				PASTE2(fours, WIDEST)(sum[0] + i);
				PASTE2(fours, WIDEST)(sum[1] + i);
			}
			UNROLL
			for (int j = 0; j < tile; j++)
				UNROLL
				for (int i = 0; i < PLANAR_FILTERS; i += 4)
					store_4(y + (ptrdiff_t)(ox + j) * m->f + k + i,
						PASTE2(lane, WIDEST)(sum[j / WIDEST][i + j % 4], j % WIDEST / 4));
		}
}

typedef TOGETHER2(i, WIDEST) places;

/* The larger of two, the first one if they are equal, and where that is. */
ALWAYS void
keep_larger(VEC *best, places *at, VEC other, places other_at)
{
	const places more = other > *best;

	*best = PASTE2(larger, WIDEST)(other, *best);
	*at = (other_at & more) | (*at & ~more);
}

/* y (q->ow, f) = the largest of each 2x2 of the pixels from x and from the row below on; at: which numbers of the whole output */
ALWAYS void
planar_pool_row(const struct planar *m, const struct pool *q, int oy, const float *x, ptrdiff_t below, float *y, int32_t *at)
{
	const int tile = WIDEST / 2, row = q->w * m->f;
	places lane = { 0 }; /* of the numbers of a lane's first pixel */

	for (int i = 0; i < WIDEST; i++)
		lane[i] = i % 4 + i / 4 * 4 * m->f;
	for (int k = 0; k < m->f; k += PLANAR_FILTERS)
		for (int done = 0; done < q->ow; done += tile) {
			const int ox = q->ow - done < tile ? q->ow - tile : done;
			VEC sum[2][PLANAR_FILTERS], best[PLANAR_FILTERS / 2];
			places where[PLANAR_FILTERS / 2];
			planar_sums(m, k, x + 2 * ox, below, sum);
			UNROLL
			for (int i = 0; i < PLANAR_FILTERS / 2; i++) { /* two filters, one after the other in each 128 bits */
				const VEC *const up = sum[0] + 2 * i, *const down = sum[1] + 2 * i;
				best[i] = PASTE2(even, WIDEST)(up[0], up[1]);
				where[i] = (places){ 0 };
				keep_larger(&best[i], &where[i], PASTE2(odd, WIDEST)(up[0], up[1]), (places){ 0 } + m->f);
				keep_larger(&best[i], &where[i], PASTE2(even, WIDEST)(down[0], down[1]), (places){ 0 } + row);
				keep_larger(&best[i], &where[i], PASTE2(odd, WIDEST)(down[0], down[1]), (places){ 0 } + (row + m->f));
			}
			/* to lanes of 4 filters, windows of even and of odd numbers */
			UNROLL
			for (int i = 0; i < PLANAR_FILTERS / 2; i += 2) {
				const places first = lane + (2 * oy * row + 2 * ox * m->f + k + 2 * i);
				const VEC a = (VEC)where[i], b = (VEC)where[i + 1];
				const VEC numbers[] = { PASTE2(even, WIDEST)(best[i], best[i + 1]), PASTE2(odd, WIDEST)(best[i], best[i + 1]) };
				const places places_of[] = { (places)PASTE2(even, WIDEST)(a, b) + first,
					                     (places)PASTE2(odd, WIDEST)(a, b) + (first + 2 * m->f) };
				UNROLL
				for (int j = 0; j < WIDEST / 2; j++) {
					const ptrdiff_t to = (ptrdiff_t)(ox + j) * m->f + k + 2 * i;
					store_4(y + to, PASTE2(lane, WIDEST)(numbers[j % 2], j / 2));
					if (at)
						store_4((float *)at + to, PASTE2(lane, WIDEST)((VEC)places_of[j % 2], j / 2));
				}
			}
		}
}
