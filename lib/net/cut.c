#include "net/cut.h"

static struct pool
seen(struct pool q)
{
	q.h = q.oh * q.ph;
	q.w = q.ow * q.pw;
	return q;
}

struct conv
cut_to(const struct layer *l, const struct layer *pool)
{
	struct conv g = l->conv;

	if (pool) {
		const struct pool s = seen(pool->pool);
		g.oh = s.h;
		g.ow = s.w;
	}
	return g;
}

struct conv
cut_conv(const struct layer *l, const struct pass *p)
{
	return cut_to(l, p->seen_by);
}

struct pool
cut_pool(const struct layer *l, const struct pass *p)
{
	return p->seen_by ? seen(l->pool) : l->pool;
}

size_t
cut_out(const struct layer *l, const struct layer *pool)
{
	if (!pool)
		return layer_out(l);
	const struct conv g = cut_to(l, pool);
	return (size_t)g.oh * (size_t)g.ow * (size_t)g.f;
}
