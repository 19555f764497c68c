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
activation_input(const struct layer *l, const struct pass *p, int i0)
{
	return (saves(l) ? (real *)p->save : p->y) + (size_t)i0 * layer_out(l);
}

void
activation_y(int act, int rows, int n, const real *x, real *y)
{
	if (act == ACTS)
		kern->softmax_y(rows, n, x, y);
	else
		kern->act_y((enum act)act, (size_t)rows * (size_t)n, x, y);
}

void
activation_dx(int act, int rows, int n, const real *x, const real *y, const real *dy, real *dx)
{
	if (act == ACTS)
		kern->softmax_dx(rows, n, y, dy, dx);
	else
		kern->act_dx((enum act)act, (size_t)rows * (size_t)n, x, y, dy, dx);
}

/* Softmax is taken over the last dimension. */
void
activate(const struct layer *l, const struct pass *p, int i0, int i1)
{
	const int n = (int)l->out.d[l->out.n - 1];
	const size_t size = layer_out(l);

	if (l->act == ACT_LINEAR || l->act == ACT_RELU)
		return;
	for (int i = i0; i < i1; i++)
		activation_y(l->act, (int)(size / (size_t)n), n, activation_input(l, p, i), p->y + (size_t)i * size);
}

void
deactivate(const struct layer *l, const struct pass *p, int i0, int i1)
{
	const int n = (int)l->out.d[l->out.n - 1];
	const size_t size = layer_out(l);

	if (l->act == ACT_LINEAR || p->from_logits)
		return;
	for (int i = i0; i < i1; i++) {
		real *dy = p->dy + (size_t)i * size;
		activation_dx(l->act, (int)(size / (size_t)n), n, activation_input(l, p, i),
		              p->y + (size_t)i * size, dy, dy);
	}
}
