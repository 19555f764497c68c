#include "model/views.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/opt.h"
#include "net/augment.h"
#include "net/run.h"

enum { SHIFT_MAX = 1024 };

/* ---- which ---- */

struct asked {
	bool mirror;
	int64_t shift;
};

static void
read_view(const char *said, const char *one, struct asked *asked)
{
	if (!strcmp(one, "mirror") && !asked->mirror)
		asked->mirror = true;
	else if (strncmp(one, "shift:", 6) || asked->shift || !parse_int(one + 6, &asked->shift) || asked->shift < 1 || asked->shift > SHIFT_MAX)
		die(EX_USAGE, "--views %s: expected mirror, shift:PIXELS, or both with a comma, as in mirror,shift:1", said);
}

static void
add(struct views *v, bool mirror, int shift, double weight)
{
	if (mirror) {
		add(v, false, shift, weight / 2);
		v->view[v->n++] = (struct view){ true, shift, weight / 2 };
	} else
		v->view[v->n++] = (struct view){ false, shift, weight };
}

void
views_parse(const char *said, struct views *v)
{
	struct asked asked = { 0 };

	*v = (struct views){ 0 };
	if (!said)
		return;
	char *copy = xstrdup(said), *rest = copy, *one;
	while ((one = strsep(&rest, ",")))
		read_view(said, one, &asked);
	free(copy);
	add(v, asked.mirror, 0, asked.shift ? 0.5 : 1);
	for (int sign = -1; asked.shift && sign <= 1; sign += 2)
		add(v, asked.mirror, sign * (int)asked.shift, 0.25);
}

const char *
views_fit(const struct views *v, const struct shape *image)
{
	if (v->n && image->n != 3)
		return "takes no images (height, width, channels), which --views mirrors and shifts";
	for (int k = 0; k < v->n; k++)
		if (v->view[k].shift >= image->d[0] || v->view[k].shift >= image->d[1])
			return "takes images that are not larger than the shift of --views";
	return NULL;
}

/* ---- how they look ---- */

static void
look(const struct view *view, const struct shape *image, const real *x, real *y)
{
	const int h = (int)image->d[0], w = (int)image->d[1];
	const size_t c = (size_t)image->d[2];

	for (int i = 0; i < h; i++)
		for (int j = 0; j < w; j++, y += c) {
			const int row = augment_inside(i - view->shift, h, FILL_MIRROR);
			const int col = augment_inside((view->mirror ? w - 1 - j : j) - view->shift, w, FILL_MIRROR);
			memcpy(y, x + ((size_t)row * (size_t)w + (size_t)col) * c, c * sizeof *y);
		}
}

static void
take_room(struct views *v, const struct plan *plan, size_t image, size_t classes)
{
	if (v->rows >= plan->want.batch)
		return;
	v->rows = plan->want.batch;
	v->x = xrealloc(v->x, (size_t)v->rows, image * sizeof *v->x);
	v->logits = xrealloc(v->logits, (size_t)v->rows, classes * sizeof *v->logits);
	v->p = xrealloc(v->p, (size_t)v->rows, classes * sizeof *v->p);
}

struct views_result
views_run(struct views *v, struct plan *plan, int n, const real *x)
{
	const struct shape *image = &plan->net->in;
	const size_t size = (size_t)shape_count(image, 0), classes = (size_t)shape_count(&plan->net->out, 0);

	take_room(v, plan, size, classes);
	memset(v->logits, 0, (size_t)n * classes * sizeof *v->logits);
	for (int k = 0; k < v->n; k++) {
		for (int i = 0; i < n; i++)
			look(&v->view[k], image, x + (size_t)i * size, v->x + (size_t)i * size);
		run_forward(plan, n, v->x, false, 0);
		kern->axpy((size_t)n * classes, (real)v->view[k].weight, run_logits(plan), v->logits);
	}
	kern->softmax_y(n, (int)classes, v->logits, v->p);
	return (struct views_result){ v->p, v->logits };
}

void
views_free(struct views *v)
{
	free(v->x);
	free(v->logits);
	free(v->p);
}
