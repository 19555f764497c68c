#include "model/plan_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/table.h"
#include "sys/file.h"

enum { COLUMNS_MAX = 6 };

/* A table that is printed when its widths are known. */
struct lines {
	int columns, rows;
	char **cell;
};

static void
add_row(struct lines *t, char *const *cells)
{
	t->cell = xrealloc(t->cell, (size_t)(t->rows + 1) * (size_t)t->columns, sizeof *t->cell);
	memcpy(t->cell + t->rows * t->columns, cells, (size_t)t->columns * sizeof *t->cell);
	t->rows++;
}

static void
print_lines(FILE *f, struct lines *t, bool tsv)
{
	int width[COLUMNS_MAX] = { 0 };

	for (int i = 0; i < t->rows * t->columns; i++)
		width[i % t->columns] = wider(width[i % t->columns], t->cell[i]);
	for (int i = 0; i < t->rows * t->columns; i++) {
		const bool last = i % t->columns == t->columns - 1;
		if (tsv || last)
			put_name(f, t->cell[i]);
		else
			put_cell(f, t->cell[i], -width[i % t->columns]);
		fputs(last ? "\n" : tsv ? "\t" : "  ", f);
		free(t->cell[i]);
	}
	free(t->cell);
}

/* ---- words ---- */

/* "b3 b4", of those that are there. */
static char *
buffer_words(const struct mode *m, struct buffer *const *b, int n)
{
	char *words = NULL;
	size_t size;
	FILE *f = file_memory(&words, &size);
	const char *before = "";

	for (int k = 0; b && k < n; k++)
		if (b[k]) {
			fprintf(f, "%sb%d", before, (int)(b[k] - m->buffer));
			before = " ";
		}
	file_memory_done(f, &words);
	return words;
}

static char *
step_words(const struct step *s)
{
	if (s->between[1])
		return text("%s %s + %s + %s + %s", s->does, s->layer->name, s->between[0]->name, s->between[1]->name, s->second->name);
	if (s->between[0])
		return text("%s %s + %s + %s", s->does, s->layer->name, s->between[0]->name, s->second->name);
	return s->second ? text("%s %s + %s", s->does, s->layer->name, s->second->name) : text("%s %s", s->does, s->layer->name);
}

/* Steps of a stretch run piece by piece; others take the batch. */
static char *
how_words(const struct plan *p, const struct program *of, int stretch)
{
	const struct stretch *s = &of->stretch[stretch];

	if (of->step[s->from].whole)
		return xstrdup("batch");
	return text("%d pieces", piece_count(p->want.batch));
}

/* ---- steps ---- */

static void
add_steps(struct lines *t, const struct plan *p, const struct mode *m, const struct program *of, const char *way, int first)
{
	for (int i = 0; i < of->stretches; i++)
		for (int k = of->stretch[i].from; k < of->stretch[i].to; k++) {
			const struct step *s = &of->step[k];
			const bool back = of == &m->backward && s->dx;
			struct buffer *const reads[] = { s->dy, back ? s->y : NULL, back ? s->save : NULL }, *const writes[] = { s->y, s->save };
			char *x = buffer_words(m, s->x, s->inputs), *more = buffer_words(m, reads, 3);
			char *cells[] = { xstrdup(way), text("%d", first + i), how_words(p, of, i), step_words(s),
				text("%s%s%s", more, *more && *x ? " " : "", x),
				back ? buffer_words(m, s->dx, s->inputs) : buffer_words(m, writes, 2) };
			add_row(t, cells);
			free(x);
			free(more);
		}
}

static void
print_steps(FILE *f, const struct plan *p, const struct mode *m, bool tsv)
{
	struct lines t = { .columns = 6 };
	char *head[] = { xstrdup("mode"), xstrdup("stretch"), xstrdup("runs"), xstrdup("step"), xstrdup("reads"), xstrdup("writes") };

	add_row(&t, head);
	add_steps(&t, p, m, &m->forward, m->training ? "training" : "evaluation", 0);
	add_steps(&t, p, m, &m->backward, "backward", m->forward.stretches);
	print_lines(f, &t, tsv);
}

/* ---- buffers ---- */

/* What the first step that has the buffer uses it for; values that are written over it are named after it. */
static char *
holds(const struct mode *m, const struct buffer *b)
{
	char *what = NULL;

	for (int i = 0; i < m->forward.steps; i++) {
		const struct step *s = &m->forward.step[i];
		if (s->save == b)
			what = text("saved by %s", (s->second ? s->second : s->layer)->name);
		if (s->y == b && !s->whole) {
			char *const longer = text("%s%s", what ? what : "output of ", what ? ", " : "");
			char *const named = text("%s%s", longer, (s->second ? s->second : s->layer)->name);
			free(longer);
			free(what);
			what = named;
		} else if (s->y == b && !what) {
			what = text("output of %s", s->layer->name);
		}
	}
	for (int i = 0; i < m->backward.steps && !what; i++)
		if (m->backward.step[i].dy == b)
			what = text("gradient at %s", (m->backward.step[i].second ? m->backward.step[i].second : m->backward.step[i].layer)->name);
	return what ? what : xstrdup("gradient");
}

static void
print_buffers(FILE *f, const struct mode *m, bool tsv)
{
	struct lines t = { .columns = 5 };
	char *head[] = { xstrdup("buffer"), xstrdup("holds"), xstrdup("in"), xstrdup("from"), xstrdup("bytes") };

	add_row(&t, head);
	for (int i = 0; i < m->buffers; i++) {
		const struct buffer *b = &m->buffer[i];
		char *cells[] = { text("b%d", i), holds(m, b), xstrdup(b->given ? "caller" : b->local ? "worker" : "batch"),
			text("%zu", b->at), text("%zu", b->bytes) };
		add_row(&t, cells);
	}
	print_lines(f, &t, tsv);
}

void
plan_text(FILE *f, const struct plan *p, bool tsv)
{
	for (int i = p->want.training; i >= 0; i--) {
		const struct mode *m = &p->mode[i];
		if (!tsv)
			fprintf(f, "%s, batch %d: %zu bytes for the batch, %zu for each worker\n",
			        m->training ? "Training" : "Evaluation", p->want.batch, m->arrays, m->local);
		print_steps(f, p, m, tsv);
		fputs("\n", f);
		print_buffers(f, m, tsv);
		fputs(i ? "\n" : "", f);
	}
}
