/* A convolution of few channels and the max pooling behind it: the rows that a row of windows covers are convolved, and their
 * largest numbers taken while they are in the cache. */

size_t
SET(conv_pool_scratch)(const struct conv *g, const struct pool *q)
{
	const struct plan p = plan_forward(g);

	return (p.image + p.pack + (size_t)q->ph * g->ow * g->f) * sizeof(float);
}

/* row oy of the pool's output; rows (ph, ow, f) is room for what it sees */
static void
pooled_row(struct forward *r, const struct pool *q, int oy, float *rows, float *y, int32_t *at)
{
	const bool by_two = q->ph == 2 && q->pw == 2 && q->ow == r->g->ow / 2;
	const ptrdiff_t below = (ptrdiff_t)r->p.row * r->g->sh;
	const float *const x = r->x + oy * q->ph * below;

	fetch_ahead(r, oy * q->ph, q->ph);
	if (by_two && r->layout == POINTS_OF_ROWS && at)
		winograd2_pool_row(&r->points, oy * 2, r->image, y, at);
	else if (by_two && r->layout == POINTS_OF_ROWS)
		winograd2_pool_row(&r->points, oy * 2, r->image, y, NULL);
	else if (by_two && r->layout == PLANES_OF_ROWS && at)
		planar_pool_row(&r->planes, q, oy, x, below, y, at);
	else if (by_two && r->layout == PLANES_OF_ROWS)
		planar_pool_row(&r->planes, q, oy, x, below, y, NULL);
	else {
		forward_rows(r, oy * q->ph, q->ph, rows);
		SET(maxpool_row)(q, oy, rows, y, at);
	}
}

void
SET(conv_pool_y)(const struct conv *g, const struct pool *q, int n, const float *x, const float *w, const float *b, bool relu,
                 float *y, int32_t *at, void *scratch)
{
	const size_t out = (size_t)q->ow * g->f;
	struct forward r;

	prepare(&r, g, w, b, relu, scratch);
	for (int i = 0; i < n; i++) {
		lay_out(&r, i, n, x);
		for (int oy = 0; oy < q->oh; oy++, y += out, at += at ? out : 0)
			pooled_row(&r, q, oy, r.packed + r.p.pack, y, at);
	}
}
