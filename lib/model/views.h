/* Test-time augmentation: a prediction from several views of each image, mirrored and shifted. */
#ifndef MODEL_VIEWS_H
#define MODEL_VIEWS_H

#include "net/plan.h"

enum { VIEWS_MAX = 6 };

struct views {
	int n; /* 0: none were asked for */
	struct view {
		bool mirror;
		int shift;     /* pixels down and to the right; negative: up and to the left */
		double weight; /* all together are 1 */
	} view[VIEWS_MAX];
	/* inside */
	int rows;
	real *x, *logits, *p;
};

/* mirror, shift:PIXELS or both with a comma; NULL: none. Dies (EX_USAGE) on anything else. With mirror, each image counts half and its mirror
 * image half. With shift, the image counts half, and its shifts along the diagonal a quarter each; what they uncover is filled by
 * reflection, without the pixels at the border twice. */
void views_parse(const char *said, struct views *v);
/* NULL, or why images of this shape have no such views. */
const char *views_fit(const struct views *v, const struct shape *image);
/* Of n images x, at most plan->want.batch: the mean of the views' logits, and of these the softmax. */
struct views_result {
	const real *p, *logits;
} views_run(struct views *v, struct plan *plan, int n, const real *x);
void views_free(struct views *v);

#endif
