/* Predictions counted: what confmat prints of them. */
#ifndef MODEL_TALLY_H
#define MODEL_TALLY_H

#include <stdio.h>

#include "model/first.h"
#include "net/confusion.h"

enum { RANKED_ROWS = 20 };

struct tally {
	/* asked for */
	bool normalize;                        /* fractions of each true class, not counts */
	int64_t top;                           /* 0: not asked for */
	bool needs_labels;
	/* counted */
	struct first first;                    /* what all rows have in common */
	int classes;
	int64_t n, in_top;                     /* in_top: whose true class is among the --top */
	struct confusion c;                    /* of the rows with labels */
	bool unlabelled;                       /* predictions for data without labels: only --top makes sense */
	int ranked;                            /* the first rows, for --top */
	uint8_t label[RANKED_ROWS];
	float p[RANKED_ROWS][CLASSES_MAX];
	char *name[RANKED_ROWS];               /* of their files; NULL: not known */
};

/* Gets row r->n: its true class, and its probabilities p (classes). */
typedef void tally_row_fn(void *ctx, const struct tally *r, uint8_t label, const float *p);
/* Adds the object that the stream is at, which must be predictions and like those before; row, unless it is NULL, gets each row
 * with a label. Dies (EX_DATAERR) on what cannot be probabilities of the classes. */
void tally_object(struct tally *r, struct stream *in, tally_row_fn *row, void *ctx);
/* The part of the rows whose true class is among the r->top most probable. */
double tally_in_top(const struct tally *r);
/* tally_text.c: for people; tally_tsv.c: the matrix, the scores, the scores of each class; tally_json.c: everything. */
void tally_text(FILE *f, const struct tally *r);
void tally_tsv(FILE *f, const struct tally *r);
void tally_scores_tsv(FILE *f, const struct tally *r);
void tally_classes_tsv(FILE *f, const struct tally *r);
void tally_json(FILE *f, const struct tally *r);

#endif
