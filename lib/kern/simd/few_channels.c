/* Few channels: vectors along pixels. */
#include "kern/simd/few_channels.h"

#include "kern/simd/packed.h"
#include "kern/simd/vectors.h"

enum { FEW_MOST = 4, FEW_FILTERS = WIDEST >= 16 ? 8 : 4 /* at a time */ };

bool
few_channels_fits(const struct conv *g)
{
	return g->c <= FEW_MOST && g->f == 8 && g->sw == 1 && g->ow >= 2 * WIDEST && g->kh * g->kw * g->c <= FEW_TAPS;
}

void
few_channels_prepare(struct few_channels *m, const struct conv *g, const struct padding *p, const float *w, const float *b, bool relu,
               float *packed)
{
	ptrdiff_t *place = m->place;

	m->taps = g->kh * g->kw * g->c;
	m->f = g->f;
	m->w = packed;
	m->b = b;
	m->relu = relu;
	for (int k = 0; k < g->f; k += FEW_FILTERS)
		pack_panel((size_t)m->taps, g->f, k, FEW_FILTERS, w, packed + (size_t)k * (size_t)m->taps);
	for (int ky = 0; ky < g->kh; ky++)
		for (int kx = 0; kx < g->kw; kx++)
			for (int k = 0; k < g->c; k++)
				*place++ = ((ptrdiff_t)k * p->ph + ky) * p->pw + kx;
}

/* sum (2, FEW_FILTERS) = filters k.. of WIDEST pixels at x, and at x + second */
ALWAYS void
few_channels_sums(const struct few_channels *m, int k, const float *x, ptrdiff_t second, VEC sum[2][FEW_FILTERS])
{
	const float *w = m->w + (ptrdiff_t)k * m->taps;
	const int taps = m->taps;

	UNROLL
	for (int i = 0; i < FEW_FILTERS; i++)
		sum[0][i] = sum[1][i] = VSPLAT(0);
	for (int t = 0; t < taps; t++, w += FEW_FILTERS) {
		const VEC a = VLOAD(x + m->place[t]), b = VLOAD(x + m->place[t] + second);
		UNROLL
		for (int i = 0; i < FEW_FILTERS; i++) {
			const VEC s = VSPLAT(w[i]);
			sum[0][i] = VFMA(s, a, sum[0][i]);
			sum[1][i] = VFMA(s, b, sum[1][i]);
		}
	}
	UNROLL
	for (int i = 0; i < FEW_FILTERS; i++) {
		const VEC bias = VSPLAT(m->b ? m->b[k + i] : 0);
		sum[0][i] += bias;
		sum[1][i] += bias;
	}
	if (m->relu)
		UNROLL
		for (int i = 0; i < FEW_FILTERS; i++) {
			sum[0][i] = WIDE(positive)(sum[0][i]);
			sum[1][i] = WIDE(positive)(sum[1][i]);
		}
}

void
few_channels_row(const struct few_channels *m, int ow, const float *x, float *y)
{
	const int tile = 2 * WIDEST;

	for (int k = 0; k < m->f; k += FEW_FILTERS)
		for (int done = 0; done < ow; done += tile) {
			const int ox = ow - done < tile ? ow - tile : done; /* the last with pixels of the one before, once more */
			VEC sum[2][FEW_FILTERS];
			few_channels_sums(m, k, x + ox, WIDEST, sum);
			/* to lanes of 4 filters: vector i of four has those of pixels i, 4 + i, ... */
			UNROLL
			for (int i = 0; i < FEW_FILTERS; i += 4) {
				WIDE(fours)(sum[0] + i);
				WIDE(fours)(sum[1] + i);
			}
			UNROLL
			for (int j = 0; j < tile; j++)
				UNROLL
				for (int i = 0; i < FEW_FILTERS; i += 4)
					store_4(y + (ptrdiff_t)(ox + j) * m->f + k + i,
						WIDE(lane)(sum[j / WIDEST][i + j % 4], j % WIDEST / 4));
		}
}

ALWAYS void
few_channels_pool_tiles(const struct few_channels *m, const struct pool *q, int oy, const float *x, ptrdiff_t below, float *y, int32_t *at)
{
	const int tile = WIDEST / 2, row = q->w * m->f;
	places lane = { 0 }; /* of the numbers of a lane's first pixel */

	for (int i = 0; i < WIDEST; i++)
		lane[i] = i % 4 + i / 4 * 4 * m->f;
	for (int k = 0; k < m->f; k += FEW_FILTERS)
		for (int done = 0; done < q->ow; done += tile) {
			const int ox = q->ow - done < tile ? q->ow - tile : done;
			VEC sum[2][FEW_FILTERS], best[FEW_FILTERS / 2];
			places where[FEW_FILTERS / 2];
			few_channels_sums(m, k, x + 2 * ox, below, sum);
			UNROLL
			for (int i = 0; i < FEW_FILTERS / 2; i++) { /* two filters, one after the other in each 128 bits */
				const VEC *const up = sum[0] + 2 * i, *const down = sum[1] + 2 * i;
				best[i] = WIDE(even)(up[0], up[1]);
				where[i] = (places){ 0 };
				keep_larger(&best[i], &where[i], WIDE(odd)(up[0], up[1]), (places){ 0 } + m->f);
				keep_larger(&best[i], &where[i], WIDE(even)(down[0], down[1]), (places){ 0 } + row);
				keep_larger(&best[i], &where[i], WIDE(odd)(down[0], down[1]), (places){ 0 } + (row + m->f));
			}
			/* to lanes of 4 filters, windows of even and of odd numbers */
			UNROLL
			for (int i = 0; i < FEW_FILTERS / 2; i += 2) {
				const places first = lane + (2 * oy * row + 2 * ox * m->f + k + 2 * i);
				const VEC a = (VEC)where[i], b = (VEC)where[i + 1];
				const VEC numbers[] = { WIDE(even)(best[i], best[i + 1]), WIDE(odd)(best[i], best[i + 1]) };
				const places places_of[] = { (places)WIDE(even)(a, b) + first,
					                     (places)WIDE(odd)(a, b) + (first + 2 * m->f) };
				UNROLL
				for (int j = 0; j < WIDEST / 2; j++) {
					const ptrdiff_t to = (ptrdiff_t)(ox + j) * m->f + k + 2 * i;
					store_4(y + to, WIDE(lane)(numbers[j % 2], j / 2));
					if (at)
						store_4((float *)at + to, WIDE(lane)((VEC)places_of[j % 2], j / 2));
				}
			}
		}
}

void
few_channels_pool_row(const struct few_channels *m, const struct pool *q, int oy, const float *x, ptrdiff_t below, float *y, int32_t *at)
{
	if (at)
		few_channels_pool_tiles(m, q, oy, x, below, y, at);
	else
		few_channels_pool_tiles(m, q, oy, x, below, y, NULL);
}
