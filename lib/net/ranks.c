#include "net/ranks.h"

#include <string.h>

#include "base/team.h"
#include "net/pieces.h"

int
ranks_active(int pieces)
{
	int active = 1;

	while (2 * active <= team_size() && 2 * active <= pieces)
		active *= 2;
	return active;
}

static struct owned
block_of(int rank, int n, int pieces)
{
	const int active = ranks_active(pieces), count = pieces / active;
	struct owned b = { .pieces = rank < active ? count : 0 };
	int none;

	b.first = rank < active ? rank * count : pieces;
	piece_range(n, pieces, b.first, &b.i0, &none);
	piece_range(n, pieces, b.first + b.pieces, &b.i1, &none);
	return b;
}

struct owned
ranks_block(int n, int pieces, bool shared)
{
	return shared ? block_of(team_rank(), n, pieces) : (struct owned){ 0, pieces, 0, n };
}

void
ranks_gather(int n, int pieces, size_t size, real *x)
{
	int end[TEAM_MAX];

	for (int k = 0; k < team_size(); k++)
		end[k] = block_of(k, n, pieces).i1;
	team_gather(x, size * sizeof *x, end);
}

void
ranks_gather_each(int pieces, size_t size, void *data)
{
	const int active = ranks_active(pieces);
	int end[TEAM_MAX];

	for (int k = 0; k < team_size(); k++)
		end[k] = k < active ? k + 1 : active;
	team_gather(data, size, end);
}

void
ranks_sum(int pieces, size_t n, real *sum, real *room)
{
	const int active = ranks_active(pieces);

	if (team_rank() < active)
		memcpy(room + (size_t)team_rank() * n, sum, n * sizeof *sum);
	ranks_gather_each(pieces, n * sizeof *sum, room);
	piece_sum(active, n, room, n, sum);
}
