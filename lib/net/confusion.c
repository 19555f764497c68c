#include "net/confusion.h"

#include <math.h>

void
confusion_add(struct confusion *c, uint8_t label, const real *p)
{
	const struct loss loss = { .classes = c->classes };
	const int guess = likeliest(c->classes, p);

	c->m[label][guess]++;
	c->support[label]++;
	c->predicted[guess]++;
	loss_batch(&loss, 1, &label, p, NULL, &c->score, NULL);
}

static double
ratio(int64_t a, int64_t b)
{
	return b ? (double)a / (double)b : NAN;
}

double
confusion_accuracy(const struct confusion *c)
{
	return c->score.correct / (double)c->score.n;
}

double
confusion_loss(const struct confusion *c)
{
	return c->score.loss / (double)c->score.n;
}

double
class_part(const struct confusion *c, int class, int as)
{
	return ratio(c->m[class][as], c->support[class]);
}

double
class_recall(const struct confusion *c, int class)
{
	return class_part(c, class, class);
}

double
class_precision(const struct confusion *c, int class)
{
	return ratio(c->m[class][class], c->predicted[class]);
}

double
class_f1(const struct confusion *c, int class)
{
	return ratio(2 * c->m[class][class], c->support[class] + c->predicted[class]);
}

int
class_rank(int classes, const real *p, int class)
{
	int before = 0;

	for (int k = 0; k < classes; k++)
		before += p[k] > p[class] || (p[k] == p[class] && k < class);
	return before;
}

void
class_order(int classes, const real *p, int *order)
{
	for (int c = 0; c < classes; c++)
		order[class_rank(classes, p, c)] = c;
}
