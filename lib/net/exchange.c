#include "net/exchange.h"

#include "base/team.h"
#include "net/pieces.h"
#include "net/ranks.h"

enum { SPAN_LEAST = 1 << 14, LINE = 16 }; /* numbers; of a line of the cache */

/* Cuts end at lines of the cache, so that the last one may be larger. */
static size_t
larger_cuts(int spans)
{
	return (size_t)spans * 2 * LINE * PIECES;
}

size_t
exchange_parts(size_t numbers)
{
	return numbers + larger_cuts(SPANS_MAX);
}

void
exchange_start(struct exchange *e)
{
	e->from = e->to = 0;
	e->spans = e->summed = 0;
}

/* Where the cut of rank k ends. */
static void
cuts(size_t n, int pieces, int *end)
{
	const int active = ranks_active(pieces);

	for (int k = 0; k < team_size(); k++)
		end[k] = k < active - 1 ? (int)(n / LINE * (size_t)(k + 1) / (size_t)active * LINE) : (int)n;
}

static void
begin(struct exchange *e, int pieces)
{
	struct span *s = &e->span[e->spans];
	int end[TEAM_MAX];

	*s = (struct span){ .from = e->from, .to = e->to, .part = e->from + larger_cuts(e->spans++) };
	e->from = e->to;
	cuts(s->to - s->from, pieces, end);
	s->task = team_deal_begin(e->sum + s->from, sizeof(real), end, ranks_active(pieces), e->parts + s->part);
}

/* The cuts that the ranks sent have come: their sum begins its way to all. */
static void
sum_span(struct exchange *e, int pieces)
{
	struct span *s = &e->span[e->summed++];
	int end[TEAM_MAX];
	const int k = team_rank();

	cuts(s->to - s->from, pieces, end);
	const size_t cut = k ? (size_t)end[k - 1] : 0, n = (size_t)end[k] - cut;
	if (n)
		piece_sum(ranks_active(pieces), n, e->parts + s->part, n, e->sum + s->from + cut);
	s->task = team_gather_begin(e->sum + s->from, sizeof(real), end);
}

static void
look(struct exchange *e, int pieces)
{
	while (e->summed < e->spans && team_ended(e->span[e->summed].task))
		sum_span(e, pieces);
}

void
exchange_add(struct exchange *e, int pieces, size_t n)
{
	e->to += n;
	if (e->to - e->from >= SPAN_LEAST && e->to - e->from > e->numbers / SPANS_MAX)
		begin(e, pieces);
	look(e, pieces);
}

void
exchange_end(struct exchange *e, int pieces)
{
	if (e->to > e->from)
		begin(e, pieces);
	while (e->summed < e->spans) {
		team_end(e->span[e->summed].task);
		sum_span(e, pieces);
	}
	for (int i = 0; i < e->spans; i++)
		team_end(e->span[i].task);
}
