/* The surest mistakes of a network: kept as rows come, and drawn as a sheet of pictures with captions. */
#ifndef MODEL_MISTAKES_H
#define MODEL_MISTAKES_H

#include <stdint.h>
#include <stdio.h>

#include "base/shape.h"
#include "model/classes.h"

struct mistakes {
	int most;              /* how many are kept */
	int64_t seen, wrong;   /* rows so far, and those of them that were wrong */
	struct shape sample;   /* (height, width, 1 or 3) */
	int n;
	struct mistake {
		int64_t row;
		uint8_t label, guess;
		float p;           /* probability of the guess */
		uint8_t *rgb;      /* (height, width, 3) */
	} *kept;               /* the surest first, then by row */
};

/* NULL, or why rows of this shape cannot be drawn. The shape of the first call must stay. */
const char *mistakes_start(struct mistakes *m, int most, const struct shape *sample);
/* The next row: its image x, of bytes (0 to 255) or of any numbers, which are stretched from black to white; p: of each class. */
void mistakes_take(struct mistakes *m, const float *x, bool bytes, uint8_t label, int classes, const float *p);
/* As an SVG picture, which holds all it needs. */
void mistakes_draw(FILE *f, const struct mistakes *m, const struct classes *classes);
void mistakes_free(struct mistakes *m);

#endif
