#include "model/mistakes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/table.h"
#include "format/png_out.h"
#include "net/loss.h"
#include "sys/file.h"

const char *
mistakes_start(struct mistakes *m, int most, const struct shape *sample)
{
	if (sample->n != 3 || (sample->d[2] != 1 && sample->d[2] != 3))
		return "rows are not images of 1 or 3 channels";
	if (m->kept)
		return shape_equal(&m->sample, sample, 0) ? NULL : "images have another shape than before";
	*m = (struct mistakes){ .most = most, .sample = *sample, .kept = xcalloc((size_t)most + 1, sizeof *m->kept) };
	return NULL;
}

/* ---- rows ---- */

static uint8_t
byte(float v, float least, float most)
{
	const float at = most > least ? (v - least) / (most - least) : 0;

	return (uint8_t)(at < 0 ? 0 : at > 1 ? 255 : at * 255 + 0.5f);
}

static uint8_t *
picture(const struct shape *s, const float *x, bool bytes)
{
	const int64_t n = shape_count(s, 0), channels = s->d[2];
	uint8_t *rgb = xcalloc((size_t)(n / channels), 3);
	float least = bytes ? 0 : x[0], most = bytes ? 255 : x[0];

	for (int64_t i = 0; i < n && !bytes; i++) {
		least = x[i] < least ? x[i] : least;
		most = x[i] > most ? x[i] : most;
	}
	for (int64_t i = 0; i < n / channels; i++)
		for (int c = 0; c < 3; c++)
			rgb[3 * i + c] = byte(x[i * channels + (channels == 3 ? c : 0)], least, most);
	return rgb;
}

/* Goes before the first that is less sure. The one too many goes. */
static void
keep(struct mistakes *m, const struct mistake *new)
{
	int at = m->n;

	for (; at > 0 && m->kept[at - 1].p < new->p; at--)
		m->kept[at] = m->kept[at - 1];
	m->kept[at] = *new;
	if (m->n < m->most)
		m->n++;
	else
		free(m->kept[m->n].rgb);
}

void
mistakes_take(struct mistakes *m, const float *x, bool bytes, uint8_t label, int classes, const float *p)
{
	const int guess = likeliest(classes, p);
	struct mistake new = { m->seen++, label, (uint8_t)guess, p[guess], NULL };

	if (guess == label)
		return;
	m->wrong++;
	if (m->n == m->most && new.p <= m->kept[m->n - 1].p)
		return;
	new.rgb = picture(&m->sample, x, bytes);
	keep(m, &new);
}

/* ---- the sheet ---- */

enum { COLUMNS = 6, TILE = 132, SIDE = 108, LINE = 15, HEAD = 34, NAME_WIDTH = 16 };

static void
put_base64(FILE *f, const uint8_t *data, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		const size_t left = n - i;
		const uint32_t three = (uint32_t)data[i] << 16 | (left > 1 ? (uint32_t)data[i + 1] << 8 : 0) | (left > 2 ? data[i + 2] : 0);
		const char four[] = { digits[three >> 18], digits[three >> 12 & 63], left > 1 ? digits[three >> 6 & 63] : '=',
		                      left > 2 ? digits[three & 63] : '=' };
		fwrite(four, 1, sizeof four, f);
	}
}

static void
put_image(FILE *f, const struct shape *s, const uint8_t *rgb)
{
	char *png;
	size_t n;
	FILE *memory = file_memory(&png, &n);

	png_out(memory, "a picture of the sheet", (uint32_t)s->d[1], (uint32_t)s->d[0], rgb);
	file_memory_done(memory, &png);
	fprintf(f, "<image x=\"%d\" width=\"%d\" height=\"%d\" style=\"image-rendering:pixelated\" href=\"data:image/png;base64,",
	        (TILE - SIDE) / 2, SIDE, SIDE);
	put_base64(f, (const uint8_t *)png, n);
	fputs("\"/>\n", f);
	free(png);
}

static void
put_escaped(FILE *f, const char *s)
{
	for (; *s; s++) {
		const char *safe = *s == '&' ? "&amp;" : *s == '<' ? "&lt;" : *s == '>' ? "&gt;" : NULL;
		if (safe)
			fputs(safe, f);
		else
			fputc(*s, f);
	}
}

/* Long names are cut, and control characters shown; without names, the number. */
static void
put_class(FILE *f, const struct classes *classes, int c)
{
	char *name = c < classes->n ? shown(classes->name[c]) : text("%d", c);
	const int width = wider(0, name);
	char *cut = cell(name, -(width < NAME_WIDTH ? width : NAME_WIDTH));

	put_escaped(f, cut);
	free(cut);
	free(name);
}

static void
put_line(FILE *f, int line, const char *weight)
{
	fprintf(f, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" font-weight=\"%s\">", TILE / 2, SIDE + LINE * line, weight);
}

static void
put_mistake(FILE *f, const struct mistakes *m, int i, const struct classes *classes)
{
	const struct mistake *k = &m->kept[i];

	fprintf(f, "<g transform=\"translate(%d,%d)\">\n", i % COLUMNS * TILE, HEAD + i / COLUMNS * (SIDE + 4 * LINE));
	put_image(f, &m->sample, k->rgb);
	put_line(f, 1, "bold");
	put_class(f, classes, k->label);
	fputs("</text>\n", f);
	put_line(f, 2, "normal");
	fputs("\u2192 ", f);
	put_class(f, classes, k->guess);
	fprintf(f, " %.1f %%</text>\n", 100 * (double)k->p);
	put_line(f, 3, "normal");
	fprintf(f, "row %" PRId64 "</text>\n</g>\n", k->row);
}

void
mistakes_draw(FILE *f, const struct mistakes *m, const struct classes *classes)
{
	const int lines = (m->n + COLUMNS - 1) / COLUMNS, width = COLUMNS * TILE, height = HEAD + lines * (SIDE + 4 * LINE);

	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
	        "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n", width, height, width, height);
	fprintf(f, "<text x=\"12\" y=\"20\">%" PRId64 " of %" PRId64 " images are taken for another class%s</text>\n", m->wrong, m->seen,
	        m->n < m->wrong ? "; the surest mistakes:" : m->n ? ", the surest first:" : "");
	for (int i = 0; i < m->n; i++)
		put_mistake(f, m, i, classes);
	fputs("</svg>\n", f);
}

void
mistakes_free(struct mistakes *m)
{
	for (int i = 0; i < m->n; i++)
		free(m->kept[i].rgb);
	free(m->kept);
	*m = (struct mistakes){ 0 };
}
