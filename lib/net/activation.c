#include <stdio.h>
#include <string.h>

#include "base/opt.h"
#include "net/layer.h"

static const double SLOPE = 0.3, SLOPE_MAX = 1e6; /* of Keras's LeakyReLU */

const char *const activation_words[] = {
	[ACT_LINEAR] = "linear", [ACT_RELU] = "relu", [ACT_LEAKYRELU] = "leakyrelu", [ACT_GELU] = "gelu",
	[ACT_ELU] = "elu", [ACT_TANH] = "tanh", [ACT_SIGMOID] = "sigmoid", [ACT_SILU] = "silu", [ACT_RELU6] = "relu6",
	[ACT_HARD_SILU] = "hard_silu", [ACT_SOFTPLUS] = "softplus", [ACT_GELU_TANH] = "gelu_tanh", [ACTS] = "softmax", NULL,
};

bool
activation_parse(const char *text, struct value *v)
{
	const size_t length = strcspn(text, ":");

	v->r = SLOPE;
	for (v->i = 0; activation_words[v->i]; v->i++)
		if (strlen(activation_words[v->i]) == length && !strncmp(activation_words[v->i], text, length))
			return !text[length] || (v->i == ACT_LEAKYRELU && parse_real(text + length + 1, &v->r) && v->r >= 0 &&
			                         v->r <= SLOPE_MAX);
	return false;
}

const char *
activation_text(const struct value *v, char *buf, size_t size)
{
	char slope[32];

	if (v->i == ACT_LEAKYRELU && v->r != SLOPE)
		snprintf(buf, size, "%s:%s", activation_words[v->i], real_text(v->r, slope, sizeof slope));
	else
		snprintf(buf, size, "%s", activation_words[v->i]);
	return buf;
}

void
activation_set(struct layer *l, const struct value *v)
{
	l->act = v->i;
	l->slope = (real)v->r;
}

static bool
saves(const struct layer *l)
{
	return l->act == ACTS || act_needs_x((enum act)l->act);
}

size_t
activation_save_size(const struct layer *l)
{
	return saves(l) ? layer_out(l) * sizeof(real) : 0;
}

int
activation_reads(const struct layer *l)
{
	return l->act == ACT_LINEAR || (l->act != ACTS && saves(l)) ? 0 : READS_Y;
}

real *
activation_input(const struct layer *l, const struct pass *p)
{
	return saves(l) ? p->save : p->y;
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
activation_y(const struct layer *l, int samples, const real *x, real *y)
{
	if (l->act != ACTS) {
		kern->act_y((enum act)l->act, l->slope, (size_t)samples * layer_out(l), x, y);
		return;
	}
	const int n = last(l);
	for (size_t i = 0; i < rows(l, samples); i++, x += n, y += n)
		kern->softmax_y(1, n, x, y);
}

void
activation_dx(const struct layer *l, int samples, const real *x, const real *y, const real *dy, real *dx)
{
	if (l->act != ACTS) {
		kern->act_dx((enum act)l->act, l->slope, (size_t)samples * layer_out(l), x, y, dy, dx);
		return;
	}
	const int n = last(l);
	for (size_t i = 0; i < rows(l, samples); i++, y += n, dy += n, dx += n)
		kern->softmax_dx(1, n, y, dy, dx);
}

void
activate(const struct layer *l, const struct pass *p)
{
	if (l->act != ACT_LINEAR && l->act != ACT_RELU)
		activation_y(l, p->n, activation_input(l, p), p->y);
}

void
deactivate(const struct layer *l, const struct pass *p)
{
	if (l->act != ACT_LINEAR && !p->from_logits && !p->bare)
		activation_dx(l, p->n, activation_input(l, p), p->y, p->dy, p->dy);
}
