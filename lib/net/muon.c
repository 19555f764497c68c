#include "net/muon.h"

#include <math.h>
#include <string.h>

#include "base/par.h"

/* Jordan's coefficients: p(x) = a x + b x^3 + c x^5 brings singular values from (0, 1] near 1 in few rounds, to between 0.7 and 1.2. */
static const real A = (real)3.4445, B = (real)-4.7750, C = (real)2.0315;
enum { PIECE = 16384, ROWS = 32, PIECES_MAX = 4096 };

struct job {
	const struct muon *s;
	struct matrix m;
	const real *g;
	real *w, *v;
	real *x, *y;         /* (rest, out): the update, and the next one */
	real *gram, *square; /* (least, least): x^T x or x x^T, and b times it + c times its square */
	int least, piece;    /* the shorter side; numbers of a piece */
	double squares[2][PIECES_MAX]; /* sums of squares of a piece: of x, and of w */
};

static size_t
numbers(struct matrix m)
{
	return (size_t)m.rest * (size_t)m.out;
}

static int
shorter(struct matrix m)
{
	return m.rest < m.out ? m.rest : m.out;
}

size_t
muon_room(struct matrix m)
{
	return 2 * numbers(m) + 2 * (size_t)shorter(m) * (size_t)shorter(m);
}

static size_t
piece_of(const struct job *j, int piece, size_t *n)
{
	const size_t from = (size_t)piece * (size_t)j->piece, left = numbers(j->m) - from;

	*n = left < (size_t)j->piece ? left : (size_t)j->piece;
	return from;
}

static int
pieces(const struct job *j)
{
	return (int)((numbers(j->m) + (size_t)j->piece - 1) / (size_t)j->piece);
}

/* The momentum, and the update that it gives. */
static void
gather(int piece, int worker, void *ctx)
{
	struct job *j = ctx;
	const real momentum = (real)j->s->momentum;
	size_t n;
	const size_t i = piece_of(j, piece, &n);

	(void)worker;
	memcpy(j->x + i, j->g + i, n * sizeof *j->x);
	if (j->s->scale < 1)
		kern->scale(n, j->s->scale, j->x + i);
	kern->scale(n, momentum, j->v + i);
	kern->add(n, j->x + i, j->v + i);
	kern->axpy(n, momentum, j->v + i, j->x + i);
	j->squares[0][piece] = kern->sum_squares(n, j->x + i);
	if (j->s->norm > 0)
		j->squares[1][piece] = kern->sum_squares(n, j->w + i);
}

static double
norm(const struct job *j, int which)
{
	double sum = 0;

	for (int i = 0; i < pieces(j); i++)
		sum += j->squares[which][i];
	return sqrt(sum);
}

static void
normalize(int piece, int worker, void *ctx)
{
	struct job *j = ctx;
	size_t n;
	const size_t i = piece_of(j, piece, &n);

	(void)worker;
	kern->scale(n, (real)(1 / (norm(j, 0) + 1e-7)), j->x + i); /* no singular value above 1 */
}

/* Rows i0..i1-1 of a matrix of `rows`. */
static int
rows_of(int rows, int block, int *n)
{
	const int from = block * ROWS;

	*n = rows - from < ROWS ? rows - from : ROWS;
	return from;
}

static int
blocks(int rows)
{
	return (rows + ROWS - 1) / ROWS;
}

static void
multiply_itself(int block, int worker, void *ctx)
{
	struct job *j = ctx;
	int n;
	const int i0 = rows_of(j->least, block, &n);

	(void)worker;
	if (j->m.out <= j->m.rest)
		kern->dense_dw(j->m.rest, j->m.out, j->m.out, i0, i0 + n, j->x, j->x, j->gram);
	else
		kern->dense_dx(j->m.rest, j->m.rest, j->m.out, i0, i0 + n, j->x, j->x, j->gram);
}

static void
square_gram(int block, int worker, void *ctx)
{
	struct job *j = ctx;
	int n;
	const int i0 = rows_of(j->least, block, &n);
	const size_t at = (size_t)i0 * (size_t)j->least, size = (size_t)n * (size_t)j->least;

	(void)worker;
	kern->dense_y(n, j->least, j->least, 0, j->least, j->gram + at, j->gram, false, j->square + at);
	kern->scale(size, C, j->square + at);
	kern->axpy(size, B, j->gram + at, j->square + at);
}

/* y = a x + x square, or a x + square x */
static void
multiply(int block, int worker, void *ctx)
{
	struct job *j = ctx;
	int n;
	const int i0 = rows_of(j->m.rest, block, &n), out = j->m.out;
	const size_t at = (size_t)i0 * (size_t)out;

	(void)worker;
	if (out <= j->m.rest)
		kern->dense_y(n, out, out, 0, out, j->x + at, j->square, false, j->y + at);
	else
		kern->dense_y(n, j->least, out, 0, j->least, j->square + (size_t)i0 * (size_t)j->least, j->x, false, j->y + at);
	kern->axpy((size_t)n * (size_t)out, A, j->x + at, j->y + at);
}

static void
iterate(struct job *j)
{
	par_for(blocks(j->least), multiply_itself, j);
	par_for(blocks(j->least), square_gram, j);
	par_for(blocks(j->m.rest), multiply, j);
	real *const was = j->x;
	j->x = j->y;
	j->y = was;
}

static void
move(int piece, int worker, void *ctx)
{
	struct job *j = ctx;
	const double size = j->s->norm > 0 ? norm(j, 1) : 0;
	size_t n;
	const size_t i = piece_of(j, piece, &n);

	(void)worker;
	if (size > 1e-12) /* a kernel of zeros stays so */
		kern->scale(n, (real)(j->s->norm * sqrt(j->m.out) / size), j->w + i);
	if (j->s->decay > 0)
		kern->scale(n, (real)(1 - j->s->lr * j->s->decay), j->w + i);
	kern->axpy(n, (real)-j->s->lr, j->x + i, j->w + i);
}

void
muon_step(const struct muon *s, struct matrix m, const real *g, real *w, real *v, real *room)
{
	const size_t n = numbers(m), least = (size_t)shorter(m);
	struct job j = { .s = s, .m = m, .g = g, .w = w, .v = v, .x = room, .y = room + n, .gram = room + 2 * n,
		.square = room + 2 * n + least * least, .least = (int)least, .piece = PIECE };

	while (pieces(&j) > PIECES_MAX)
		j.piece *= 2;
	par_for(pieces(&j), gather, &j);
	par_for(pieces(&j), normalize, &j);
	for (int i = 0; i < s->iterations; i++)
		iterate(&j);
	par_for(pieces(&j), move, &j);
}
