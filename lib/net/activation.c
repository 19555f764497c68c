#include "net/layer.h"

const char *const activation_words[] = {
	[ACT_LINEAR] = "linear", [ACT_RELU] = "relu", [ACT_LEAKYRELU] = "leakyrelu", [ACT_GELU] = "gelu",
	[ACT_ELU] = "elu", [ACT_TANH] = "tanh", [ACT_SIGMOID] = "sigmoid", [ACTS] = "softmax", NULL,
};

static bool
saves(const struct layer *l)
{
	return l->act == ACTS || act_needs_x((enum act)l->act);
}

size_t
activation_save(const struct layer *l)
{
	return saves(l) ? layer_out(l) * sizeof(real) : 0;
}

real *
activation_input(const struct layer *l, const struct pass *p)
{
	return saves(l) ? p->save : p->y;
}

void
activation_y(int act, size_t rows, int n, const real *x, real *y)
{
	if (act != ACTS) {
		kern->act_y((enum act)act, rows * (size_t)n, x, y);
		return;
	}
	for (size_t i = 0; i < rows; i++, x += n, y += n)
		kern->softmax_y(1, n, x, y);
}

void
activation_dx(int act, size_t rows, int n, const real *x, const real *y, const real *dy, real *dx)
{
	if (act != ACTS) {
		kern->act_dx((enum act)act, rows * (size_t)n, x, y, dy, dx);
		return;
	}
	for (size_t i = 0; i < rows; i++, y += n, dy += n, dx += n)
		kern->softmax_dx(1, n, y, dy, dx);
}

/* Softmax is taken over the last dimension. */
static int
last(const struct layer *l)
{
	return (int)l->out.d[l->out.n - 1];
}

static size_t
rows(const struct layer *l, int samples)
{
	return (size_t)samples * (layer_out(l) / (size_t)last(l));
}

void
activate(const struct layer *l, const struct pass *p)
{
	if (l->act != ACT_LINEAR && l->act != ACT_RELU)
		activation_y(l->act, rows(l, p->n), last(l), activation_input(l, p), p->y);
}

void
deactivate(const struct layer *l, const struct pass *p)
{
	if (l->act != ACT_LINEAR && !p->from_logits)
		activation_dx(l->act, rows(l, p->n), last(l), activation_input(l, p), p->y, p->dy, p->dy);
}
